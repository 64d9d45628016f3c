import type { KubeObject } from '@stageset/k8s';
import type { KindDefinition } from './kind.ts';
import { conflict } from './status-error.ts';

/** Kinds that an update makes when there are none of that name: those whose owners write them without looking. */
const MADE_BY_UPDATES: Readonly<Record<string, readonly string[]>> = {
  '': ['Endpoints', 'Event', 'LimitRange', 'Service'],
  'coordination.k8s.io': ['Lease'],
  'events.k8s.io': ['Event'],
  'node.k8s.io': ['RuntimeClass'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
};

export function createsOnUpdate({ group, kind }: KindDefinition): boolean {
  return Object.hasOwn(MADE_BY_UPDATES, group) && MADE_BY_UPDATES[group]?.includes(kind) === true;
}

/** Where a real server keeps objects, when it is not under the name of their resource. */
const PLACES: Readonly<Record<string, string>> = { services: 'services/specs', endpoints: 'services/endpoints' };

/** @throws 409 when the object is to be a certain one, and there is none. */
export function refuseUid({ group, resource }: KindDefinition, { metadata }: KubeObject): void {
  const { uid, namespace, name } = metadata;
  if (uid === undefined) return;
  const place = PLACES[resource] ?? resource;
  const key = ['', 'registry', place, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: `;
  const error = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  throw conflict({ group, name: resource }, name, error);
}
