import { BuildError, type Problem, type ProblemDetail } from '../diagnostics/problem.ts';
import { YamlError } from '../yaml/error.ts';
import type { YamlNode } from '../yaml/node.ts';
import { readConfig } from '../yaml/read-plain.ts';
import { KUSTOMIZATION, type Kustomization } from './kustomization.ts';
import { joinPath } from './paths.ts';
import { Decoder } from './shape.ts';
import { type FileTree, KUSTOMIZATION_NAMES } from './tree.ts';

const VERSIONS: Readonly<Record<string, string>> = {
  Kustomization: 'kustomize.config.k8s.io/v1beta1',
  Component: 'kustomize.config.k8s.io/v1alpha1',
};

const DEPRECATED: Readonly<Record<string, string>> = {
  bases: 'resources',
  commonLabels: 'labels',
  imageTags: 'images',
  patchesJson6902: 'patches',
  patchesStrategicMerge: 'patches',
  vars: 'replacements',
};

/**
 * How a kustomization is read. `strict`: as kustomize does. `flux`: as Flux reads the one it starts from, where unknown
 * fields vanish (here with a warning) and numbers count as text.
 */
export type Strictness = 'strict' | 'flux';

/** A kustomization with the places of its fields. */
export interface LoadedKustomization {
  readonly fields: Kustomization;
  readonly file: string;
  readonly directory: string;
  readonly isComponent: boolean;
  readonly warnings: readonly Problem[];
  /** Where a field stands: `file`, `line`, `column`, `kustomization` and `field` of a problem. */
  place(field: string): ProblemDetail;
}

/** The kustomization file of a directory; undefined when there is none. */
export function findKustomization(tree: FileTree, directory: string): string | undefined {
  const found = KUSTOMIZATION_NAMES.map((name) => joinPath(directory, name)).filter((path) => tree.hasFile(path));
  if (found.length > 1) {
    throw new BuildError({
      message: `found multiple kustomization files in ${directory === '' ? 'the root' : directory}: ${found.join(', ')}`,
      file: found[0] ?? '',
      suggestion: 'keep one of them',
    });
  }
  return found[0];
}

/**
 * Reads and checks the kustomization of a directory.
 *
 * @throws BuildError with every fault of the file at once.
 */
export function loadKustomization(
  tree: FileTree,
  directory: string,
  strictness: Strictness = 'strict',
): LoadedKustomization {
  const file = findKustomization(tree, directory);
  if (file === undefined) {
    throw new BuildError({
      message: `there is no kustomization.yaml in ${directory === '' ? 'the root' : directory}`,
      file: directory,
      suggestion: `add one of ${KUSTOMIZATION_NAMES.join(', ')}`,
    });
  }
  const node = parse(tree, file);
  const lenient = strictness === 'flux';
  const decoder = new Decoder(file, { unknown: lenient ? 'warn' : 'error', coerce: lenient });
  const decoded = (node === undefined ? {} : (decoder.decode(node, KUSTOMIZATION, '') ?? {})) as Kustomization;
  const at = (field: string): ProblemDetail => placeOf(decoder.places, file, field);
  const problems = [...decoder.problems, ...check(decoded, at), ...refuse(decoded, at)];
  if (problems.length > 0) throw new BuildError(...problems.map((p) => ({ kustomization: file, ...p })));
  const isComponent = decoded.kind === 'Component';
  return {
    fields: fold(decoded),
    file,
    directory,
    isComponent,
    warnings: [
      ...decoder.warnings.map((w) => ({ severity: 'warning' as const, kustomization: file, ...w })),
      ...deprecations(decoded, at),
    ],
    place: (field) => at(asWritten(decoded, field)),
  };
}

function parse(tree: FileTree, file: string): YamlNode | undefined {
  try {
    return readConfig(tree.text(file), { depth: tree.limits.yamlDepth, aliasNodes: tree.limits.aliasNodes });
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new BuildError({ message: error.message, file, line: error.line, column: error.column, kustomization: file });
  }
}

function placeOf(places: ReadonlyMap<string, YamlNode>, file: string, field: string): ProblemDetail {
  const node = places.get(field);
  return {
    message: '',
    file,
    kustomization: file,
    field,
    ...(node === undefined || node.at === 0 ? {} : { line: node.line, column: node.column }),
  };
}

function check(k: Kustomization, at: (field: string) => ProblemDetail): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const kind = k.kind ?? '';
  const version = VERSIONS[kind === '' ? 'Kustomization' : kind];
  if (version === undefined) {
    problems.push({ ...at('kind'), message: `kind should be Kustomization or Component, not ${kind}` });
  } else if (k.apiVersion !== undefined && k.apiVersion !== '' && k.apiVersion !== version) {
    problems.push({
      ...at('apiVersion'),
      message: `apiVersion for ${kind === '' ? 'Kustomization' : kind} should be ${version}, not ${k.apiVersion}`,
      suggestion: `set apiVersion: ${version}`,
    });
  }
  if (isBlank(k)) {
    problems.push({ ...at(''), message: 'the kustomization is empty', suggestion: 'list files under resources' });
  }
  return problems;
}

/** Nothing but the type; an empty list counts as something, an empty text does not. */
function isBlank(k: Kustomization): boolean {
  return Object.entries(k).every(([name, value]) => {
    if (name === 'apiVersion' || name === 'kind' || value === '') return true;
    return (name === 'bases' || name === 'imageTags') && Array.isArray(value) && value.length === 0;
  });
}

function refuse(k: Kustomization, at: (field: string) => ProblemDetail): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  for (const field of ['helmCharts', 'helmChartInflationGenerator'] as const) {
    if ((k[field]?.length ?? 0) === 0) continue;
    problems.push({
      ...at(field),
      message: `${field} is refused: Helm charts are not rendered here (kustomize itself asks for --enable-helm)`,
      suggestion: 'render the chart with `helm template` and list the result under resources, or use a HelmRelease',
    });
  }
  return problems;
}

function fold(k: Kustomization): Kustomization {
  const envs = <T extends { envs?: readonly string[]; env?: string }>(entry: T): T =>
    entry.env === undefined || entry.env === '' ? entry : { ...entry, envs: [...(entry.envs ?? []), entry.env] };
  return {
    ...k,
    resources: [...(k.resources ?? []), ...(k.bases ?? [])],
    images: [...(k.images ?? []), ...(k.imageTags ?? [])],
    configMapGenerator: (k.configMapGenerator ?? []).map(envs),
    secretGenerator: (k.secretGenerator ?? []).map(envs),
  };
}

/** The name in the file of an entry that `fold` has appended to another list. */
function asWritten(k: Kustomization, field: string): string {
  const [, list, index, rest = ''] = /^(resources|images)\[(\d+)\](.*)$/s.exec(field) ?? [];
  const own = list === 'resources' ? k.resources : list === 'images' ? k.images : undefined;
  const i = Number(index) - (own?.length ?? 0);
  return list === undefined || i < 0 ? field : `${list === 'resources' ? 'bases' : 'imageTags'}[${i}]${rest}`;
}

function deprecations(k: Kustomization, at: (field: string) => ProblemDetail): Problem[] {
  return Object.entries(DEPRECATED)
    .filter(([field]) => Object.hasOwn(k, field))
    .map(([field, successor]) => ({
      ...at(field),
      severity: 'warning' as const,
      message: `${field} is deprecated`,
      suggestion: `use ${successor}`,
    }));
}
