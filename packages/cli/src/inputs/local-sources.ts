import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { SOURCE_API_VERSION, SOURCE_GROUP, SOURCE_KINDS, type StageSet } from '@stageset/api';
import { formatRef, type KubeObject, parseApiVersion, refOf } from '@stageset/k8s';
import { CommandError, EXIT } from '../exit.ts';
import { formatInputProblem, type InputDocument, type InputProblem } from './document.ts';

/** Names a folder, relative to the file that the source object stands in; `stageset up` packs and serves it. */
export const LOCAL_PATH_ANNOTATION = 'stages.metio.wtf/local-path';

/** A source object whose artifact is a folder of this machine. */
export interface LocalSource {
  readonly object: KubeObject;
  /** Absolute. */
  readonly folder: string;
  /** As told to people. */
  readonly label: string;
}

/**
 * The sources to serve: objects annotated in the files, and one ExternalArtifact for each `--source NAME=DIR`, in the
 * namespace of the StageSets that name it. Throws one `CommandError` (exit 2) with every problem.
 */
export async function localSources(
  documents: readonly InputDocument[],
  flags: readonly string[],
  namespace: string,
  cwd: string,
): Promise<readonly LocalSource[]> {
  const problems: string[] = [];
  const sources: LocalSource[] = [];
  for (const document of documents) {
    const path = document.object.metadata.annotations?.[LOCAL_PATH_ANNOTATION];
    if (path === undefined) continue;
    const problem = annotationProblem(document);
    const folder = resolve(cwd, dirname(document.file), path);
    if (problem !== undefined) problems.push(formatInputProblem(problem));
    else if (await isFolder(folder))
      sources.push({ object: document.object, folder, label: formatRef(refOf(document.object)) });
    else problems.push(formatInputProblem(noFolder(document, path, relative(cwd, folder))));
  }
  for (const flag of flags) {
    const [, name, path] = /^([^=]+)=(.+)$/.exec(flag) ?? [];
    if (name === undefined || path === undefined) {
      problems.push(`--source ${flag}: expected NAME=DIR, for example --source app=./manifests`);
    } else if (!(await isFolder(resolve(cwd, path)))) {
      problems.push(`--source ${flag}: ${path} is no folder`);
    } else {
      for (const ns of namespacesNaming(name, documents, namespace)) {
        const object: KubeObject = {
          apiVersion: SOURCE_API_VERSION,
          kind: 'ExternalArtifact',
          metadata: { name, namespace: ns },
          spec: {},
        };
        sources.push({ object, folder: resolve(cwd, path), label: formatRef(refOf(object)) });
      }
    }
  }
  if (problems.length > 0) throw new CommandError(EXIT.usage, problems.join('\n'));
  return sources;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

function annotationProblem(document: InputDocument): InputProblem | undefined {
  const { apiVersion, kind } = document.object;
  const isSource =
    parseApiVersion(apiVersion).group === SOURCE_GROUP && (SOURCE_KINDS as readonly string[]).includes(kind);
  if (isSource) return undefined;
  return {
    file: document.file,
    line: document.lineOf(['metadata', 'annotations', LOCAL_PATH_ANNOTATION]),
    message: `${LOCAL_PATH_ANNOTATION} belongs on a source (${SOURCE_KINDS.join(', ')} of ${SOURCE_GROUP}), not on a ${kind} of ${apiVersion}`,
  };
}

function noFolder(document: InputDocument, path: string, folder: string): InputProblem {
  return {
    file: document.file,
    line: document.lineOf(['metadata', 'annotations', LOCAL_PATH_ANNOTATION]),
    message: `${LOCAL_PATH_ANNOTATION} is ${path}, but there is no folder ${folder}; the path is relative to this file`,
  };
}

/** Where a source of this name is looked for: in the namespaces of the references that name it, else in the default one. */
function namespacesNaming(name: string, documents: readonly InputDocument[], fallback: string): readonly string[] {
  const namespaces = documents
    .filter(({ object }) => object.kind === 'StageSet')
    .flatMap(({ object }) => {
      const own = object.metadata.namespace ?? fallback;
      const { stages = [] } = (object as unknown as StageSet).spec ?? {};
      return stages
        .filter(
          ({ sourceRef }) => sourceRef.name === name && (sourceRef.kind ?? 'ExternalArtifact') === 'ExternalArtifact',
        )
        .map(({ sourceRef }) => sourceRef.namespace ?? own);
    });
  return namespaces.length === 0 ? [fallback] : [...new Set(namespaces)];
}
