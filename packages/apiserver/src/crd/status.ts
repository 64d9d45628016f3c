import { isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import { objectAt, objectsAt, readCustomResource, textsAt } from './definition.ts';

/** Holds a definition until its last object is gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const ACCEPTED: Condition = {
  type: 'NamesAccepted',
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};
const ESTABLISHED: Condition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
const TERMINATING: Condition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};

/** A definition with the status that a real server's controllers would give it in a moment: established, names accepted. */
export function established(crd: KubeObject, nowIso: string, others: readonly KubeObject[] = []): KubeObject {
  const status = objectAt(crd, 'status');
  const resource = readCustomResource(crd);
  const stored = resource.versions.filter((version) => version.storage).map((version) => version.name);
  const before = textsAt(status, 'storedVersions');
  const storedVersions = [...before, ...stored.filter((name) => !before.includes(name))];
  const taken = takenName(crd, others);
  const named = taken === undefined ? [ACCEPTED, ESTABLISHED] : [notAccepted(taken), NOT_ESTABLISHED];
  const wanted = crd.metadata.deletionTimestamp === undefined ? named : [...named, TERMINATING];
  const present = objectsAt(status, 'conditions');
  const rest = present.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  return {
    ...crd,
    status: {
      ...status,
      conditions: [...wanted.map((condition) => withTime(condition, present, nowIso)), ...rest],
      acceptedNames: taken === undefined ? acceptedNames(crd) : { plural: '', kind: '' },
      storedVersions,
    },
  };
}

const NOT_ESTABLISHED: Condition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};

function notAccepted({ field, name }: { readonly field: string; readonly name: string }): Condition {
  const reason = `${field.slice(0, 1).toUpperCase()}${field.slice(1)}Conflict`;
  return { type: 'NamesAccepted', status: 'False', reason, message: `${JSON.stringify(name)} is already in use` };
}

/** Whether the names of a definition are its own, so that its kind is served. */
export function isEstablished(crd: KubeObject): boolean {
  return objectsAt(objectAt(crd, 'status'), 'conditions').some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
}

/** A name that another established definition of the group has. */
function takenName(crd: KubeObject, others: readonly KubeObject[]) {
  const own = readCustomResource(crd);
  const rivals = others
    .filter((other) => other.metadata.name !== crd.metadata.name && isEstablished(other))
    .map(readCustomResource)
    .filter(({ group }) => group === own.group);
  const kinds = new Set(rivals.flatMap(({ kind, listKind }) => [kind, listKind]));
  const words = new Set(rivals.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]));
  const wanted: readonly (readonly [string, string, ReadonlySet<string>])[] = [
    ['plural', own.plural, words],
    ['singular', own.singular, words],
    ...own.shortNames.map((name) => ['shortNames', name, words] as const),
    ['kind', own.kind, kinds],
    ['listKind', own.listKind, kinds],
  ];
  const taken = wanted.find(([, name, names]) => names.has(name));
  return taken === undefined ? undefined : { field: taken[0], name: taken[1] };
}

function withTime(condition: Condition, present: readonly JsonObject[], nowIso: string): JsonObject {
  const before = present.find(({ type, status }) => type === condition.type && status === condition.status);
  if (before !== undefined) return before;
  const { type, status, reason, message } = condition;
  return { type, status, lastTransitionTime: nowIso, reason, message };
}

function acceptedNames(crd: KubeObject): unknown {
  const names = objectAt(objectAt(crd, 'spec'), 'names');
  return isJsonObject(names) ? names : {};
}
