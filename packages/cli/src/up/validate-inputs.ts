import { formatProblem, type StageSet, unsupportedFields, validateStageSet } from '@stageset/api';
import { CommandError, EXIT } from '../exit.ts';
import { formatInputProblem, type InputDocument } from '../inputs/document.ts';

/**
 * Checks every StageSet in the files before anything starts. Throws one `CommandError` (exit 2) that lists every
 * problem with file and line, or says that there is no StageSet at all.
 */
export function validateInputs(documents: readonly InputDocument[]): readonly StageSet[] {
  const stageSets = documents.filter(({ object }) => object.kind === 'StageSet');
  if (stageSets.length === 0)
    throw new CommandError(EXIT.usage, 'no StageSet in these files; see examples/minimal for the smallest one');
  const problems = stageSets.flatMap((document) => {
    const found = validateStageSet(document.object);
    const all = found.length > 0 ? found : unsupportedFields(document.object as unknown as StageSet);
    return all.map((problem) =>
      formatInputProblem({
        file: document.file,
        line: document.lineOf(pathOf(problem.path)),
        message: `StageSet ${document.object.metadata.name}: ${formatProblem(problem)}`,
      }),
    );
  });
  problems.push(...duplicates(documents));
  if (problems.length > 0) throw new CommandError(EXIT.usage, problems.join('\n'));
  return stageSets.map(({ object }) => object as unknown as StageSet);
}

/** `spec.stages[1].name` → `['spec', 'stages', 1, 'name']`. */
function pathOf(path: string): readonly (string | number)[] {
  return path.split(/\.|(?=\[)/).map((part) => {
    const index = /^\[(\d+)\]$/.exec(part)?.[1];
    return index === undefined ? part.replace(/^\["?|"?\]$/g, '') : Number(index);
  });
}

function duplicates(documents: readonly InputDocument[]): readonly string[] {
  const first = new Map<string, InputDocument>();
  return documents.flatMap((document) => {
    const { apiVersion, kind, metadata } = document.object;
    const key = JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name]);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, document);
      return [];
    }
    const message = `${kind} ${metadata.name} stands in ${earlier.file}:${earlier.line} already; keep one of them`;
    return [formatInputProblem({ file: document.file, line: document.line, message })];
  });
}
