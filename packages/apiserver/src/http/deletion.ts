import { isJsonObject, type KubeObject } from '@stageset/k8s';
import type { ClusterResponse, DeleteOptions } from '@stageset/ports';
import type { Grace } from '../registry/graceful-deletion.ts';
import { badRequest, invalid } from '../registry/status-error.ts';
import { systemWrite, type WriteRequest } from '../registry/write-request.ts';
import { decodeOptions } from './body.ts';
import { listPage } from './listing.ts';
import { isDryRun, listQuery } from './query.ts';
import { listResponse, objectResponse, type ResourceCall } from './resource-handler.ts';
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

export function deleteOne(call: ResourceCall, name: string): ClusterResponse {
  const { registry, kind } = call;
  const options = deleteOptions(call);
  const { object, gone } = registry.writer.delete(writeOf(call, options), name, options);
  if (!gone || (kind.group === '' && RETURNED.has(kind.resource))) return objectResponse(call, 200, object);
  const { uid } = object.metadata;
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

export function deleteCollection(call: ResourceCall): ClusterResponse {
  const { registry, request, kind, namespace } = call;
  const options = deleteOptions(call);
  const listing = listPage(registry, kind, namespace, listQuery(request.query));
  for (const object of listing.items) {
    const write = { ...writeOf(call, options), namespace: object.metadata.namespace };
    if (isPresent(call, object)) registry.writer.delete(write, object.metadata.name, options);
  }
  return listResponse(call, listing);
}

/** A deletion may take others with it by the hooks and listeners of the one before. */
function isPresent({ registry }: ResourceCall, object: KubeObject): boolean {
  return registry.get({ ...object.metadata, apiVersion: object.apiVersion, kind: object.kind }) !== undefined;
}

function writeOf({ kind, namespace, request }: ResourceCall, { dryRun }: DeleteOptions): WriteRequest {
  return systemWrite(kind, namespace, { dryRun: dryRun ?? false, user: request.user });
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
