import { ApiError, gvkOf, type KubeObject } from '@stageset/k8s';
import { decode } from './decode.ts';
import { DecodeFault } from './decode-fault.ts';
import { applyTypeDefaults } from './defaults/defaults.ts';
import { definitionOf } from './kinds.ts';

/**
 * A copy of the object as a real server stores it: read into the kind's types and written again, with the defaults
 * filled in. Objects of kinds that are not built in come back as they are. Throws `ApiError` 400 `BadRequest`, in the
 * real server's words, when a value is of the wrong type.
 */
export function applyBuiltinDefaults(object: KubeObject): KubeObject {
  const gvk = gvkOf(object);
  const definition = definitionOf(gvk);
  if (definition === undefined) return object;
  try {
    const { apiVersion, kind, metadata, ...rest } = decode(definition, object, applyTypeDefaults);
    return { apiVersion: object.apiVersion, kind: object.kind, metadata: metadata as KubeObject['metadata'], ...rest };
  } catch (error) {
    if (!(error instanceof DecodeFault)) throw error;
    const message = `${gvk.kind} in version "${gvk.version}" cannot be handled as a ${gvk.kind}: ${error.message}`;
    throw new ApiError({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message,
      reason: 'BadRequest',
      code: 400,
    });
  }
}
