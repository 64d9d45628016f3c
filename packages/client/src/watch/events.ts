import { ApiError, type KubeObject } from '@stageset/k8s';
import type { WatchEvent } from '@stageset/ports';
import { isKubeObject } from '../cluster/decode.ts';
import { statusOf } from '../requests/failure.ts';
import { isRecord } from '../requests/json.ts';
import type { Line } from './json-lines.ts';

/** What happens on a watch, bookmarks included: they move the position without telling of an object. */
export type ReflectorEvent = WatchEvent | { readonly type: 'bookmark'; readonly resourceVersion: string };

/** One line of a watch response, decoded. */
export type WireEvent =
  | { readonly type: 'applied' | 'deleted'; readonly object: KubeObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  | { readonly type: 'error'; readonly error: ApiError }
  /** Cannot be understood: left out, the stream goes on. */
  | { readonly type: 'undecodable'; readonly error: Error };

export function decodeEvent(line: Line): WireEvent {
  if ('droppedBytes' in line) {
    return undecodable(`an event of ${line.droppedBytes} bytes is above the bound \`maxEventBytes\` and was left out`);
  }
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch (cause) {
    return undecodable('an event is not JSON and was left out', cause);
  }
  if (!isRecord(value)) return undecodable('an event is not an object and was left out');
  const { type, object } = value;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return isKubeObject(object) ? { type: 'applied', object } : nameless(type);
    case 'DELETED':
      return isKubeObject(object) ? { type: 'deleted', object } : nameless(type);
    case 'BOOKMARK':
      return decodeBookmark(object);
    case 'ERROR':
      return {
        type: 'error',
        error: new ApiError(
          statusOf(object) ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'the watch failed' },
        ),
      };
    default:
      return undecodable(`an event of type ${JSON.stringify(type)} is not known and was left out`);
  }
}

/** A bookmark's object has no name; only its resourceVersion means something. */
function decodeBookmark(object: unknown): WireEvent {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const resourceVersion = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    return undecodable('a bookmark without a resourceVersion was left out');
  }
  return { type: 'bookmark', resourceVersion };
}

function nameless(type: string): WireEvent {
  return undecodable(`an event ${type} holds no object with apiVersion, kind and name, and was left out`);
}

function undecodable(message: string, cause?: unknown): WireEvent {
  return { type: 'undecodable', error: new Error(message, { cause }) };
}
