import {
  applyMergePatch,
  applyStrategicMergePatch,
  JsonPatchError,
  type KubeObject,
  type Schema,
  StrategicMergePatchError,
} from '@stageset/k8s';
import type { PatchBody } from '@stageset/ports';
import { jsonPatched } from './json-patches.ts';
import { failure, unprocessable } from './status-error.ts';

/**
 * An object after a patch, not admitted yet. `sent` is the patch as it came, when it came as a text.
 * @throws 500 for a strategic patch that is none, as the real server does, 422 for one that cannot be carried out on this object.
 */
export function patched(present: KubeObject, body: PatchBody, schema: Schema, sent?: string): unknown {
  try {
    switch (body.type) {
      case 'merge':
        return applyMergePatch(present, body.patch);
      case 'strategic':
        return applyStrategicMergePatch(present, body.patch, schema);
      case 'json':
        return jsonPatched(present, body.patch, sent);
    }
  } catch (error) {
    if (error instanceof JsonPatchError)
      throw unprocessable('the server rejected our request due to an error in our request');
    if (error instanceof StrategicMergePatchError) throw failure(500, '', error.message);
    throw error;
  }
}
