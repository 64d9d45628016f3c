import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { ClusterResponse } from '@stageset/ports';
import { acceptClauses } from '../http/media-type.ts';
import type { RequestPath } from '../http/request-path.ts';
import { bytesResponse, textResponse } from '../http/response.ts';
import type { KindTable } from '../registry/kind-table.ts';
import { unknownResource } from '../registry/status-error.ts';
import { aggregated, apiGroup, type GroupVersions, groupsOf, resourceList } from './documents.ts';

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface CachedDocument {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** The discovery documents, made on demand and kept until a kind comes or goes. */
export class Discovery {
  readonly #kinds: KindTable;
  #generation = -1;
  #groups: readonly GroupVersions[] = [];
  readonly #documents = new Map<string, CachedDocument>();

  constructor(kinds: KindTable) {
    this.#kinds = kinds;
  }

  /** @returns `undefined` for what is no discovery path. */
  answer(path: RequestPath, headers: Readonly<Record<string, string>>): ClusterResponse | undefined {
    this.#refresh();
    switch (path.kind) {
      case 'coreVersions':
        if (wantsAggregated(headers['accept'])) return this.#aggregated('/api', headers, (group) => group === '');
        return this.#plain('/api', () => ({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }));
      case 'groups':
        if (wantsAggregated(headers['accept'])) return this.#aggregated('/apis', headers, (group) => group !== '');
        return this.#plain('/apis', () => ({
          kind: 'APIGroupList',
          apiVersion: 'v1',
          groups: this.#groups.filter(({ group }) => group !== '').map(apiGroup),
        }));
      case 'group': {
        const found = this.#groups.find(({ group }) => group === path.group);
        if (found === undefined) return textResponse(404, '404 page not found\n');
        return this.#plain(`/apis/${path.group}`, () => ({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) }));
      }
      case 'resources':
        return this.#resources(path.group, path.version);
      case 'resource':
        return undefined;
    }
  }

  hasGroup(group: string): boolean {
    this.#refresh();
    return this.#groups.some((one) => one.group === group);
  }

  #resources(group: string, version: string): ClusterResponse {
    const versions = this.#groups.find((one) => one.group === group)?.versions;
    const found = versions?.find((one) => one.version === version);
    if (versions !== undefined && found === undefined) throw unknownResource();
    if (found === undefined) return textResponse(404, '404 page not found\n');
    return this.#plain(`/apis/${group}/${version}`, () => resourceList(group, version, found.kinds));
  }

  #aggregated(
    path: string,
    headers: Readonly<Record<string, string>>,
    belongs: (group: string) => boolean,
  ): ClusterResponse {
    const { bytes, etag } = this.#document(`${path} aggregated`, () =>
      aggregated(this.#groups.filter(({ group }) => belongs(group))),
    );
    const answer = { etag, vary: 'Accept', 'content-type': AGGREGATED_TYPE };
    if (headers['if-none-match'] === etag) return { ...bytesResponse(304, Buffer.alloc(0), answer) };
    return bytesResponse(200, bytes, answer);
  }

  #plain(key: string, make: () => object): ClusterResponse {
    return bytesResponse(200, this.#document(key, make).bytes);
  }

  #document(key: string, make: () => object): CachedDocument {
    let document = this.#documents.get(key);
    if (document === undefined) {
      const bytes = Buffer.from(JSON.stringify(make()));
      document = { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"` };
      this.#documents.set(key, document);
    }
    return document;
  }

  #refresh(): void {
    if (this.#generation === this.#kinds.generation) return;
    this.#generation = this.#kinds.generation;
    this.#groups = groupsOf(this.#kinds.all());
    this.#documents.clear();
  }
}

function wantsAggregated(accept: string | undefined): boolean {
  for (const { type, parameters } of acceptClauses(accept)) {
    if (type !== 'application/json') continue;
    if (parameters.get('as') === undefined) return false;
    if (parameters.get('as') === 'APIGroupDiscoveryList' && parameters.get('v') === 'v2') return true;
  }
  return false;
}
