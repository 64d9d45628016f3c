import { UnreachableError } from '@stageset/k8s';
import type { ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';

/** Lets watches of one resource miss what happens; afterwards their position is too old, and they list anew. */
export class BlindSpot {
  readonly #resource: string;
  #shut = Promise.withResolvers<void>();
  #state: 'open' | 'shut' | 'stale' = 'open';

  /** Plural, as in paths. */
  constructor(resource: string) {
    this.#resource = resource;
  }

  async during(happens: () => Promise<void>): Promise<void> {
    this.#state = 'shut';
    this.#shut.resolve();
    await happens();
    this.#shut = Promise.withResolvers();
    this.#state = 'stale';
  }

  over(transport: Transport): Transport {
    return async (request) => {
      if (!this.#concerns(request)) return transport(request);
      if (this.#state === 'shut') throw new UnreachableError('nobody is watching');
      if (this.#state === 'stale') {
        this.#state = 'open';
        return GONE;
      }
      const response = await transport(request);
      return { ...response, body: until(response.body, this.#shut.promise) };
    };
  }

  #concerns({ path }: ClusterRequest): boolean {
    return path.includes('watch=') && path.split('?', 1)[0]?.endsWith(`/${this.#resource}`) === true;
  }
}

const GONE: ClusterResponse = {
  status: 410,
  headers: { 'content-type': 'application/json' },
  body: ReadableStream.from([
    new TextEncoder().encode('{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}'),
  ]),
};

async function* until(body: ClusterResponse['body'], ended: Promise<void>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([chunks.next(), ended]);
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}
