import type { Files, Problem } from '@stageset/kustomize';
import type { Paint } from '../output/paint.ts';

/** A tree of files and the folder it was read from, as the user would name it: empty where that is the current one. */
export interface ShownTree {
  readonly files: Files;
  readonly folder: string;
}

/** A problem of a build as a person reads it: place, message, the line of the file with a caret, what to do. */
export function formatProblem(problem: Problem, { files, folder }: ShownTree, paint: Paint): string {
  const { severity, message, file, line, column, field, object, suggestion, kustomization } = problem;
  const shown = (path: string): string => [folder, path].filter((part) => part !== '').join('/');
  const place = [file === undefined ? undefined : shown(file), line, line === undefined ? undefined : column]
    .filter((part) => part !== undefined)
    .join(':');
  const label = severity === 'error' ? paint.red('error') : paint.yellow('warning');
  const about = [object, field, kustomization === file ? undefined : kustomization && `from ${shown(kustomization)}`];
  const context = about.filter((part) => part !== undefined && part !== '').join(', ');
  return [
    `${place === '' ? '' : `${paint.bold(place)}: `}${label}: ${message}${context === '' ? '' : ` (${context})`}`,
    ...sourceLine(files, file, line, column, paint),
    ...(suggestion === undefined ? [] : [`  ${paint.cyan('→')} ${suggestion}`]),
  ].join('\n');
}

function sourceLine(
  files: Files,
  file: string | undefined,
  line: number | undefined,
  column: number | undefined,
  paint: Paint,
): string[] {
  if (file === undefined || line === undefined) return [];
  const content = files.get(file);
  if (content === undefined) return [];
  const text = (typeof content === 'string' ? content : new TextDecoder().decode(content)).split('\n')[line - 1];
  if (text === undefined || text.length > 200) return [];
  const number = String(line).padStart(4);
  const caret =
    column === undefined
      ? []
      : [`${' '.repeat(4)} ${paint.dim('|')} ${' '.repeat(Math.max(0, column - 1))}${paint.red('^')}`];
  return [`${paint.dim(`${number} |`)} ${text.replaceAll('\t', ' ')}`, ...caret];
}
