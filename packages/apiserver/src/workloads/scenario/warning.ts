import type { KubeObject } from '@stageset/k8s';
import { fieldsAt } from '../../builtin/fields.ts';
import type { WriteHook } from '../../registry/hooks.ts';
import { parseBehaviour, SIMULATE } from './behaviour.ts';

/** Tells whoever writes an annotation that the simulation cannot read, since nothing will come of it. */
export const SIMULATE_WARNING: WriteHook = {
  name: 'simulate-annotation',
  admit: (object, { operation, subresource, warn, old }) => {
    if (operation === 'delete' || subresource !== undefined) return object;
    const before = new Set(old === undefined ? [] : texts(old).map(({ text }) => text));
    for (const { text, path } of texts(object)) {
      const parsed = before.has(text) ? undefined : parseBehaviour(text);
      if (parsed?.ok === false) warn(`${path}: ${parsed.message}; the simulation ignores it`);
    }
    return object;
  },
};

function texts(object: KubeObject): readonly { readonly text: string; readonly path: string }[] {
  const own = object.metadata.annotations?.[SIMULATE];
  const inner = fieldsAt(object, 'spec', 'template', 'metadata', 'annotations')[SIMULATE];
  return [
    ...(own === undefined ? [] : [{ text: own, path: `metadata.annotations.${SIMULATE}` }]),
    ...(typeof inner === 'string' ? [{ text: inner, path: `spec.template.metadata.annotations.${SIMULATE}` }] : []),
  ];
}
