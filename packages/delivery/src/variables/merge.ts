import type { PostBuild, SubstituteReference } from '@stageset/api';
import { isJsonObject, type KubeObject } from '@stageset/k8s';

/** What a stage substitutes: nothing at all, or values by name; or the reference that stands in the way. */
export type MergedVariables =
  | { readonly kind: 'none' }
  | { readonly kind: 'values'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'missing'; readonly reference: SubstituteReference };

/**
 * The variables of a stage: later references win over earlier ones, `substitute` over all (Flux's `postBuild`). Without a
 * single value nothing is substituted, as in Flux's strategy `WithVariables`. Throws nothing; a Secret's value that is not
 * base64 is left as it stands.
 */
export function mergeVariables(
  postBuild: PostBuild | undefined,
  read: (reference: SubstituteReference) => KubeObject | undefined,
): MergedVariables {
  const values = new Map<string, string>();
  for (const reference of postBuild?.substituteFrom ?? []) {
    const object = read(reference);
    if (object === undefined && reference.optional !== true) return { kind: 'missing', reference };
    if (object !== undefined) for (const [key, value] of dataOf(object)) values.set(key, value);
  }
  for (const [key, value] of Object.entries(postBuild?.substitute ?? {})) values.set(key, value);
  return values.size === 0 ? { kind: 'none' } : { kind: 'values', values };
}

/** `data` of a ConfigMap, decoded `data` of a Secret, and over it `stringData` where it has not been to a server yet. */
function dataOf(object: KubeObject): readonly (readonly [string, string])[] {
  const isSecret = object.kind === 'Secret';
  const plain = (field: unknown, decode: (text: string) => string) =>
    isJsonObject(field)
      ? Object.entries(field).flatMap(([key, value]) =>
          typeof value === 'string' ? [[key, decode(value)] as const] : [],
        )
      : [];
  return [
    ...plain(object['data'], isSecret ? decodeBase64 : String),
    ...(isSecret ? plain(object['stringData'], String) : []),
  ];
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return text;
  }
}
