import type { KubeObject } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import { badRequest } from '../registry/status-error.ts';
import { jsonBytes } from '../storage/object-bytes.ts';
import { type IncludeObject, tableObject } from '../table/table.ts';
import type { Listing } from './listing.ts';
import { accepted } from './media-type.ts';
import { listBytes, listMeta, metadataListBytes, partialMetadata } from './render.ts';
import type { ResourceCall } from './resource-call.ts';
import { bytesResponse, jsonResponse, warningHeaders } from './response.ts';

/** One object in the shape that the client accepts. */
export function objectResponse(call: ResourceCall, status: number, object: KubeObject): ClusterResponse {
  const { shape } = accepted(call.request.headers['accept'], 'object');
  const headers = warningHeaders(call.warnings);
  if (shape === 'object') return bytesResponse(status, jsonBytes(object), headers);
  if (shape === 'metadata') return jsonResponse(status, partialMetadata(object), headers);
  const { resourceVersion } = object.metadata;
  return jsonResponse(status, table(call, [object], { resourceVersion }), headers);
}

/** A page of a list in the shape that the client accepts. */
export function listResponse(call: ResourceCall, listing: Listing): ClusterResponse {
  const { shape } = accepted(call.request.headers['accept'], 'list');
  const headers = warningHeaders(call.warnings);
  if (shape === 'object') return bytesResponse(200, listBytes(listing), headers);
  if (shape === 'metadata') return bytesResponse(200, metadataListBytes(listing), headers);
  return jsonResponse(200, table(call, listing.items, listMeta(listing)), headers);
}

/** Objects as rows. */
export function table(call: ResourceCall, items: readonly KubeObject[], metadata: object, withColumns = true): object {
  const wanted = call.request.query.get('includeObject');
  if (wanted !== null && !['', 'None', 'Metadata', 'Object'].includes(wanted)) {
    const why = `Invalid value: ${JSON.stringify(wanted)}: must be 'Metadata', 'Object', 'None', or empty`;
    throw badRequest(`Unable to convert to Table as requested: includeObject: ${why}`);
  }
  const include: IncludeObject = wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
  return tableObject(call.kind, items, metadata, { include, now: call.registry.clock.now(), withColumns });
}
