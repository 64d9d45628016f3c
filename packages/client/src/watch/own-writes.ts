import type { KubeObject } from '@stageset/k8s';
import { isNewer } from './resource-version.ts';

interface Write {
  readonly key: string;
  readonly object: KubeObject;
}

/**
 * What this process has written and the watch has not told of yet. Kept in the order of versions, in which the watch
 * will pass them: a position that moves looks at no more than what it passes.
 */
export class OwnWrites {
  readonly #byKey = new Map<string, KubeObject>();
  /** Oldest first, from `#first` on; among them what was replaced or removed since. */
  #order: Write[] = [];
  #first = 0;

  get(key: string): KubeObject | undefined {
    return this.#byKey.get(key);
  }

  entries(): IterableIterator<[string, KubeObject]> {
    return this.#byKey.entries();
  }

  add(key: string, object: KubeObject): void {
    this.#byKey.set(key, object);
    const { resourceVersion } = object.metadata;
    // Answers come nearly in the order of their versions, so the place is at the end or close to it.
    let place = this.#order.length;
    while (place > this.#first && isNewer(this.#order[place - 1]?.object.metadata.resourceVersion, resourceVersion)) {
      place -= 1;
    }
    this.#order.splice(place, 0, { key, object });
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  /** Takes out, and returns the keys of, all that are not newer than a position. */
  passed(position: string): readonly string[] {
    const keys: string[] = [];
    for (let next = this.#order[this.#first]; next !== undefined; next = this.#order[this.#first]) {
      const { key, object } = next;
      const isCurrent = this.#byKey.get(key) === object;
      if (isCurrent && isNewer(object.metadata.resourceVersion, position)) break;
      this.#first += 1;
      if (!isCurrent) continue;
      this.#byKey.delete(key);
      keys.push(key);
    }
    if (this.#first > this.#order.length / 2) {
      this.#order = this.#order.slice(this.#first);
      this.#first = 0;
    }
    return keys;
  }
}
