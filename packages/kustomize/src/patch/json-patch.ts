import type { Json, JsonMap } from '../emit/json.ts';
import { type Plain, readPlain } from '../yaml/read-plain.ts';
import type { ReadBounds } from '../yaml/reader.ts';

/** A JSON patch that cannot be read or does not apply. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

export interface Operation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  readonly value: Json | undefined;
}

/**
 * Reads operations (RFC 6902) from JSON or YAML; YAML by its version 1.1, so that `yes` is a boolean.
 *
 * @throws JsonPatchError when the text is no list of operations.
 * @throws YamlError when it is no YAML.
 */
export function readJsonPatch(text: string, bounds: ReadBounds): Operation[] {
  const plain = text.startsWith('[') ? readStrictJson(text) : readPlain(text, bounds);
  if (plain === null) return [];
  if (!Array.isArray(plain)) throw new JsonPatchError('a JSON patch must be a list of operations');
  return plain.map((item: Plain, i: number) => {
    // Nothing at all is an operation to the reader, and only fails where it is applied.
    if (item === null) return { op: '', path: undefined, from: undefined, value: undefined };
    if (!(item instanceof Map)) throw new JsonPatchError(`operation ${i + 1} must be a map with op and path`);
    const operation = fromPlain(item) as JsonMap;
    return {
      op: textOf(operation.get('op')) ?? '',
      path: textOf(operation.get('path')),
      from: textOf(operation.get('from')),
      value: operation.get('value'),
    };
  });
}

/** A text that begins like JSON has to be JSON. */
function readStrictJson(text: string): Plain {
  try {
    return ofJson(JSON.parse(text) as unknown);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JsonPatchError(`a patch that begins with [ must be JSON: ${error.message}`);
  }
}

function ofJson(value: unknown): Plain {
  if (value === null || typeof value !== 'object') return value as Plain;
  if (Array.isArray(value)) return value.map(ofJson);
  return new Map(Object.entries(value).map(([key, item]) => [key, ofJson(item)]));
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function fromPlain(value: Plain): Json {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Map) {
    const result: JsonMap = new Map();
    for (const [key, item] of value) result.set(key, fromPlain(item));
    return result;
  }
  return (value as readonly Plain[]).map(fromPlain);
}

type Container = JsonMap | Json[];

/**
 * Applies operations to a document, which it changes. Negative list positions count from the end.
 *
 * @returns the document, another one when an operation replaced it whole.
 * @throws JsonPatchError naming the operation and path that does not apply.
 */
export function applyJsonPatch(
  document: Json,
  operations: readonly Operation[],
  spend: (nodes: number) => void = () => {},
): Json {
  let root = document;
  for (const operation of operations) root = applyOne(root, operation, spend);
  return root;
}

function applyOne(root: Json, operation: Operation, spend: (nodes: number) => void): Json {
  const path = operation.path;
  if (path === undefined) throw new JsonPatchError(`operation ${operation.op || '(none)'} has no path`);
  switch (operation.op) {
    case 'add':
      add(root, path, copyOf(operation.value ?? null), 'add');
      return root;
    case 'remove':
      remove(root, path, 'remove');
      return root;
    case 'replace':
      return replace(root, path, copyOf(operation.value ?? null));
    case 'move': {
      const from = fromOf(operation);
      const value = get(root, from, 'move');
      remove(root, from, 'move');
      add(root, path, value ?? null, 'move');
      return root;
    }
    case 'copy': {
      const value = get(root, fromOf(operation), 'copy');
      spend(sizeOf(value ?? null));
      add(root, path, copyOf(value ?? null), 'copy');
      return root;
    }
    case 'test':
      test(root, path, operation.value);
      return root;
    default:
      throw new JsonPatchError(`unknown operation "${operation.op}": use add, remove, replace, move, copy or test`);
  }
}

function fromOf(operation: Operation): string {
  if (operation.from === undefined) throw new JsonPatchError(`operation ${operation.op} ${operation.path} has no from`);
  return operation.from;
}

/** Nodes of a value; texts count by their length. */
function sizeOf(value: Json): number {
  if (typeof value === 'string') return 1 + value.length / 32;
  if (value === null || typeof value !== 'object') return 1;
  let size = 1;
  for (const item of value.values()) size += sizeOf(item);
  return size;
}

function copyOf(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return new Map([...value].map(([key, item]) => [key, copyOf(item)]));
}

function decodePart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The container that a path's last part is in. */
function locate(root: Json, path: string, op: string): { container: Container; key: string } {
  const parts = path.split('/');
  if (parts.length < 2) throw missing(op, path);
  let at: Json | undefined = root;
  for (const part of parts.slice(1, -1)) {
    at = isContainer(at) ? read(at, decodePart(part)) : undefined;
  }
  if (!isContainer(at)) throw missing(op, path);
  return { container: at, key: decodePart(parts.at(-1) ?? '') };
}

function isContainer(value: Json | undefined): value is Container {
  return value !== null && typeof value === 'object';
}

function missing(op: string, path: string): JsonPatchError {
  return new JsonPatchError(`${op} operation does not apply: the object has nothing at the parent of "${path}"`);
}

const INDEX = /^[-+]?\d+$/;

/** A position in a list of so many; undefined when it is none. */
function indexOf(key: string, count: number): number | undefined {
  if (!INDEX.test(key)) return undefined;
  const index = Number(key);
  if (index >= count || index < -count) return undefined;
  return index < 0 ? index + count : index;
}

function read(container: Container, key: string): Json | undefined {
  if (!Array.isArray(container)) return container.get(key);
  const index = indexOf(key, container.length);
  return index === undefined ? undefined : container[index];
}

function get(root: Json, path: string, op: string): Json | undefined {
  const { container, key } = locate(root, path, op);
  if (Array.isArray(container) && indexOf(key, container.length) === undefined) throw noIndex(op, path, key);
  return read(container, key);
}

function noIndex(op: string, path: string, key: string): JsonPatchError {
  return new JsonPatchError(`${op} operation does not apply: "${path}": the list has no position ${key}`);
}

function add(root: Json, path: string, value: Json, op: string): void {
  const { container, key } = locate(root, path, op);
  if (!Array.isArray(container)) container.set(key, value);
  else if (key === '-') container.push(value);
  else {
    const index = indexOf(key, container.length + 1);
    if (index === undefined) throw noIndex(op, path, key);
    container.splice(index, 0, value);
  }
}

function remove(root: Json, path: string, op: string): void {
  const { container, key } = locate(root, path, op);
  if (Array.isArray(container)) {
    const index = indexOf(key, container.length);
    if (index === undefined) throw noIndex(op, path, key);
    container.splice(index, 1);
  } else if (!container.delete(key)) {
    throw new JsonPatchError(`${op} operation does not apply: "${path}" does not exist`);
  }
}

function replace(root: Json, path: string, value: Json): Json {
  if (path === '') {
    if (!isContainer(value)) throw new JsonPatchError('replace of the whole object needs a map or list as value');
    return value;
  }
  const { container, key } = locate(root, path, 'replace');
  if (!Array.isArray(container)) container.set(key, value);
  else {
    const index = indexOf(key, container.length);
    if (index === undefined) throw noIndex('replace', path, key);
    container[index] = value;
  }
  return root;
}

function test(root: Json, path: string, expected: Json | undefined): void {
  const actual = path === '' ? root : get(root, path, 'test');
  if (!equal(actual ?? null, expected ?? null)) {
    throw new JsonPatchError(`test operation failed: "${path}" does not have the expected value`);
  }
}

function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a === 'number' || typeof a === 'bigint') {
    return (typeof b === 'number' || typeof b === 'bigint') && Number(a) === Number(b);
  }
  if (!isContainer(a) || !isContainer(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => equal(x, b[i] as Json));
  }
  return a.size === b.size && [...a].every(([key, x]) => b.has(key) && equal(x, b.get(key) as Json));
}
