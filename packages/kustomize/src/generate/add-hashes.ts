import type { ObjectSet } from '../accumulate/object-set.ts';
import { contentHash } from './hash.ts';

/** Appends the hash of their content to the names of generated objects. */
export function addHashes(set: ObjectSet): void {
  for (const resource of set.all) {
    if (!resource.needsHash) continue;
    const hash = contentHash(resource);
    resource.storePreviousId();
    resource.setName(`${resource.name}-${hash}`);
  }
  set.changed();
}
