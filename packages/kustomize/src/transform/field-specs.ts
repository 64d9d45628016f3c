import type { Gvk } from '../accumulate/resource.ts';
import type { FieldSpec } from '../load/kustomization.ts';

/** Kinds that sort before all others, and those that sort after. */
export const ORDER_FIRST: readonly string[] = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
export const ORDER_LAST: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

const RANKS = new Map<string, number>([
  ...ORDER_FIRST.map((kind, i): [string, number] => [kind, i - ORDER_FIRST.length]),
  ...ORDER_LAST.map((kind, i): [string, number] => [kind, i + 1]),
]);

/** A field of certain kinds, its path taken apart. */
export interface CompiledSpec {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly path: string;
  readonly create: boolean;
  readonly parts: readonly SpecPart[];
}

interface SpecPart {
  readonly name: string;
  /** Written as `name[]`: the field is a list and is never created. */
  readonly isList: boolean;
}

export function compileSpec(spec: FieldSpec): CompiledSpec {
  const path = spec.path ?? '';
  return {
    group: spec.group ?? '',
    version: spec.version ?? '',
    kind: spec.kind ?? '',
    path,
    create: spec.create === true,
    parts: splitPath(path, '/').map((part) =>
      part.endsWith('[]') ? { name: part.slice(0, -2), isList: true } : { name: part, isList: false },
    ),
  };
}

/** Splits at a delimiter that a backslash does not escape; one leading delimiter is ignored. */
export function splitPath(path: string, delimiter: string): string[] {
  const pieces = path.split(delimiter);
  if (pieces.length > 1 && pieces[0] === '') pieces.shift();
  const result: string[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last?.endsWith('\\')) result[result.length - 1] = last.slice(0, -1) + delimiter + piece;
    else result.push(piece);
  }
  return result;
}

/** Whether a kind is one that the selector's non-empty parts ask for. */
export function selects(selector: Gvk, gvk: Gvk): boolean {
  return (
    (selector.kind === '' || selector.kind === gvk.kind) &&
    (selector.group === '' || selector.group === gvk.group) &&
    (selector.version === '' || selector.version === gvk.version)
  );
}

function sortText(gvk: Gvk): string {
  return `${gvk.group || '~G'}_${gvk.version || '~V'}_${gvk.kind || '~K'}`;
}

/** The order in which kustomize works through field specs. */
export function compareGvk(a: Gvk, b: Gvk): number {
  const rank = (RANKS.get(a.kind) ?? 0) - (RANKS.get(b.kind) ?? 0);
  if (rank !== 0) return rank;
  const x = sortText(a);
  const y = sortText(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Two specs for the same field that disagree on creating it. */
export class SpecConflict extends Error {
  override readonly name = 'SpecConflict';
  constructor(spec: CompiledSpec) {
    super(`conflicting field specs for ${spec.path}: one creates the field, the other does not`);
  }
}

/**
 * Adds specs that are not covered yet. A spec is covered by one for the same path whose kind it selects.
 *
 * @throws SpecConflict when the covering spec disagrees on `create`.
 */
export function mergeSpecs(own: readonly CompiledSpec[], more: readonly CompiledSpec[]): readonly CompiledSpec[] {
  if (more.length === 0 || own === more) return own;
  const result = own.slice();
  const byPath = new Map<string, CompiledSpec[]>();
  for (const spec of own) pushTo(byPath, spec);
  for (const spec of more) {
    const covering = byPath.get(spec.path)?.find((known) => selects(spec, known));
    if (covering === undefined) {
      result.push(spec);
      pushTo(byPath, spec);
    } else if (covering.create !== spec.create) throw new SpecConflict(spec);
  }
  return result;
}

function pushTo(byPath: Map<string, CompiledSpec[]>, spec: CompiledSpec): void {
  const same = byPath.get(spec.path);
  if (same === undefined) byPath.set(spec.path, [spec]);
  else same.push(spec);
}
