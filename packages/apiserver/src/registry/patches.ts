import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  isJsonObject,
  JsonPatchError,
  type KubeObject,
  type Schema,
  StrategicMergePatchError,
} from '@stageset/k8s';
import type { PatchBody } from '@stageset/ports';
import { failure, unprocessable } from './status-error.ts';

/**
 * An object after a patch, not admitted yet.
 * @throws 500 for a strategic patch that is none, as the real server does, 422 for one that cannot be carried out on this object.
 */
export function patched(present: KubeObject, body: PatchBody, schema: Schema): unknown {
  try {
    switch (body.type) {
      case 'merge':
        return applyMergePatch(present, body.patch);
      case 'strategic':
        return applyStrategicMergePatch(present, body.patch, schema);
      case 'json':
        return jsonPatched(present, body.patch);
    }
  } catch (error) {
    if (error instanceof JsonPatchError)
      throw unprocessable('the server rejected our request due to an error in our request');
    if (error instanceof StrategicMergePatchError) throw failure(500, '', error.message);
    throw error;
  }
}

type Operation = Readonly<Record<string, unknown>>;

/**
 * The API server's library is laxer than RFC 6902: `replace` sets a key that an object does not have yet, `copy` of a key
 * that is not there copies null, and a value that is left out is null.
 */
function jsonPatched(present: KubeObject, patch: readonly Operation[]): unknown {
  const complete = patch.map((operation) =>
    (operation['op'] === 'add' || operation['op'] === 'replace') && !Object.hasOwn(operation, 'value')
      ? { ...operation, value: null }
      : operation,
  );
  return laxly(present, complete);
}

function laxly(present: KubeObject, patch: readonly Operation[]): unknown {
  try {
    return applyJsonPatch(present, patch);
  } catch (error) {
    if (!(error instanceof JsonPatchError) || error.failure !== 'missing') throw error;
    const operation = patch[error.index] ?? {};
    const before = laxly(present, patch.slice(0, error.index));
    const lax = laxer(operation, error.pointer, before);
    if (lax === undefined) throw error;
    return laxly(present, patch.with(error.index, lax));
  }
}

function laxer(operation: Operation, missing: string, before: unknown): Operation | undefined {
  const { op, path, from } = operation;
  if (op === 'replace' && !isListPlace(before, String(path))) return { ...operation, op: 'add' };
  if (op !== 'copy' || missing !== from || isListPlace(before, from)) return undefined;
  // Only the last step of what is copied may lead nowhere.
  parentOf(before, from);
  return { op: 'add', path, value: null };
}

function isListPlace(document: unknown, pointer: string): boolean {
  return pointer.includes('/') && Array.isArray(parentOf(document, pointer));
}

/** @throws {JsonPatchError} when it is not there. */
function parentOf(document: unknown, pointer: string): unknown {
  const from = pointer.slice(0, pointer.lastIndexOf('/'));
  const copied = applyJsonPatch({ document }, [{ op: 'copy', path: '/parent', from: `/document${from}` }]);
  return isJsonObject(copied) ? copied['parent'] : undefined;
}
