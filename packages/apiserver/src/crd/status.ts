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
export function established(crd: KubeObject, nowIso: string): KubeObject {
  const status = objectAt(crd, 'status');
  const resource = readCustomResource(crd);
  const stored = resource.versions.filter((version) => version.storage).map((version) => version.name);
  const before = textsAt(status, 'storedVersions');
  const storedVersions = [...before, ...stored.filter((name) => !before.includes(name))];
  const wanted =
    crd.metadata.deletionTimestamp === undefined ? [ACCEPTED, ESTABLISHED] : [ACCEPTED, ESTABLISHED, TERMINATING];
  const present = objectsAt(status, 'conditions');
  const others = present.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  return {
    ...crd,
    status: {
      ...status,
      conditions: [...wanted.map((condition) => withTime(condition, present, nowIso)), ...others],
      acceptedNames: acceptedNames(crd),
      storedVersions,
    },
  };
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
