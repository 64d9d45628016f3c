import { isJsonObject, type KubeObject } from '@stageset/k8s';
import type { ClusterResponse, DeleteOptions } from '@stageset/ports';
import type { Grace } from '../registry/graceful-deletion.ts';
import { badRequest, invalid } from '../registry/status-error.ts';
import { systemWrite, type WriteRequest } from '../registry/write-request.ts';
import type { Deleted } from '../registry/writer.ts';
import type { Writing } from '../registry/writing.ts';
import { decodeOptions } from './body.ts';
import { type Listing, listPage } from './listing.ts';
import { listResponse, objectResponse } from './object-response.ts';
import { isDryRun, listQuery } from './query.ts';
import { type Answer, answered, type ResourceCall } from './resource-call.ts';
import { jsonResponse, warningHeaders } from './response.ts';

const PROPAGATIONS = ['Foreground', 'Background', 'Orphan'] as const;
/** Kinds of which the last state is sent back instead of a Status. */
const RETURNED = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumes',
  'persistentvolumeclaims',
  'podtemplates',
  'resourcequotas',
]);

export function deleteOne(call: ResourceCall, name: string): Answer {
  const options = deleteOptions(call);
  const deleting = call.registry.writer.delete(writeOf(call, options), name, options);
  return answered(deleting, (deleted) => deletedResponse(call, deleted));
}

function deletedResponse(call: ResourceCall, { object, gone }: Deleted): ClusterResponse {
  const { kind } = call;
  if (!gone || (kind.group === '' && RETURNED.has(kind.resource))) return objectResponse(call, 200, object);
  const { name, uid } = object.metadata;
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.resource,
      ...(uid === undefined ? {} : { uid }),
    },
  };
  return jsonResponse(200, status, warningHeaders(call.warnings));
}

export function deleteCollection(call: ResourceCall): Answer {
  const { registry, request, kind, namespace } = call;
  const options = deleteOptions(call);
  const listing = listPage(registry, kind, namespace, listQuery(request.query));
  return answered(deletedAll(call, options, listing), () => listResponse(call, listing));
}

function* deletedAll(call: ResourceCall, options: DeleteOptions, { items }: Listing): Writing<void> {
  for (const object of items) {
    const { origin, ...one } = writeOf(call, options);
    const write = {
      ...one,
      namespace: object.metadata.namespace,
      ...(origin === undefined ? {} : { origin: { ...origin, isOfMany: true } }),
    };
    if (isPresent(call, object)) yield* call.registry.writer.delete(write, object.metadata.name, options);
  }
}

/** A deletion may take others with it by the hooks and listeners of the one before. */
function isPresent({ registry }: ResourceCall, object: KubeObject): boolean {
  return registry.get({ ...object.metadata, apiVersion: object.apiVersion, kind: object.kind }) !== undefined;
}

function writeOf(call: ResourceCall, { dryRun = false, propagation, preconditions }: DeleteOptions): WriteRequest {
  const { kind, namespace, request, warnings } = call;
  const options = {
    kind: 'DeleteOptions',
    apiVersion: 'meta.k8s.io/v1',
    ...(Object.keys(preconditions ?? {}).length === 0 ? {} : { preconditions }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
  return {
    ...systemWrite(kind, namespace, { dryRun, user: request.user }),
    warn: (message) => void warnings.push(message),
    origin: { subresource: '', options },
  };
}

/** From the body, else from the query, as the real server reads them. @throws 422 for unknown values. */
export function deleteOptions({ request }: ResourceCall): DeleteOptions & Grace {
  return readDeleteOptions(decodeOptions(request.body, request.headers['content-type']), request.query);
}

/** @throws 400 and 422 for what is no DeleteOptions. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions & Grace {
  const given = isJsonObject(body) ? body : {};
  const { kind = '' } = given;
  if (kind !== '' && kind !== 'DeleteOptions')
    throw badRequest(`expected DeleteOptions in the body, found ${String(kind)}`);
  const propagation = given['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  const known = PROPAGATIONS.find((policy) => policy === propagation);
  if (propagation !== undefined && propagation !== '' && known === undefined) throw unsupportedPropagation(propagation);
  const dryRun = Array.isArray(given['dryRun']) ? given['dryRun'] : query.getAll('dryRun');
  const preconditions = isJsonObject(given['preconditions']) ? given['preconditions'] : {};
  const { uid, resourceVersion } = preconditions;
  const orphan = given['orphanDependents'] ?? query.get('orphanDependents');
  if (orphan !== undefined && orphan !== null && known !== undefined) throw contradictory(known);
  const policy = known ?? (orphan === true || orphan === 'true' ? 'Orphan' : undefined);
  const seconds = given['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const grace = seconds === undefined || seconds === '' ? Number.NaN : Number(seconds);
  return {
    ...(Number.isInteger(grace) ? { gracePeriodSeconds: grace } : {}),
    ...(policy === undefined ? {} : { propagation: policy }),
    dryRun: isDryRun('DeleteOptions', dryRun),
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    },
  };
}

function contradictory(policy: string): Error {
  const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
  const cause = { reason: 'FieldValueInvalid', message, field: 'propagationPolicy' };
  return invalid({ group: 'meta.k8s.io', name: 'DeleteOptions' }, '', [cause]);
}

function unsupportedPropagation(value: unknown): Error {
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
  const cause = { reason: 'FieldValueNotSupported', message, field: 'propagationPolicy' };
  return invalid({ group: 'meta.k8s.io', name: 'DeleteOptions' }, '', [cause]);
}
