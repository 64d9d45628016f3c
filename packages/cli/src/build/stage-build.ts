import { dirname, resolve } from 'node:path';
import { type Stage, type StageSet, validateStageSet } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import type { Files, StageOptions } from '@stageset/kustomize';
import { CommandError, EXIT } from '../exit.ts';
import type { InputDocument } from '../inputs/document.ts';
import { LOCAL_PATH_ANNOTATION } from '../inputs/local-sources.ts';
import { readInputs } from '../inputs/read.ts';
import { loadTree } from './load-tree.ts';

/** What one stage of a StageSet in a file is built from: its folder, patches, and the variables that the file holds. */
export async function stageBuild(
  file: string,
  stageName: string,
  dir: string | undefined,
  cwd: string,
): Promise<{ readonly files: Files; readonly options: StageOptions }> {
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
  const { files } = await loadTree(folder, cwd);
  const variables = variablesOf(stage, stageSet.object.metadata.namespace, documents, file);
  return {
    files,
    options: {
      ...(stage.path === undefined ? {} : { path: stage.path }),
      ...(stage.patches === undefined ? {} : { patches: stage.patches }),
      ...(variables === undefined ? {} : { variables }),
    },
  };
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

/** `substituteFrom` in order, then `substitute` over it; from the objects in the file instead of a cluster. */
function variablesOf(
  { postBuild }: Stage,
  namespace: string | undefined,
  documents: readonly InputDocument[],
  file: string,
): ReadonlyMap<string, string> | undefined {
  if (postBuild === undefined) return undefined;
  const variables = new Map<string, string>();
  for (const { kind, name, optional } of postBuild.substituteFrom ?? []) {
    const found = documents.find(
      ({ object }) => object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace,
    );
    if (found === undefined && optional !== true) {
      throw new CommandError(
        EXIT.usage,
        `${file}: the stage substitutes from ${kind} ${name}, which the file does not hold`,
      );
    }
    for (const [key, value] of found === undefined ? [] : valuesOf(found.object)) variables.set(key, value);
  }
  for (const [key, value] of Object.entries(postBuild.substitute ?? {})) variables.set(key, value);
  return variables.size === 0 ? undefined : variables;
}

function* valuesOf(object: KubeObject): Generator<[string, string]> {
  const { data, stringData } = object as {
    readonly data?: Record<string, string>;
    readonly stringData?: Record<string, string>;
  };
  const decode = (value: string) => (object.kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value);
  for (const [key, value] of Object.entries(data ?? {})) yield [key, decode(value)];
  if (object.kind === 'Secret') yield* Object.entries(stringData ?? {});
}
