import type { ObjectSet } from '../accumulate/object-set.ts';
import type { Gvk } from '../accumulate/resource.ts';
import { setScalar } from '../yaml/edit.ts';
import { SCALAR, TAG_STRING, untyped, type YamlNode } from '../yaml/node.ts';
import { applySpec } from './apply-spec.ts';
import { type CompiledSpec, selects } from './field-specs.ts';

/** Kinds whose names are not the user's to change: the name means something. */
const KEPT: readonly Gvk[] = [
  { group: '', version: '', kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', version: '', kind: 'APIService' },
  { group: '', version: '', kind: 'Namespace' },
];

export type Affix = { readonly prefix: string } | { readonly suffix: string };

/** Puts a prefix before, or a suffix behind, the names of objects (and other fields that the specs name). */
export function addAffix(set: ObjectSet, affix: Affix, specs: readonly CompiledSpec[]): void {
  const change = (node: YamlNode): void => {
    const text = 'prefix' in affix ? affix.prefix + node.value : node.value + affix.suffix;
    setScalar(node, untyped(text));
  };
  const empty = ('prefix' in affix ? affix.prefix : affix.suffix) === '';
  for (const resource of set.all) {
    const id = resource.originalId;
    if (KEPT.some((gvk) => selects(gvk, id))) continue;
    for (const spec of specs) {
      if (!selects(spec, id)) continue;
      if (spec.path === 'metadata/name' && !empty) {
        const history = resource.remember();
        if ('prefix' in affix) history.prefixes.push(affix.prefix);
        else history.suffixes.push(affix.suffix);
        resource.storePreviousId();
      }
      if (selects(spec, resource.gvk)) {
        applySpec(resource.node, spec, { setValue: change, create: { kind: SCALAR, tag: TAG_STRING } });
      }
    }
  }
  set.changed();
}
