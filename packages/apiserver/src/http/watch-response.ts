import { Buffer } from 'node:buffer';
import type { KubeObject } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import { selector } from '../registry/local-registry.ts';
import { failure } from '../registry/status-error.ts';
import { jsonBytes } from '../storage/object-bytes.ts';
import { openWatch } from '../watch/watch.ts';
import { type Accepted, accepted } from './media-type.ts';
import { table } from './object-response.ts';
import { isTrue, listQuery, parseRevision } from './query.ts';
import { partialMetadata } from './render.ts';
import type { ResourceCall } from './resource-call.ts';
import { warningHeaders } from './response.ts';

const MILLISECONDS = 1000;

/** @throws 500 for what is no version, as the real server answers watches alone. */
function watchRevision(text: string): number {
  if (/^\d+$/.test(text)) return parseRevision(text);
  const value = JSON.stringify(text);
  const why = `strconv.ParseUint: parsing ${value}: invalid syntax`;
  throw failure(500, '', `resourceVersion: Invalid value: ${value}: ${why}`);
}

/** A watch of a collection, as a body that goes on. */
export function watchObjects(call: ResourceCall): ClusterResponse {
  const { registry, request, kind, namespace } = call;
  const { query } = request;
  const list = listQuery(query);
  const shape = accepted(request.headers['accept'], 'watch');
  const timeout = Number(query.get('timeoutSeconds') ?? '0');
  const initialEvents = query.get('sendInitialEvents');
  const body = openWatch(registry, {
    kind,
    select: selector(kind, {
      ...(namespace === undefined ? {} : { namespace }),
      ...(list.labelSelector === undefined ? {} : { labelSelector: list.labelSelector }),
      ...(list.fieldSelector === undefined ? {} : { fieldSelector: list.fieldSelector }),
    }),
    revision: list.resourceVersion === undefined ? undefined : watchRevision(list.resourceVersion),
    sendInitialEvents: initialEvents === null ? undefined : isTrue(initialEvents),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs: timeout > 0 ? timeout * MILLISECONDS : undefined,
    ...watchEncoding(call, shape),
    signal: request.signal,
  });
  return { status: 200, headers: { 'content-type': shape.contentType, ...warningHeaders(call.warnings) }, body };
}

function watchEncoding(call: ResourceCall, { shape }: Accepted) {
  const { kind } = call;
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const metadata = (resourceVersion: string, annotations: Record<string, string> | undefined) => ({
    resourceVersion,
    ...(annotations === undefined ? {} : { annotations }),
  });
  if (shape === 'table') {
    let first = true;
    return {
      // Columns come with the first event only.
      encode: (object: KubeObject) => {
        const rows = table(call, [object], { resourceVersion: object.metadata.resourceVersion }, first);
        first = false;
        return json(rows);
      },
      bookmark: (resourceVersion: string, annotations: Record<string, string> | undefined) =>
        table(call, [], metadata(resourceVersion, annotations), false),
    };
  }
  const type =
    shape === 'metadata'
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      : { kind: kind.kind, apiVersion: kind.apiVersion };
  return {
    encode: (object: KubeObject) => (shape === 'metadata' ? json(partialMetadata(object)) : jsonBytes(object)),
    bookmark: (resourceVersion: string, annotations: Record<string, string> | undefined) => ({
      ...type,
      metadata: metadata(resourceVersion, annotations),
    }),
  };
}
