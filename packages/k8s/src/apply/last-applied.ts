import { isJsonObject, type JsonObject, own, shallowCopy } from '../json/value.ts';
import type { KubeObject } from '../object.ts';
import type { Atom } from './atom.ts';
import { checkType } from './check-type.ts';
import { compare } from './compare.ts';
import { FieldSet } from './field-set.ts';
import { fieldsOf } from './fields-of.ts';
import { compareStrings } from './value-order.ts';

/**
 * The server's part in moving an object from client-side to server-side apply. Only the manager `kubectl` takes part,
 * and only while the object carries the annotation in which client-side apply remembers its configuration.
 */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
export const CLIENT_SIDE_MANAGER = 'kubectl';

/** All annotations of an object together, in bytes, as the API server bounds them. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

function lastAppliedOf(object: JsonObject): string {
  const metadata = own(object, 'metadata');
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  const text = isJsonObject(annotations) ? own(annotations, LAST_APPLIED) : undefined;
  return typeof text === 'string' ? text : '';
}

/**
 * The fields that client-side apply set last and that still have those values: a conflict over them is no conflict,
 * since the same user applies. Empty when there is no annotation, or one that cannot be used.
 */
export function fieldsLastApplied(live: KubeObject, atom: Atom): FieldSet {
  const configuration = parse(lastAppliedOf(live));
  if (configuration === undefined || configuration['apiVersion'] !== live.apiVersion) return FieldSet.EMPTY;
  if (checkType(live, atom, false).length > 0 || checkType(configuration, atom, false).length > 0) {
    return FieldSet.EMPTY;
  }
  const { added, modified, removed } = compare(configuration, live, atom);
  return fieldsOf(configuration, atom).difference(modified).difference(added).difference(removed);
}

function parse(text: string): JsonObject | undefined {
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation in step with what was applied, so that going back to client-side apply prunes correctly. */
export function syncLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  if (lastAppliedOf(object) === '') return object;
  const annotations = {
    ...object.metadata.annotations,
    [LAST_APPLIED]: `${sortedJson(withoutLastApplied(applied))}\n`,
  };
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) bytes += utf8Length(key) + utf8Length(value);
  if (bytes > MAX_ANNOTATIONS_BYTES) Reflect.deleteProperty(annotations, LAST_APPLIED);
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function withoutLastApplied(applied: KubeObject): KubeObject {
  const { annotations } = applied.metadata;
  if (annotations === undefined) return applied;
  const kept = shallowCopy(annotations) as Record<string, string>;
  delete kept[LAST_APPLIED];
  return { ...applied, metadata: { ...applied.metadata, annotations: kept } };
}

/** JSON with sorted keys and with the characters escaped that are special in HTML, as the API server writes it. */
function sortedJson(value: unknown): string {
  return write(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value ?? null);
  const keys = Object.keys(value).sort(compareStrings);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join(',')}}`;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
