import { isJsonArray, isJsonObject, type JsonObject, own, setOwn, shallowCopy } from '../json/value.ts';
import type { Schema } from '../schema.ts';
import { type Identify, orderElements } from './element-order.ts';
import { goText } from './go-text.ts';

/** A strategic merge patch that cannot be applied, in the API server's words. */
export class StrategicMergePatchError extends Error {
  override readonly name = 'StrategicMergePatchError';
}

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const ORDER = '$setElementOrder';
const DELETE = '$deleteFromPrimitiveList';

/**
 * Applies a strategic merge patch as the API server does: `x-kubernetes-patch-strategy` and `-merge-key` of the schema
 * decide which lists merge and by what; `$patch` (`delete`, `replace`), `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…` are obeyed; `null` deletes. Fields that the schema does not know merge as in a merge patch.
 *
 * Never changes its input; what the patch does not touch is shared with it. Throws {@link StrategicMergePatchError}.
 */
export function applyStrategicMergePatch(object: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  return mergeObject(object, patch, schema);
}

function mergeObject(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (Object.hasOwn(patch, DIRECTIVE)) return obeyDirective(patch);
  const result = retained(original, patch);
  const done = new Set<string>([RETAIN_KEYS]);
  for (const key of Object.keys(patch)) {
    if (key.startsWith(ORDER)) mergeOrdered(result, patch, key, schema, done);
  }
  for (const key of Object.keys(patch)) {
    if (!done.has(key)) mergeField(result, key, patch[key], schema);
  }
  return result;
}

/** What `$patch` makes of the object that holds it. */
function obeyDirective(patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'delete') return {};
  if (directive !== 'replace') {
    throw new StrategicMergePatchError(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  }
  const replacement = shallowCopy(patch);
  delete replacement[DIRECTIVE];
  return replacement;
}

/** A copy of the original without what `$retainKeys` does not name. The patch may set nothing that it does not name. */
function retained(original: JsonObject, patch: JsonObject): Record<string, unknown> {
  const result = shallowCopy(original);
  const keys = own(patch, RETAIN_KEYS);
  if (keys === undefined) return result;
  if (!isJsonArray(keys)) throw new StrategicMergePatchError('invalid patch format of retainKeys');
  const names = new Set(keys);
  for (const key of Object.keys(patch)) {
    const free = key === RETAIN_KEYS || patch[key] === null || key.startsWith(DELETE) || key.startsWith(ORDER);
    if (!free && !names.has(key)) throw new StrategicMergePatchError('invalid patch format of retainKeys');
  }
  for (const key of Object.keys(result)) if (!names.has(key)) delete result[key];
  return result;
}

/** Merges a list together with its `$setElementOrder/…`, and marks both as done. */
function mergeOrdered(
  result: Record<string, unknown>,
  patch: JsonObject,
  directive: string,
  schema: Schema | undefined,
  done: Set<string>,
): void {
  done.add(directive);
  const order = patch[directive];
  if (!isJsonArray(order)) throw wrongType('[]interface {}', order);
  const key = fieldOf(directive, ORDER);
  const live = listOrNone(own(result, key));
  const changes = listOrNone(own(patch, key));
  const field = own(schema?.properties ?? {}, key) as Schema | undefined;
  if (field === undefined) {
    throw new StrategicMergePatchError(`unable to find api field "${key}" that ${directive} orders`);
  }
  const { mergeKey } = strategyOf(field);
  if (changes !== undefined) checkOrder(changes, order, mergeKey);
  if (live === undefined && changes === undefined) return;
  done.add(key);
  const { merged, liveOrder } = mergePresent(live, changes, field);
  elementKind(live ?? [], changes ?? []);
  for (const list of [merged, order]) requireMergeKeys(list, mergeKey);
  setOwn(result, key, orderElements(merged, order, liveOrder, identity(mergeKey)));
}

function mergePresent(
  live: readonly unknown[] | undefined,
  changes: readonly unknown[] | undefined,
  field: Schema,
): MergedList {
  if (changes === undefined) return { merged: live ?? [], liveOrder: live ?? [] };
  if (live === undefined) return { merged: withoutDirectives(changes) as readonly unknown[], liveOrder: [] };
  return mergeList(live, changes, field, false);
}

function mergeField(
  result: Record<string, unknown>,
  patchKey: string,
  value: unknown,
  schema: Schema | undefined,
): void {
  const deletes = patchKey.startsWith(DELETE);
  const key = deletes ? fieldOf(patchKey, DELETE) : patchKey;
  if (value === null) {
    delete result[key];
    return;
  }
  const current = own(result, key);
  const field = fieldSchema(schema, key);
  if (isJsonObject(current) && isJsonObject(value)) {
    const replaces = strategyOf(field).strategy === 'replace';
    setOwn(result, key, replaces ? value : mergeObject(current, value, field));
  } else if (isJsonArray(current) && isJsonArray(value)) {
    setOwn(result, key, mergeList(current, value, field, deletes).merged);
  } else if (!deletes) {
    const kept = withoutDirectives(withoutNulls(value));
    if (kept === undefined) delete result[key];
    else setOwn(result, key, kept);
  }
}

interface MergedList {
  readonly merged: readonly unknown[];
  /** The live list's order, for elements that a `$setElementOrder` is about. */
  readonly liveOrder: readonly unknown[];
}

function mergeList(
  live: readonly unknown[],
  changes: readonly unknown[],
  field: Schema | undefined,
  deletes: boolean,
): MergedList {
  const { strategy, mergeKey } = strategyOf(field);
  if (strategy !== 'merge' && !deletes) return { merged: changes, liveOrder: live };
  if (live.length === 0 && changes.length === 0) return { merged: live, liveOrder: live };
  if (elementKind(live, changes) !== 'object') return { merged: mergeScalars(live, changes, deletes), liveOrder: live };
  if (mergeKey === undefined) {
    throw new StrategicMergePatchError('cannot merge lists without merge key for struct');
  }
  const { kept, base, additions } = obeyElementDirectives(live, changes as readonly JsonObject[], mergeKey);
  const merged = mergeElements(base, additions, mergeKey, field?.items);
  requireMergeKeys(merged, mergeKey);
  // The API server's library lets new elements take the places of deleted ones at the end of the list that it orders by.
  const liveOrder = [...kept, ...merged.slice(base.length)].slice(0, live.length);
  return { merged: orderElements(merged, additions, base, identity(mergeKey)), liveOrder };
}

function mergeScalars(live: readonly unknown[], changes: readonly unknown[], deletes: boolean): unknown[] {
  if (!deletes) return orderElements([...new Set([...live, ...changes])], changes, live, (element) => element);
  const gone = new Set(changes);
  return live.filter((element) => !gone.has(element));
}

/** Takes out the elements that carry `$patch`: `delete` removes by key, `replace` makes the rest of the patch the list. */
function obeyElementDirectives(
  live: readonly unknown[],
  changes: readonly JsonObject[],
  mergeKey: string,
): { kept: readonly unknown[]; base: readonly unknown[]; additions: readonly JsonObject[] } {
  const additions: JsonObject[] = [];
  const deleted = new Set<unknown>();
  let replaces = false;
  for (const element of changes) {
    const directive = own(element, DIRECTIVE);
    if (!Object.hasOwn(element, DIRECTIVE)) additions.push(element);
    else if (directive === 'delete') deleted.add(mergeKeyOf(element, mergeKey));
    else if (directive === 'replace') replaces = true;
    else if (directive === 'merge')
      throw new StrategicMergePatchError('merging lists cannot yet be specified in the patch');
    else throw new StrategicMergePatchError(`unknown patch type: ${goText(directive)} in map: ${goText(element)}`);
  }
  const stays = (element: unknown): boolean => !isJsonObject(element) || !deleted.has(own(element, mergeKey) ?? NO_KEY);
  const kept = deleted.size === 0 ? live : live.filter(stays);
  return replaces ? { kept, base: additions, additions: [] } : { kept, base: kept, additions };
}

/** Stands for the merge key of an element that has none: no directive can name it. */
const NO_KEY = Symbol('no merge key');

function mergeElements(
  base: readonly unknown[],
  additions: readonly JsonObject[],
  mergeKey: string,
  schema: Schema | undefined,
): unknown[] {
  const merged = [...base];
  const places = new Map<unknown, number>();
  merged.forEach((element, place) => {
    const key = isJsonObject(element) ? own(element, mergeKey) : undefined;
    if (key !== undefined && !places.has(key)) places.set(key, place);
  });
  for (const element of additions) {
    const key = mergeKeyOf(element, mergeKey);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, merged.length);
      merged.push(element);
    } else {
      merged[place] = mergeObject(merged[place] as JsonObject, element, schema);
    }
  }
  return merged;
}

/** The patch may not order its elements otherwise than `$setElementOrder` does, nor hold any that it does not name. */
function checkOrder(changes: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  if (order.length === 0 || changes.length === 0) return;
  const identify = identity(mergeKey);
  const kept = changes.filter((element) => !isJsonObject(element) || own(element, DIRECTIVE) !== 'delete');
  let at = 0;
  let matched = 0;
  while (matched < kept.length && at < order.length) {
    const element = kept[matched];
    if (isJsonObject(element) && Object.hasOwn(element, DIRECTIVE)) {
      matched++;
      continue;
    }
    requireMergeKeys([element, order[at]], mergeKey);
    if (identify(order[at++]) === identify(element)) matched++;
  }
  if (matched < kept.length) {
    throw new StrategicMergePatchError(
      `The order in patch list:\n${goText(changes)}\n doesn't match ${ORDER} list:\n${goText(order)}\n`,
    );
  }
}

function identity(mergeKey: string | undefined): Identify {
  return mergeKey === undefined
    ? (element) => element
    : (element) => (isJsonObject(element) ? own(element, mergeKey) : undefined);
}

function mergeKeyOf(element: JsonObject, mergeKey: string): unknown {
  const value = own(element, mergeKey);
  if (value === undefined) throw noMergeKey(element, mergeKey);
  return value;
}

function requireMergeKeys(elements: readonly unknown[], mergeKey: string | undefined): void {
  if (mergeKey === undefined) return;
  for (const element of elements) {
    if (!isJsonObject(element)) throw wrongType('map[string]interface {}', element);
    if (!Object.hasOwn(element, mergeKey)) throw noMergeKey(element, mergeKey);
  }
}

function noMergeKey(element: JsonObject, mergeKey: string): StrategicMergePatchError {
  return new StrategicMergePatchError(`map: ${goText(element)} does not contain declared merge key: ${mergeKey}`);
}

function wrongType(wanted: string, value: unknown): StrategicMergePatchError {
  return new StrategicMergePatchError(`expected a ${wanted}, but received a ${goType(value)}`);
}

function goType(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (isJsonArray(value)) return '[]interface {}';
  if (isJsonObject(value)) return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : 'string';
}

/** Elements of one merging list are all objects or all scalars of one type. */
function elementKind(...lists: readonly (readonly unknown[])[]): string {
  let kind: string | undefined;
  for (const element of lists.flat(1)) {
    const type = isJsonArray(element) ? 'list' : element === null ? 'null' : typeof element;
    if (kind === undefined && type === 'list') throw new StrategicMergePatchError('lists of lists are not supported');
    if (kind !== undefined && type !== kind) {
      throw new StrategicMergePatchError(`list element types are not identical: ${goText(lists)}`);
    }
    kind = type;
  }
  if (kind === undefined) throw new StrategicMergePatchError('no elements in any of the given slices');
  return kind;
}

function listOrNone(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || isJsonArray(value)) return value;
  throw wrongType('[]interface {}', value);
}

/** `$setElementOrder/containers` → `containers`. */
function fieldOf(directive: string, prefix: string): string {
  if (directive.startsWith(`${prefix}/`)) return directive.slice(prefix.length + 1);
  throw new StrategicMergePatchError(
    prefix === ORDER ? 'invalid patch format of setElementOrder list' : 'invalid patch format of primitive list',
  );
}

function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  const property = own(schema?.properties ?? {}, key) as Schema | undefined;
  if (property !== undefined) return property;
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** `retainKeys` beside another strategy says nothing about merging: the directive does. */
function strategyOf(field: Schema | undefined): { strategy: string; mergeKey: string | undefined } {
  const strategies = field?.['x-kubernetes-patch-strategy']?.split(',').filter((name) => name !== 'retainKeys') ?? [];
  return { strategy: strategies[0] ?? '', mergeKey: field?.['x-kubernetes-patch-merge-key'] };
}

/** What is new in an object must not carry nulls: they only ever meant "delete". */
function withoutNulls(value: unknown): unknown {
  if (isJsonArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(result, key, withoutNulls(value[key]));
  return result;
}

/** The value without anything that holds a `$patch`; `undefined` when it holds one itself. */
function withoutDirectives(value: unknown): unknown {
  if (isJsonArray(value)) return value.map(withoutDirectives).filter((element) => element !== undefined);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const kept = withoutDirectives(value[key]);
    if (kept !== undefined) setOwn(result, key, kept);
  }
  return result;
}
