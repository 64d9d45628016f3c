import type { KubeObject } from '@stageset/k8s';
import type { DeleteOptions } from '@stageset/ports';
import { type KindDefinition, resourceOf } from './kind.ts';
import { invalidValue } from './metadata.ts';
import { badRequest, conflict, invalid } from './status-error.ts';
import type { WriteRequest } from './write-request.ts';

/** @throws 400 for an object that is not the one that the path names. */
export function requireName({ metadata }: KubeObject, name: string): void {
  if (metadata.name === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
}

/** To a patch the uid is a field like others that do not change; to an update it is a precondition. */
export function requireSameUid({ kind }: WriteRequest, present: KubeObject, given: KubeObject): void {
  const { uid } = given.metadata;
  if (uid === undefined || uid === present.metadata.uid) return;
  const named = { group: kind.group, name: kind.kind };
  throw invalid(named, present.metadata.name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
}

/** Deletion is asked for, not written. */
export function requireNoDeletion({ kind }: WriteRequest, present: KubeObject, given: KubeObject): void {
  const { deletionTimestamp } = given.metadata;
  if (deletionTimestamp === undefined || present.metadata.deletionTimestamp !== undefined) return;
  const cause = invalidValue('metadata.deletionTimestamp', deletionTimestamp, 'field is immutable');
  throw invalid({ group: kind.group, name: kind.kind }, present.metadata.name, [cause]);
}

/** Custom objects are never overwritten unseen. */
export function versionRequired(kind: KindDefinition, name: string): Error {
  return invalid(resourceOf(kind), name, [
    invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
  ]);
}

/** @throws 409 when the object is not the one, or not in the version, that its deletion asks for. */
export function checkPreconditions(kind: KindDefinition, present: KubeObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = present.metadata;
  const named = { group: kind.group, name: kind.kind };
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(
      named,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw conflict(
      named,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}
