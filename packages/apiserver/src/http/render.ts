import { Buffer } from 'node:buffer';
import type { KubeObject } from '@stageset/k8s';
import type { KindDefinition } from '../registry/kind.ts';
import { jsonBytes } from '../storage/object-bytes.ts';
import type { Listing } from './listing.ts';

const METADATA_API = 'meta.k8s.io/v1';
const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

/** An object's metadata and nothing else. */
export function partialMetadata(object: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: METADATA_API, metadata: object.metadata };
}

export function listMeta({ kind, revision, continueToken, remaining }: Listing, isWhole = false): object {
  return {
    // Lists of custom kinds have always said that there is no more.
    ...(isWhole && kind.origin === 'custom' && continueToken === undefined ? { continue: '' } : {}),
    resourceVersion: String(revision),
    ...(continueToken === undefined ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** The body of a list, from the cached bytes of its items. */
export function listBytes(listing: Listing): Buffer {
  const { kind, items } = listing;
  const head = `{"kind":"${kind.listKind}","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(listMeta(listing, true))},"items":[`;
  const chunks: Uint8Array[] = [Buffer.from(head)];
  for (const [index, item] of items.entries()) {
    if (index > 0) chunks.push(COMMA);
    chunks.push(...itemChunks(kind, item));
  }
  chunks.push(END);
  return Buffer.concat(chunks);
}

const OPEN = Buffer.from('{');

/** Items of built-in kinds come without kind and version, as Go's types write them; both stand first in what is stored. */
function itemChunks(kind: KindDefinition, item: KubeObject): readonly Uint8Array[] {
  const bytes = jsonBytes(item);
  if (kind.origin === 'custom') return [bytes];
  const prefix = `{"kind":"${kind.kind}","apiVersion":"${kind.apiVersion}",`;
  if (bytes.subarray(0, prefix.length).toString('latin1') !== prefix) return [bytes];
  return [OPEN, bytes.subarray(prefix.length)];
}

export function metadataListBytes(listing: Listing): Buffer {
  return Buffer.from(
    JSON.stringify({
      kind: 'PartialObjectMetadataList',
      apiVersion: METADATA_API,
      metadata: listMeta(listing),
      // An empty list of metadata is null to the real server's clients too.
      items: listing.items.length === 0 ? null : listing.items.map(partialMetadata),
    }),
  );
}
