import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { ClusterResponse } from '@stageset/ports';
import { bytesResponse } from '../http/response.ts';
import { VERSION } from '../http/version.ts';
import type { KindDefinition } from '../registry/kind.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { addKind } from './components.ts';
import { openApiV2 } from './open-api-v2.ts';
import { openApiV2Bytes } from './open-api-v2-protobuf.ts';

interface CachedDocument {
  readonly bytes: Buffer;
  readonly hash: string;
}

const PATCH_TYPES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
const STRATEGIC = 'application/strategic-merge-patch+json';
const PROTOBUF_V2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const WRITE_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'];

/**
 * OpenAPI v2 (schemas alone), and v3 as far as `kubectl` reads it: an index, and per group and version the paths of its kinds with the patches
 * and options they take, and the kinds' schemas. Documents are made when they are asked for.
 */
export class OpenApi {
  readonly #registry: LocalRegistry;
  #generation = -1;
  readonly #documents = new Map<string, CachedDocument>();

  constructor(registry: LocalRegistry) {
    this.#registry = registry;
  }

  /** @returns `undefined` for what is no document. */
  answer(path: string, headers: Readonly<Record<string, string>>): ClusterResponse | undefined {
    if (this.#generation !== this.#registry.table.generation) {
      this.#generation = this.#registry.table.generation;
      this.#documents.clear();
    }
    if (path === '/openapi/v2') return this.#version2(headers);
    if (path === '/openapi/v3' || path === '/openapi/v3/') return this.#index();
    const wanted = path.slice('/openapi/v3/'.length);
    if (!path.startsWith('/openapi/v3/') || !this.#groupVersions().has(wanted)) return undefined;
    const { bytes, hash } = this.#document(wanted);
    const etag = `"${hash}"`;
    if (headers['if-none-match'] === etag) return bytesResponse(304, Buffer.alloc(0), { etag });
    return bytesResponse(200, bytes, { etag });
  }

  /** As protobuf for those who name it, as `kubectl` does, otherwise as JSON. */
  #version2(headers: Readonly<Record<string, string>>): ClusterResponse {
    const isProtobuf = /openapi[.-]spec[.-]v2\S*protobuf/.test(headers['accept'] ?? '');
    const { bytes, hash } = this.#cached(isProtobuf ? 'v2 protobuf' : 'v2', () => {
      const document = openApiV2(this.#registry.table.all(), VERSION.gitVersion);
      return isProtobuf ? Buffer.from(openApiV2Bytes(document)) : Buffer.from(JSON.stringify(document));
    });
    const etag = `"${hash}"`;
    const type = isProtobuf ? PROTOBUF_V2 : 'application/json';
    if (headers['if-none-match'] === etag) return bytesResponse(304, Buffer.alloc(0), { etag });
    return bytesResponse(200, bytes, { etag, 'content-type': type, vary: 'Accept' });
  }

  /** Addresses carry a hash of the kinds, by which clients cache what they have read. */
  #index(): ClusterResponse {
    const paths: Record<string, object> = {};
    for (const [name, kinds] of this.#groupVersions()) {
      const hash = hashOf(
        JSON.stringify(kinds.map((kind) => [kind.kind, kind.origin === 'custom' ? kind.schema() : 'builtin'])),
      );
      paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` };
    }
    return bytesResponse(200, Buffer.from(JSON.stringify({ paths })));
  }

  #groupVersions(): ReadonlyMap<string, readonly KindDefinition[]> {
    const groups = new Map<string, KindDefinition[]>();
    for (const kind of this.#registry.table.all()) {
      const name = kind.group === '' ? `api/${kind.version}` : `apis/${kind.apiVersion}`;
      const members = groups.get(name);
      if (members === undefined) groups.set(name, [kind]);
      else members.push(kind);
    }
    return groups;
  }

  #document(name: string): CachedDocument {
    return this.#cached(name, () =>
      Buffer.from(JSON.stringify(this.#openApi(name, this.#groupVersions().get(name) ?? []))),
    );
  }

  #cached(name: string, make: () => Buffer): CachedDocument {
    let document = this.#documents.get(name);
    if (document === undefined) {
      const bytes = make();
      document = { bytes, hash: hashOf(bytes) };
      this.#documents.set(name, document);
    }
    return document;
  }

  #openApi(name: string, kinds: readonly KindDefinition[]): object {
    const schemas: Record<string, unknown> = {};
    const paths: Record<string, unknown> = {};
    for (const kind of kinds) {
      const type = addKind(kind, schemas);
      const base = `/${name}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.resource}`;
      paths[base] = collectionPath(kind, type);
      paths[`${base}/{name}`] = objectPath(kind, type);
    }
    return {
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: VERSION.gitVersion },
      paths,
      components: { schemas },
    };
  }
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').toUpperCase();
}

function gvk({ group, version, kind }: KindDefinition) {
  return { group, version, kind };
}

function parameters(names: readonly string[]) {
  return names.map((name) => ({ name, in: 'query', schema: { type: name === 'force' ? 'boolean' : 'string' } }));
}

function operation(kind: KindDefinition, action: string, type: string, more: object = {}): object {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${type}` } } };
  return {
    responses: { 200: { description: 'OK', content } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(kind),
    ...more,
  };
}

function body(type: string): object {
  return { requestBody: { content: { '*/*': { schema: { $ref: `#/components/schemas/${type}` } } } } };
}

const CREATE_PARAMETERS = WRITE_PARAMETERS.filter((name) => name !== 'force');

function collectionPath(kind: KindDefinition, type: string): object {
  const { verbs } = kind;
  return {
    ...(verbs.includes('list') ? { get: operation(kind, 'list', type) } : {}),
    ...(verbs.includes('create')
      ? { post: operation(kind, 'post', type, { parameters: parameters(CREATE_PARAMETERS), ...body(type) }) }
      : {}),
  };
}

function objectPath(kind: KindDefinition, type: string): object {
  const { verbs, origin } = kind;
  const types = origin === 'builtin' ? [...PATCH_TYPES, STRATEGIC] : PATCH_TYPES;
  const patch = {
    parameters: parameters(WRITE_PARAMETERS),
    requestBody: { content: Object.fromEntries(types.map((media) => [media, { schema: { type: 'object' } }])) },
  };
  return {
    ...(verbs.includes('get') ? { get: operation(kind, 'get', type) } : {}),
    ...(verbs.includes('update')
      ? { put: operation(kind, 'put', type, { parameters: parameters(CREATE_PARAMETERS), ...body(type) }) }
      : {}),
    ...(verbs.includes('patch') ? { patch: operation(kind, 'patch', type, patch) } : {}),
    ...(verbs.includes('delete') ? { delete: operation(kind, 'delete', type) } : {}),
  };
}
