import { systemClock } from '@stageset/runtime';
import { type BothClusters, DEFINITIONS, post, served } from '../both-clusters.ts';
import type { Node } from './schemas.ts';

const GROUP = 'fuzz.stageset.test';
/** Schemas that share a definition, each as a version of it: what takes long is to serve a definition, not a version. */
const VERSIONS = 24;
/** How long a schema waits for others to share its definition. */
const GATHER_MS = 20;
/** Definitions that are kept for the case that their schemas are asked for again. */
const KEPT = 8;

const OPEN: Node = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Where objects of a schema are. */
export interface Place {
  readonly apiVersion: string;
  readonly kind: string;
  readonly collection: string;
}

/** A definition with the given schemas as its versions `v1`, `v2`, …; the one that is stored takes everything. */
export function definition(plural: string, schemas: readonly Node[]): Node {
  const versions = schemas.map((openAPIV3Schema, index) => ({
    name: `v${index + 1}`,
    served: true,
    storage: false,
    schema: { openAPIV3Schema },
  }));
  return whole(plural, [...versions, { name: 'v0', served: false, storage: true, schema: { openAPIV3Schema: OPEN } }]);
}

/** A definition of one schema alone. */
export function alone(openAPIV3Schema: Node): Node {
  return whole('alone', [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }]);
}

function whole(plural: string, versions: readonly Node[]): Node {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: { group: GROUP, scope: 'Namespaced', names: { plural, kind: kindOf(plural) }, versions },
  };
}

const kindOf = (plural: string): string => `Of${plural}`;

interface Waiting {
  readonly schema: Node;
  readonly text: string;
  readonly settle: (place: Promise<Place>) => void;
}

/** Serves schemas on both clusters, many in one definition. */
export class Definitions {
  readonly #clusters: BothClusters;
  readonly #places = new Map<string, Promise<Place>>();
  readonly #made: { readonly plural: string; readonly texts: readonly string[] }[] = [];
  #waiting: Waiting[] = [];
  #count = 0;

  constructor(clusters: BothClusters) {
    this.#clusters = clusters;
  }

  /** Where objects of an accepted schema can be written. */
  placeOf(schema: Node): Promise<Place> {
    const text = JSON.stringify(schema);
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<Place>();
    this.#places.set(text, promise);
    this.#waiting.push({ schema, text, settle: resolve });
    if (this.#waiting.length === VERSIONS) this.#serve();
    else if (this.#waiting.length === 1) systemClock.schedule(GATHER_MS, () => this.#serve());
    return promise;
  }

  #serve(): void {
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    const plural = `samples${this.#count++}`;
    const ready = this.#define(plural, waiting);
    for (const [index, { settle }] of waiting.entries()) {
      const version = `v${index + 1}`;
      const collection = `/apis/${GROUP}/${version}/namespaces/${this.#clusters.namespace}/${plural}`;
      settle(ready.then(() => ({ apiVersion: `${GROUP}/${version}`, kind: kindOf(plural), collection })));
    }
  }

  async #define(plural: string, waiting: readonly Waiting[]): Promise<void> {
    const { local, real } = this.#clusters;
    const made = definition(
      plural,
      waiting.map(({ schema }) => schema),
    );
    await Promise.all(
      [local, real].map(async (transport) => {
        await post(transport, DEFINITIONS, made);
        await served(transport, `/apis/${GROUP}/v${waiting.length}/${plural}`);
      }),
    );
    this.#made.push({ plural, texts: waiting.map(({ text }) => text) });
    await this.#forget();
  }

  async #forget(): Promise<void> {
    if (this.#made.length <= KEPT) return;
    const oldest = this.#made.shift();
    for (const text of oldest?.texts ?? []) this.#places.delete(text);
    const path = `${DEFINITIONS}/${oldest?.plural}.${GROUP}`;
    await Promise.all(
      [this.#clusters.local, this.#clusters.real].map((transport) => transport({ method: 'DELETE', path })),
    );
  }
}
