import { deepEqual } from '../json/equality.ts';
import { parsePointer } from '../json/path.ts';
import { cloneJson, isJsonArray, isJsonObject, type JsonObject, own, setOwn, shallowCopy } from '../json/value.ts';

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** `malformed`: no patch at all. `missing`: a pointer leads nowhere. `test`: a `test` did not hold. `limit`: a bound was met. */
export type JsonPatchFailure = 'malformed' | 'missing' | 'test' | 'limit';

export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
  readonly failure: JsonPatchFailure;
  /** Which operation, from 0; -1 when the patch as a whole is wrong. */
  readonly index: number;
  /** The pointer that the failure is about. */
  readonly pointer: string;
  constructor(failure: JsonPatchFailure, index: number, pointer: string, message: string) {
    super(message);
    this.failure = failure;
    this.index = index;
    this.pointer = pointer;
  }
}

/** The API server's own bound on the operations of one patch. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** How many values all `copy` operations of one patch may make together: copies of copies would grow without end. */
export const MAX_JSON_PATCH_COPIED_VALUES = 1_000_000;

/**
 * RFC 6902, all operations or none: the input is never changed, and what the patch does not touch is shared with it.
 * Throws {@link JsonPatchError}, which names the operation and the pointer; a `test` that does not hold has the failure
 * `test`. `-` is the end of a list in `add`, `move` and `copy`; beyond
 * the RFC, negative indices count from the end, as the API server lets them.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!isJsonArray(patch)) throw new JsonPatchError('malformed', -1, '', 'a JSON patch must be a list of operations');
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    const message = `a JSON patch may have at most ${MAX_JSON_PATCH_OPERATIONS} operations; this one has ${patch.length}`;
    throw new JsonPatchError('limit', -1, '', message);
  }
  let result = document;
  let copied = 0;
  for (const [index, entry] of patch.entries()) {
    const step = new Step(index, entry);
    if (step.op === 'copy') {
      copied += countValues(step.from(result), MAX_JSON_PATCH_COPIED_VALUES - copied);
      if (copied > MAX_JSON_PATCH_COPIED_VALUES) {
        throw step.error(
          'limit',
          `copies more than ${MAX_JSON_PATCH_COPIED_VALUES} values together with the operations before`,
        );
      }
    }
    result = step.apply(result);
  }
  return result;
}

type Tokens = readonly string[];

/** One operation, checked when it is made. */
class Step {
  readonly op: JsonPatchOperation['op'];
  readonly #index: number;
  readonly #entry: JsonObject;
  readonly #path: string;

  constructor(index: number, entry: unknown) {
    this.#index = index;
    this.#entry = isJsonObject(entry) ? entry : {};
    this.#path = typeof this.#entry.path === 'string' ? this.#entry.path : '';
    const op = own(this.#entry, 'op');
    this.op = (typeof op === 'string' ? op : '') as JsonPatchOperation['op'];
    if (!isJsonObject(entry)) throw this.error('malformed', 'must be an object');
    if (!['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(this.op)) {
      throw this.error('malformed', 'op must be add, remove, replace, move, copy or test');
    }
    if (typeof entry.path !== 'string') throw this.error('malformed', 'path is missing');
    const needsFrom = this.op === 'move' || this.op === 'copy';
    if (needsFrom && typeof entry.from !== 'string') throw this.error('malformed', 'from is missing');
    const needsValue = this.op === 'add' || this.op === 'replace' || this.op === 'test';
    // `test` without a value tests for null, as the library of the API server does.
    if (needsValue && this.op !== 'test' && own(entry, 'value') === undefined)
      throw this.error('malformed', 'value is missing');
  }

  /** What `from` points to. */
  from(document: unknown): unknown {
    const from = String(this.#entry.from);
    return this.#read(document, from, this.#tokens(from));
  }

  apply(document: unknown): unknown {
    const path = this.#tokens(this.#path);
    const value = own(this.#entry, 'value') ?? null;
    switch (this.op) {
      case 'add':
        return this.#edit(document, path, 'add', value);
      case 'replace':
        return this.#edit(document, path, 'replace', value);
      case 'remove':
        return this.#edit(document, path, 'remove', undefined);
      case 'copy':
        return this.#edit(document, path, 'add', cloneJson(this.from(document)));
      case 'move': {
        const from = String(this.#entry.from);
        const moved = this.from(document);
        if (from === this.#path) return document;
        if (this.#path.startsWith(`${from}/`))
          throw this.error('malformed', `a value cannot be moved into itself (from ${from})`);
        return this.#edit(this.#edit(document, this.#tokens(from), 'remove', undefined), path, 'add', moved);
      }
      case 'test':
        if (!deepEqual(this.#testable(document, path), value))
          throw this.error('test', 'the value is not the one that the test names');
        return document;
    }
  }

  /** What `test` compares: a key that is missing from an object there is compares as null. */
  #testable(document: unknown, tokens: Tokens): unknown {
    if (tokens.length === 0) return document;
    const parent = this.#read(document, this.#path, tokens.slice(0, -1));
    const last = tokens.at(-1) ?? '';
    if (isJsonObject(parent) && !Object.hasOwn(parent, last)) return null;
    return this.#child(parent, last, this.#path);
  }

  #read(document: unknown, pointer: string, tokens: Tokens): unknown {
    return tokens.reduce((value, token) => this.#child(value, token, pointer), document);
  }

  #child(parent: unknown, token: string, pointer: string): unknown {
    if (isJsonArray(parent)) return parent[this.#position(token, parent.length, pointer)];
    if (isJsonObject(parent) && Object.hasOwn(parent, token)) return parent[token];
    throw this.error('missing', 'there is no such value in the object', pointer);
  }

  /** The index that a token names in a list of `size`; negative ones count from the end, as the API server lets them. */
  #position(token: string, size: number, pointer: string): number {
    const number = /^(?:0|-?[1-9]\d{0,8})$/.test(token) ? Number(token) : Number.NaN;
    if (Number.isNaN(number)) throw this.error('missing', `"${token}" is no index of a list`, pointer);
    const position = number < 0 ? size + number : number;
    if (position < 0 || position >= size) {
      throw this.error('missing', `index ${token} is out of range: there are ${size} places`, pointer);
    }
    return position;
  }

  /** A copy of the document with one place changed; only the way down to it is copied. */
  #edit(document: unknown, tokens: Tokens, kind: 'add' | 'replace' | 'remove', value: unknown): unknown {
    const [token, ...rest] = tokens;
    if (token === undefined) {
      if (kind === 'remove') throw this.error('malformed', 'the whole object cannot be removed');
      return value;
    }
    if (isJsonArray(document)) return this.#editList(document, token, rest, kind, value);
    if (!isJsonObject(document)) throw this.error('missing', 'there is no object or list to change');
    if ((rest.length > 0 || kind !== 'add') && !Object.hasOwn(document, token)) {
      throw this.error('missing', `there is no key "${token}" on the way`);
    }
    const copy = shallowCopy(document);
    if (rest.length === 0 && kind === 'remove') delete copy[token];
    else setOwn(copy, token, rest.length === 0 ? value : this.#edit(copy[token], rest, kind, value));
    return copy;
  }

  #editList(
    list: readonly unknown[],
    token: string,
    rest: Tokens,
    kind: 'add' | 'replace' | 'remove',
    value: unknown,
  ): unknown {
    const inserts = rest.length === 0 && kind === 'add';
    const size = inserts ? list.length + 1 : list.length;
    const position = inserts && token === '-' ? list.length : this.#position(token, size, this.#path);
    const copy = [...list];
    if (rest.length > 0) copy[position] = this.#edit(copy[position], rest, kind, value);
    else if (kind === 'add') copy.splice(position, 0, value);
    else if (kind === 'remove') copy.splice(position, 1);
    else copy[position] = value;
    return copy;
  }

  #tokens(pointer: string): Tokens {
    const tokens = parsePointer(pointer);
    if (tokens === undefined) throw this.error('malformed', 'a pointer must be empty or start with "/"', pointer);
    return tokens;
  }

  error(failure: JsonPatchFailure, message: string, pointer = this.#path): JsonPatchError {
    const where = `operation ${this.#index}${this.op === undefined ? '' : ` (${this.op || 'no op'} ${pointer === '' ? '""' : pointer})`}`;
    return new JsonPatchError(failure, this.#index, pointer, `JSON patch: ${where}: ${message}`);
  }
}

/** How many values a document holds, counted no further than just past `enough`. */
function countValues(value: unknown, enough: number): number {
  let count = 0;
  const pending = [value];
  while (pending.length > 0 && count <= enough) {
    const next = pending.pop();
    count++;
    if (typeof next === 'object' && next !== null) for (const child of Object.values(next)) pending.push(child);
  }
  return count;
}
