import { isJsonObject, type KubeObject } from '@stageset/k8s';
import type { WriteHook } from './hooks.ts';

/** Kinds that a real server acts upon when it admits other objects, and this one only keeps. */
const KEPT_ONLY: Readonly<Record<string, string>> = {
  LimitRange: 'limits are not applied',
  ResourceQuota: 'quotas are not enforced',
};

/** Says, where an object is created whose rules would be enforced elsewhere, that they are not here. */
export const UNENFORCED: WriteHook = {
  name: 'Unenforced',
  admit(object, { operation, kind, warn }): KubeObject {
    if (operation !== 'create') return object;
    const missing = Object.hasOwn(KEPT_ONLY, kind.kind) ? KEPT_ONLY[kind.kind] : definitionGap(object);
    if (missing !== undefined && kind.origin === 'builtin')
      warn(`the local cluster only keeps this object: ${missing}`);
    return object;
  },
};

function definitionGap(object: KubeObject): string | undefined {
  if (object.kind !== 'CustomResourceDefinition' || !isJsonObject(object['spec'])) return undefined;
  const { conversion } = object['spec'];
  const isConverted = isJsonObject(conversion) && conversion['strategy'] === 'Webhook';
  return isConverted ? 'objects are not converted by a webhook' : undefined;
}
