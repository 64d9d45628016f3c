import { dirname, relative, resolve, sep } from 'node:path';
import { type Stage, type StageSet, validateStageSet } from '@stageset/api';
import { readDirectory } from '@stageset/artifact';
import { mergeVariables } from '@stageset/delivery';
import type { Files, StageOptions } from '@stageset/kustomize';
import { CommandError, EXIT } from '../exit.ts';
import type { InputDocument } from '../inputs/document.ts';
import { LOCAL_PATH_ANNOTATION } from '../inputs/local-sources.ts';
import { readInputs } from '../inputs/read.ts';

/** What one stage of a StageSet in a file is built from: its folder, patches, and the variables that the file holds. */
export async function stageBuild(
  file: string,
  stageName: string,
  dir: string | undefined,
  cwd: string,
): Promise<{ readonly files: Files; readonly folder: string; readonly options: StageOptions }> {
  const documents = await readInputs([file], cwd);
  const stageSet = documents.find(({ object }) => object.kind === 'StageSet');
  if (stageSet === undefined) throw new CommandError(EXIT.usage, `${file}: holds no StageSet`);
  const [problem] = validateStageSet(stageSet.object);
  if (problem !== undefined)
    throw new CommandError(EXIT.usage, `${file}:${stageSet.line}: ${problem.path}: ${problem.message}`);
  const { stages } = (stageSet.object as unknown as StageSet).spec;
  const stage = stages.find(({ name }) => name === stageName);
  if (stage === undefined) {
    const names = stages.map(({ name }) => name).join(', ');
    throw new CommandError(EXIT.usage, `${file}: no stage ${stageName}; the StageSet has ${names}`);
  }
  const folder = dir === undefined ? folderOf(stage, documents, file, cwd) : resolve(cwd, dir);
  const files = await artifactOf(folder);
  const variables = variablesOf(stage, stageSet.object.metadata.namespace, documents, file);
  return {
    files,
    folder: relative(cwd, folder).split(sep).join('/'),
    options: {
      ...(stage.path === undefined ? {} : { path: stage.path }),
      ...(stage.patches === undefined ? {} : { patches: stage.patches }),
      ...(variables === undefined ? {} : { variables }),
    },
  };
}

/** The folder's files as its artifact would hold them: `.sourceignore` heard, nothing from outside. */
async function artifactOf(folder: string): Promise<Files> {
  try {
    return await readDirectory(folder);
  } catch (error) {
    throw new CommandError(EXIT.usage, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function folderOf(stage: Stage, documents: readonly InputDocument[], file: string, cwd: string): string {
  const source = documents.find(
    ({ object }) =>
      object.metadata.name === stage.sourceRef.name &&
      object.metadata.annotations?.[LOCAL_PATH_ANNOTATION] !== undefined,
  );
  const path = source?.object.metadata.annotations?.[LOCAL_PATH_ANNOTATION];
  if (source !== undefined && path !== undefined) return resolve(cwd, dirname(source.file), path);
  throw new CommandError(
    EXIT.usage,
    `${file}: no source ${stage.sourceRef.name} with the annotation ${LOCAL_PATH_ANNOTATION}; name the folder of the stage: stageset build DIR --file … --stage …`,
  );
}

/** The variables that the stage would have, read from the objects in the file instead of a cluster. */
function variablesOf(
  { postBuild }: Stage,
  namespace: string | undefined,
  documents: readonly InputDocument[],
  file: string,
): ReadonlyMap<string, string> | undefined {
  const merged = mergeVariables(postBuild, (reference) => {
    const { object } =
      documents.find(
        ({ object: { kind, metadata } }) =>
          kind === reference.kind && metadata.name === reference.name && metadata.namespace === namespace,
      ) ?? {};
    return object;
  });
  if (merged.kind === 'values') return merged.values;
  if (merged.kind === 'none') return undefined;
  const { kind, name } = merged.reference;
  throw new CommandError(
    EXIT.usage,
    `${file}: the stage substitutes from ${kind} ${name}, which is not there; add it, or mark the reference as optional`,
  );
}
