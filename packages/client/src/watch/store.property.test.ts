import type { KubeObject } from '@stageset/k8s';
import type { ClusterResponse, Store, Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCluster } from '../cluster/cluster.ts';
import { connectionLost, failure, ScriptedServer, ScriptedStream } from '../testing/scripted-server.ts';

/** A small API server with a history, which can be compacted, restarted and cut off. Holds objects labelled `in`. */
class ModelServer {
  readonly #discovery = new ScriptedServer();
  readonly objects = new Map<string, KubeObject>();
  #version = 10;
  #compactedTo = 0;
  #log: { readonly version: number; readonly type: string; readonly object: KubeObject }[] = [];
  #streams: ScriptedStream[] = [];
  /** Requests that fail before the next one is answered. */
  failing = 0;

  readonly transport: Transport = async (request): Promise<ClusterResponse> => {
    const url = new URL(request.path, 'http://server');
    if (!url.pathname.endsWith('/configmaps')) return this.#discovery.transport(request);
    if (this.failing > 0) {
      this.failing -= 1;
      throw connectionLost('ETIMEDOUT');
    }
    if (url.searchParams.get('watch') !== 'true') return this.#list();
    const stream = new ScriptedStream(request);
    const position = Number(url.searchParams.get('resourceVersion'));
    if (position < this.#compactedTo) stream.write({ type: 'ERROR', object: failure(410, 'Expired').json });
    else {
      stream.write(
        ...this.#log.filter((entry) => entry.version > position).map(({ type, object }) => ({ type, object })),
      );
      this.#streams.push(stream);
    }
    return { status: 200, headers: {}, body: stream.body() };
  };

  #list(): ClusterResponse {
    const items = [...this.objects.values()];
    const text = JSON.stringify({ metadata: { resourceVersion: `${this.#version}` }, items });
    return { status: 200, headers: {}, body: ReadableStream.from([Buffer.from(text)]) };
  }

  /** Writes an object and returns it as an answer to the write would be. */
  put(name: string): KubeObject {
    const isNew = !this.objects.has(name);
    const object = this.#next(name);
    this.objects.set(name, object);
    this.#emit(isNew ? 'ADDED' : 'MODIFIED', object);
    return object;
  }

  /** Writes an object that is outside of what is watched: only its version counts. */
  putElsewhere(name: string): KubeObject {
    return this.#next(`elsewhere-${name}`);
  }

  remove(name: string): void {
    if (!this.objects.delete(name)) return;
    this.#emit('DELETED', this.#next(name));
  }

  bookmark(): void {
    this.#version += 1;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { resourceVersion: `${this.#version}` } };
    for (const stream of this.#streams) stream.write({ type: 'BOOKMARK', object });
  }

  compact(): void {
    this.#compactedTo = this.#version;
    this.#log = [];
  }

  drop(how: 'cut' | 'end'): void {
    for (const stream of this.#streams.splice(0)) stream[how]();
  }

  #next(name: string): KubeObject {
    this.#version += 1;
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'ns', resourceVersion: `${this.#version}` },
    };
  }

  #emit(type: string, object: KubeObject): void {
    this.#log.push({ version: this.#version, type, object });
    for (const stream of this.#streams) stream.write({ type, object });
  }
}

const name = fc.constantFrom('a', 'b', 'c', '__proto__');
const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), name, isRemembered: fc.boolean() }),
  fc.record({ do: fc.constant('elsewhere' as const), name }),
  fc.record({ do: fc.constant('remove' as const), name }),
  fc.record({ do: fc.constantFrom('bookmark' as const, 'compact' as const, 'cut' as const, 'end' as const) }),
  fc.record({ do: fc.constant('fail' as const), times: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 0, 100, 400, 3_000, 200_000) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
interface World {
  readonly server: ModelServer;
  readonly store: Store;
  readonly clock: FakeClock;
}

async function act(given: Step, { server, store, clock }: World): Promise<void> {
  switch (given.do) {
    case 'put': {
      const written = server.put(given.name);
      if (!given.isRemembered) return;
      store.remember(structuredClone(written));
      const want = store.synced ? written.metadata.resourceVersion : undefined;
      expect(store.get('ns', given.name)?.metadata.resourceVersion).toBe(want);
      return;
    }
    case 'elsewhere':
      store.remember(server.putElsewhere(given.name));
      return;
    case 'remove':
      server.remove(given.name);
      return;
    case 'bookmark':
      server.bookmark();
      return;
    case 'compact':
      server.compact();
      return;
    case 'fail':
      server.failing = given.times;
      return;
    case 'pass':
      await clock.advance(given.ms);
      return;
    default:
      server.drop(given.do);
  }
}

function versions(objects: Iterable<KubeObject>): Record<string, string | undefined> {
  return Object.fromEntries([...objects].map(({ metadata }) => [`/${metadata.name}`, metadata.resourceVersion]));
}

test('whatever happens between them, a store ends as the server is, and never goes back in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const server = new ModelServer();
      const clock = new FakeClock();
      const stop = new AbortController();
      server.put('a');
      const cluster = createCluster(server.transport, { clock, random: () => 0.5 });
      const store: Store = cluster.follow({ apiVersion: 'v1', kind: 'ConfigMap' }, stop.signal);
      const newest = new Map<string, number>();
      store.subscribe((event) => {
        if (event.type !== 'applied') return;
        const { name: key, resourceVersion } = event.object.metadata;
        expect(Number(resourceVersion)).toBeGreaterThanOrEqual(newest.get(key) ?? 0);
        expect(Object.isFrozen(event.object.metadata)).toBe(true);
        newest.set(key, Number(resourceVersion));
      });
      for (const given of steps) await act(given, { server, store, clock });
      server.failing = 0;
      await clock.advance(60_000); // Longer than any delay between two tries.
      server.bookmark(); // As a server sends about once a minute; it confirms what the store only remembers.
      await clock.advance(0);
      expect(versions(store.items())).toEqual(versions(server.objects.values()));
      stop.abort();
      await clock.advance(0);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 200 },
  );
}, 30_000);
