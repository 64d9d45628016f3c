import { Buffer } from 'node:buffer';
import type { KubeObject } from '@stageset/k8s';
import type { KindDefinition } from '../registry/kind.ts';
import { type LocalRegistry, selector } from '../registry/local-registry.ts';
import { badRequest, failure } from '../registry/status-error.ts';
import { inVersionOf } from '../registry/version-view.ts';
import type { ListQuery } from './query.ts';
import { parseRevision } from './query.ts';

export interface Listing {
  readonly kind: KindDefinition;
  readonly items: readonly KubeObject[];
  readonly revision: number;
  readonly continueToken: string | undefined;
  readonly remaining: number | undefined;
}

interface Position {
  readonly revision: number;
  /** The last key that was sent. */
  readonly after: string;
}

/**
 * A page of a list. Pages of one list show one moment: a continue token carries the resource version of the first.
 * @throws 400 for bad selectors and tokens, 410 when the version of a token or of `Exact` is forgotten.
 */
export function listPage(
  registry: LocalRegistry,
  kind: KindDefinition,
  namespace: string | undefined,
  query: ListQuery,
): Listing {
  const position = query.continueToken === undefined ? undefined : parseToken(query.continueToken);
  const revision = position?.revision ?? revisionOf(registry, query);
  const { keys, get } = snapshot(registry, kind, revision, position !== undefined);
  const select = selector(kind, {
    ...(query.labelSelector === undefined ? {} : { labelSelector: query.labelSelector }),
    ...(query.fieldSelector === undefined ? {} : { fieldSelector: query.fieldSelector }),
  });
  const items: KubeObject[] = [];
  const { start, end } = range(keys, namespace, position?.after);
  let index = start;
  let last = '';
  for (; index < end; index += 1) {
    const key = keys[index] ?? '';
    const stored = get(key);
    if (stored === undefined) continue;
    const object = inVersionOf(kind, stored);
    if (!select(object)) continue;
    if (query.limit > 0 && items.length === query.limit) break;
    items.push(object);
    last = key;
  }
  if (index >= end) return { kind, items, revision, continueToken: undefined, remaining: undefined };
  // With a selector nobody knows how many of the rest match.
  const counts = query.labelSelector === undefined && query.fieldSelector === undefined;
  return {
    kind,
    items,
    revision,
    continueToken: token({ revision, after: last }),
    remaining: counts ? end - index : undefined,
  };
}

function revisionOf(registry: LocalRegistry, query: ListQuery): number {
  const wanted = query.resourceVersion === undefined ? 0 : parseRevision(query.resourceVersion);
  const exact =
    query.resourceVersionMatch === 'Exact' ||
    (query.limit > 0 && query.resourceVersionMatch === undefined && wanted > 0);
  return exact || wanted > registry.storage.revision ? wanted : registry.storage.revision;
}

function snapshot(registry: LocalRegistry, kind: KindDefinition, revision: number, continued: boolean) {
  try {
    return registry.storage.at(kind.storage, revision);
  } catch (error) {
    if (!continued || !(error instanceof Error) || !error.message.startsWith('too old')) throw error;
    const message =
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.';
    throw failure(410, 'Expired', message);
  }
}

/** The part of the sorted keys that lies in a namespace, after a key. */
function range(keys: readonly string[], namespace: string | undefined, after: string | undefined) {
  let start = 0;
  let end = keys.length;
  if (namespace !== undefined) {
    start = lowerBound(keys, `${namespace}/`);
    end = lowerBound(keys, `${namespace}0`);
  }
  if (after !== undefined) start = Math.max(start, lowerBound(keys, `${after}\u0000`));
  return { start, end };
}

function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function token({ revision, after }: Position): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url');
}

function parseToken(text: string): Position {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  if (!/^[A-Za-z0-9_-]+$/.test(text)) throw refuse('illegal base64 data');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (typeof value === 'object' && value !== null && 'rv' in value && 'start' in value) {
    if (typeof value.rv === 'number' && typeof value.start === 'string')
      return { revision: value.rv, after: value.start };
  }
  throw refuse('it was not made by this server');
}
