import type { KubeObject } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import { type KindDefinition, resourceOf } from '../registry/kind.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { notFound } from '../registry/status-error.ts';
import { inVersionOf } from '../registry/version-view.ts';
import type { ObjectPart, WriteRequest } from '../registry/write-request.ts';
import { settle, type Writing } from '../registry/writing.ts';
import { keyOf } from '../storage/storage.ts';
import { writeQuery } from './query.ts';
import { type AuthenticatedRequest, managerOf } from './request.ts';
import type { ResourcePath } from './request-path.ts';

/** One request for objects of one kind. */
export interface ResourceCall {
  readonly registry: LocalRegistry;
  readonly request: AuthenticatedRequest;
  readonly kind: KindDefinition;
  readonly path: ResourcePath;
  readonly namespace: string | undefined;
  /** Told to the client in `Warning` headers. */
  readonly warnings: string[];
  /** @throws 403 when the sender may not create this object, whatever else was asked for. */
  readonly requireCreate: () => void;
}

/** Most answers are there at once; those of writes that others are asked about are not. */
export type Answer = ClusterResponse | Promise<ClusterResponse>;

/** Carries a write out and answers with what it made. */
export function answered<T>(writing: Writing<T>, answer: (made: T) => ClusterResponse): Answer {
  const made = settle(writing);
  return made instanceof Promise ? made.then(answer) : answer(made);
}

/** @throws 404 */
export function presentObject({ registry, kind, namespace }: ResourceCall, name: string): KubeObject {
  const stored = registry.storage.get(kind.storage, keyOf(namespace, name));
  if (stored === undefined) throw notFound(resourceOf(kind), name);
  return inVersionOf(kind, stored);
}

/** The terms of a write, from its query. `optionsKind` names them in messages. */
export function writeRequest(
  { request, kind, namespace, warnings, path, requireCreate }: ResourceCall,
  optionsKind: string,
  subresource: WriteRequest['subresource'],
  duplicateFields: readonly string[],
  part?: ObjectPart,
): WriteRequest {
  const { dryRun, fieldManager, fieldValidation } = writeQuery(optionsKind, request.query);
  const given = request.query.get('fieldValidation');
  const options = {
    // Others see a patch as the update that it comes to.
    kind: optionsKind === 'PatchOptions' ? 'UpdateOptions' : optionsKind,
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(fieldManager === undefined ? {} : { fieldManager }),
    ...(given === null || given === '' ? {} : { fieldValidation: given }),
  };
  return {
    kind,
    namespace,
    subresource,
    dryRun,
    fieldValidation,
    manager: managerOf(request, fieldManager),
    duplicateFields,
    user: request.user,
    warn: (message) => void warnings.push(message),
    ...(request.method === 'POST' ? {} : { requireCreate }),
    origin: { subresource: path.subresource ?? '', options, ...(part === undefined ? {} : { part }) },
  };
}
