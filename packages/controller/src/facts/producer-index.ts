import { producerKeyOf } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { WatchEvent } from '@stageset/ports';

/** ExternalArtifacts by what they point back to, so that a producer is found without a list. */
export class ProducerIndex {
  readonly #byProducer = new Map<string, Map<string, KubeObject>>();
  readonly #producerOf = new Map<string, string>();

  /** Takes an event of the ExternalArtifacts in, of all namespaces or of one; returns the producers that it concerns. */
  take(event: WatchEvent, namespace?: string): readonly string[] {
    switch (event.type) {
      case 'synced':
        return [...this.#clear(namespace), ...event.items.flatMap((item) => this.#put(item))];
      case 'applied':
        return [...this.#remove(event.object), ...this.#put(event.object)];
      case 'deleted':
        return this.#remove(event.object);
      case 'degraded':
        return [];
    }
  }

  find(namespace: string, producer: string): readonly KubeObject[] {
    return [...(this.#byProducer.get(`${namespace}|${producer}`)?.values() ?? [])];
  }

  #clear(namespace: string | undefined): readonly string[] {
    const before = [...this.#byProducer.keys()].filter(
      (producer) => namespace === undefined || producer.startsWith(`${namespace}|`),
    );
    for (const producer of before) {
      for (const name of this.#byProducer.get(producer)?.keys() ?? []) this.#producerOf.delete(name);
      this.#byProducer.delete(producer);
    }
    return before;
  }

  #put(artifact: KubeObject): readonly string[] {
    const pointer = producerKeyOf(artifact);
    if (pointer === undefined) return [];
    const name = nameOf(artifact);
    const producer = `${artifact.metadata.namespace ?? ''}|${pointer}`;
    this.#producerOf.set(name, producer);
    const artifacts = this.#byProducer.get(producer);
    if (artifacts === undefined) this.#byProducer.set(producer, new Map([[name, artifact]]));
    else artifacts.set(name, artifact);
    return [producer];
  }

  #remove(artifact: KubeObject): readonly string[] {
    const name = nameOf(artifact);
    const producer = this.#producerOf.get(name);
    if (producer === undefined) return [];
    this.#producerOf.delete(name);
    const artifacts = this.#byProducer.get(producer);
    artifacts?.delete(name);
    if (artifacts?.size === 0) this.#byProducer.delete(producer);
    return [producer];
  }
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
