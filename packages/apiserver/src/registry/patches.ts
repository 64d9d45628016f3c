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
        return applyJsonPatch(present, body.patch);
    }
  } catch (error) {
    if (error instanceof JsonPatchError && error.failure === 'malformed') throw badRequest(error.message);
    if (error instanceof JsonPatchError)
      throw unprocessable('the server rejected our request due to an error in our request');
    if (error instanceof StrategicMergePatchError) throw badRequest(error.message);
    throw error;
  }
}
