import type { KubeObject } from '@stageset/k8s';

type Labels = Readonly<Record<string, string>>;

/** Objects by namespace and pair of labels, so that a selector is not held against everything there is. */
export class LabelIndex {
  readonly #byPair = new Map<string, Map<string, KubeObject>>();
  readonly #pairs = new Map<string, readonly string[]>();

  /** Puts an object under these pairs, and under no others any more. */
  put(key: string, object: KubeObject, labels: Labels | undefined): void {
    const pairs = Object.entries(labels ?? {}).map(([name, value]) => pairOf(object, name, value));
    const before = this.#pairs.get(key) ?? [];
    for (const pair of before) if (!pairs.includes(pair)) this.#remove(pair, key);
    this.#pairs.set(key, pairs);
    for (const pair of pairs) {
      const objects = this.#byPair.get(pair);
      if (objects === undefined) this.#byPair.set(pair, new Map([[key, object]]));
      else objects.set(key, object);
    }
  }

  take(key: string): void {
    for (const pair of this.#pairs.get(key) ?? []) this.#remove(pair, key);
    this.#pairs.delete(key);
  }

  /** In the order in which they came. */
  *with(namespace: string, name: string, value: string): Generator<KubeObject> {
    yield* this.#byPair.get(`${namespace}\n${name}\n${value}`)?.values() ?? [];
  }

  #remove(pair: string, key: string): void {
    const objects = this.#byPair.get(pair);
    objects?.delete(key);
    if (objects?.size === 0) this.#byPair.delete(pair);
  }
}

function pairOf({ metadata }: KubeObject, name: string, value: string): string {
  return `${metadata.namespace ?? ''}\n${name}\n${value}`;
}
