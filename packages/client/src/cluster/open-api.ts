import { type OpenApiDocument, parseApiVersion, resolveType, type Schema } from '@stageset/k8s';
import type { Clock, KindRef } from '@stageset/ports';
import { isRecord } from '../requests/json.ts';
import { parseBody } from './decode.ts';
import type { Read } from './discovery.ts';

/** How long the index of documents is believed before it is asked for again. */
const INDEX_FOR_MS = 5 * 60_000;

interface Index {
  readonly readAtMs: number;
  /** Address of each group version's document, such as `api/v1`. It carries a hash of the content. */
  readonly addresses: ReadonlyMap<string, string>;
}

interface KnownDocument {
  readonly address: string;
  readonly schemas: Promise<ReadonlyMap<string, () => Schema>>;
}

/**
 * Schemas of kinds from the server's OpenAPI v3 documents: one request for the index, and one for each group version in
 * use, again only when the index names another hash. A server without them tells of no kind.
 */
export class OpenApi {
  readonly #read: Read;
  readonly #clock: Clock;
  #index: Promise<Index> | undefined;
  #indexReadAtMs = Number.NEGATIVE_INFINITY;
  readonly #documents = new Map<string, KnownDocument>();

  constructor(read: Read, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  async find(
    { apiVersion, kind }: KindRef,
    options: { readonly refresh?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Schema | undefined> {
    options.signal?.throwIfAborted();
    const { addresses } = await this.#indexed(options.refresh === true);
    const { group } = parseApiVersion(apiVersion);
    const path = group === '' ? `api/${apiVersion}` : `apis/${apiVersion}`;
    const address = addresses.get(path);
    if (address === undefined) {
      this.#documents.delete(path);
      return undefined;
    }
    let document = this.#documents.get(path);
    if (document?.address !== address) {
      document = { address, schemas: this.#readDocument(address) };
      this.#documents.set(path, document);
      document.schemas.catch(() => this.#documents.delete(path));
    }
    const schemas = await document.schemas;
    options.signal?.throwIfAborted();
    return schemas.get(kind)?.();
  }

  #indexed(refresh: boolean): Promise<Index> {
    if (this.#index === undefined || refresh || this.#clock.now() - this.#indexReadAtMs >= INDEX_FOR_MS) {
      this.#indexReadAtMs = this.#clock.now();
      const index = this.#readIndex();
      this.#index = index;
      index.catch(() => {
        if (this.#index === index) this.#index = undefined;
      });
    }
    return this.#index;
  }

  async #readIndex(): Promise<Index> {
    const answer = await this.#read('/openapi/v3', 'application/json', undefined);
    const addresses = new Map<string, string>();
    if (answer.ok) {
      const { paths } = parseBody(answer.body, 'the OpenAPI index');
      for (const [path, entry] of isRecord(paths) ? Object.entries(paths) : []) {
        const address = isRecord(entry) ? entry['serverRelativeURL'] : undefined;
        if (typeof address === 'string' && address.startsWith('/')) addresses.set(path, address);
      }
    } else if (answer.error.code !== 404) {
      throw answer.error;
    }
    return { readAtMs: this.#clock.now(), addresses };
  }

  /** The document's kinds, each resolved when it is first asked for. */
  async #readDocument(address: string): Promise<ReadonlyMap<string, () => Schema>> {
    const answer = await this.#read(address, 'application/json', undefined);
    if (!answer.ok) throw answer.error;
    const { components } = parseBody(answer.body, 'the OpenAPI document');
    const named = isRecord(components) && isRecord(components['schemas']) ? components['schemas'] : {};
    const document = { components: { schemas: named } } as OpenApiDocument;
    const kinds = new Map<string, () => Schema>();
    for (const [name, type] of Object.entries(named)) {
      for (const kind of kindsOf(type)) {
        let schema: Schema | undefined;
        kinds.set(kind, () => {
          schema ??= resolveType(document, name);
          return schema;
        });
      }
    }
    return kinds;
  }
}

function kindsOf(type: unknown): readonly string[] {
  const said = isRecord(type) ? type['x-kubernetes-group-version-kind'] : undefined;
  return Array.isArray(said)
    ? said.flatMap((gvk: unknown) => (isRecord(gvk) && typeof gvk['kind'] === 'string' ? [gvk['kind']] : []))
    : [];
}
