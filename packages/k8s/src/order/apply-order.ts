import { type KubeObject, type ObjectRef, parseApiVersion } from '../object.ts';

/**
 * What is applied together, in this order. `definitions` (CustomResourceDefinition, Namespace, ClusterRole) and `classes`
 * (every kind whose name ends in `Class`) must be ready before what comes after them; `rest` is everything else.
 */
export const APPLY_CLASSES = ['definitions', 'classes', 'rest'] as const;
export type ApplyClass = (typeof APPLY_CLASSES)[number];

/** Kinds that have a place of their own, in Flux's order; everything unnamed comes between the two lists. */
const FIRST = [
  'apiextensions.k8s.io/CustomResourceDefinition',
  '/Namespace',
  'rbac.authorization.k8s.io/ClusterRole',
  'cluster.x-k8s.io/ClusterClass',
  'node.k8s.io/RuntimeClass',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/StorageClass',
  'snapshot.storage.k8s.io/VolumeSnapshotClass',
  'networking.k8s.io/IngressClass',
  'gateway.networking.k8s.io/GatewayClass',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  '/ResourceQuota',
  '/ServiceAccount',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  '/ConfigMap',
  '/Secret',
  '/Service',
  '/LimitRange',
  'apps/Deployment',
  'apps/StatefulSet',
  'batch/CronJob',
  'policy/PodDisruptionBudget',
];
const LAST = [
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
];
const UNNAMED = FIRST.length;
const RANKS: ReadonlyMap<string, number> = new Map([
  ...FIRST.map((key, rank) => [key, rank] as const),
  ...LAST.map((key, rank) => [key, UNNAMED + 1 + rank] as const),
]);
const DEFINITIONS = 3;

/** An object, or what names one: inventories order their entries by the same rule as manifests. */
export type Orderable = KubeObject | ObjectRef;

interface Place {
  readonly class: number;
  readonly rank: number;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function placeOf(object: Orderable): Place {
  const { group } = parseApiVersion(object.apiVersion);
  const { kind } = object;
  const rank = RANKS.get(`${group}/${kind}`) ?? UNNAMED;
  const { namespace = '', name = '' } =
    'metadata' in object ? ((object as KubeObject).metadata ?? {}) : (object as ObjectRef);
  return { class: rank < DEFINITIONS ? 0 : kind.endsWith('Class') ? 1 : 2, rank, group, kind, namespace, name };
}

/** Built-in kinds count by group and kind, so that a custom kind named `Namespace` is no definition. */
export function applyClass(object: Orderable): ApplyClass {
  return APPLY_CLASSES[placeOf(object).class] ?? 'rest';
}

/**
 * A total order of objects: class, rank of the kind, then group, kind, namespace and name by code unit. Ranks follow Flux,
 * but by group and kind rather than kind alone.
 */
export function compareForApply(a: Orderable, b: Orderable): number {
  return comparePlaces(placeOf(a), placeOf(b));
}

/** The reverse of {@link compareForApply}: webhooks and workloads go first, definitions last. */
export function compareForDelete(a: Orderable, b: Orderable): number {
  return compareForApply(b, a);
}

/** A sorted copy, in the order of apply. Places are computed once an object. Equal objects keep their order. */
export function sortForApply<T extends Orderable>(objects: readonly T[]): T[] {
  return sorted(objects, comparePlaces);
}

/** A sorted copy, in the order of deletion. */
export function sortForDelete<T extends Orderable>(objects: readonly T[]): T[] {
  return sorted(objects, (a, b) => comparePlaces(b, a));
}

function sorted<T extends Orderable>(objects: readonly T[], compare: (a: Place, b: Place) => number): T[] {
  return objects
    .map((object) => ({ object, place: placeOf(object) }))
    .sort((a, b) => compare(a.place, b.place))
    .map(({ object }) => object);
}

function comparePlaces(a: Place, b: Place): number {
  return (
    a.class - b.class ||
    a.rank - b.rank ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
