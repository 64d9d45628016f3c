import { SCALAR, type YamlNode } from './node.ts';

/**
 * Takes the places out of the nodes of a patch: they are in another text than the object that the patch goes into, and
 * a wrong line is worse than none. Gives what was taken.
 */
export function takePlaces(node: YamlNode): ReadonlyMap<YamlNode, number> {
  const taken = new Map<YamlNode, number>();
  const take = (at: YamlNode): void => {
    taken.set(at, at.at);
    at.at = 0;
    for (const item of at.items) take(item);
  };
  take(node);
  return taken;
}

/** Gives the nodes of a rewritten object the places that they had before, as far as they say the same. */
export function keepPlaces(before: YamlNode, after: YamlNode): void {
  if (before.kind !== after.kind) return;
  if (before.kind === SCALAR && before.value !== after.value) return;
  after.at = before.at;
  after.items.forEach((item, i) => {
    const key = after.keys[i];
    const old = key === undefined ? before.items[i] : before.get(key);
    if (old !== undefined) keepPlaces(old, item);
  });
}
