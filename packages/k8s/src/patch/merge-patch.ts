import { deepEqual } from '../json/equality.ts';
import { isJsonObject, type JsonObject, own, setOwn, shallowCopy } from '../json/value.ts';

/**
 * RFC 7386: objects merge key by key, `null` removes a key, everything else replaces. Never changes its input; what the
 * patch does not touch is shared with it.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = isJsonObject(document) ? shallowCopy(document) : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else if (isJsonObject(value)) setOwn(result, key, applyMergePatch(own(result, key), value));
    else if (value !== undefined) setOwn(result, key, value);
  }
  return result;
}

/**
 * The smallest merge patch that turns one object into another; `undefined` when they are equal. A `null` inside the target
 * cannot be said in a merge patch: applying the patch leaves such a key out.
 */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: Record<string, unknown> = {};
  let changed = false;
  const put = (key: string, value: unknown): void => {
    setOwn(patch, key, value);
    changed = true;
  };
  for (const key of Object.keys(from)) {
    if (from[key] !== undefined && own(to, key) === undefined) put(key, null);
  }
  for (const key of Object.keys(to)) {
    const before = own(from, key);
    const after = to[key];
    if (after === undefined || deepEqual(before, after)) continue;
    put(key, isJsonObject(before) && isJsonObject(after) ? (createMergePatch(before, after) ?? {}) : after);
  }
  return changed ? patch : undefined;
}
