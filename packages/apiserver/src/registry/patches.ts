import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  JsonPatchError,
  type KubeObject,
  type Schema,
  StrategicMergePatchError,
} from '@stageset/k8s';
import type { PatchBody } from '@stageset/ports';
import { badRequest, unprocessable } from './status-error.ts';

/**
 * An object after a patch, not admitted yet.
 * @throws 400 for a patch that is none, 422 for one that cannot be carried out on this object.
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
    if (error instanceof StrategicMergePatchError) throw badRequest(error.message);
    throw error;
  }
}

/** The API server lets `replace` set a key that an object does not have yet, which RFC 6902 does not. */
function jsonPatched(present: KubeObject, patch: readonly Readonly<Record<string, unknown>>[]): unknown {
  try {
    return applyJsonPatch(present, patch);
  } catch (error) {
    if (!(error instanceof JsonPatchError) || error.failure !== 'missing') throw error;
    const operation = patch[error.index];
    if (operation?.['op'] !== 'replace' || /\/(?:\d+|-)$/.test(String(operation['path']))) throw error;
    return jsonPatched(present, patch.with(error.index, { ...operation, op: 'add' }));
  }
}
