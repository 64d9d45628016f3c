/** A Map that is filled once and never changes: shared between readers that do not know each other. */
export class FrozenMap<K, V> extends Map<K, V> {
  #isFrozen = false;

  constructor(entries: Iterable<readonly [K, V]>) {
    super();
    for (const [key, value] of entries) super.set(key, value);
    this.#isFrozen = true;
  }

  override set(key: K, value: V): this {
    this.#refuse();
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    this.#refuse();
    return super.delete(key);
  }

  override clear(): void {
    this.#refuse();
    super.clear();
  }

  #refuse(): void {
    if (this.#isFrozen) throw new TypeError('this tree of files is shared and cannot be changed: make a copy');
  }
}
