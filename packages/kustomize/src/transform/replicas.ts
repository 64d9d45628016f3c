import type { ObjectSet } from '../accumulate/object-set.ts';
import type { ReplicaEntry } from '../load/kustomization.ts';
import { SCALAR, TAG_INT } from '../yaml/node.ts';
import { applySpec, entrySetter } from './apply-spec.ts';
import { type CompiledSpec, selects } from './field-specs.ts';

/**
 * Sets the number of replicas of objects that have, or once had, the name.
 *
 * @returns whether there was such an object.
 */
export function setReplicas(set: ObjectSet, entry: ReplicaEntry, specs: readonly CompiledSpec[]): boolean {
  const count = String(entry.count ?? 0);
  let found = false;
  for (const spec of specs) {
    for (const resource of set.all) {
      const ids = [...resource.previousIds, resource.id];
      if (!ids.some((id) => id.name === (entry.name ?? '') && selects(spec, id))) continue;
      found = true;
      if (!selects(spec, resource.gvk)) continue;
      applySpec(resource.node, spec, {
        setValue: entrySetter('', count, TAG_INT),
        create: { kind: SCALAR, tag: TAG_INT },
      });
    }
  }
  return found;
}
