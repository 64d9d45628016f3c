import { gvkOf, type KubeObject } from '@stageset/k8s';
import { decode } from './decode.ts';
import { applyTypeDefaults } from './defaults/defaults.ts';
import { definitionOf } from './kinds.ts';

/**
 * A copy of the object as a real server stores it: read into the kind's types and written again, with the defaults
 * filled in. Objects of kinds that are not built in come back as they are. Throws `DecodeFault`, in the real server's
 * words, when a value is of the wrong type.
 */
export function applyBuiltinDefaults(object: KubeObject): KubeObject {
  const definition = definitionOf(gvkOf(object));
  if (definition === undefined) return object;
  const { apiVersion: _, kind: _kind, metadata, ...rest } = decode(definition, object, applyTypeDefaults);
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: metadata as KubeObject['metadata'], ...rest };
}
