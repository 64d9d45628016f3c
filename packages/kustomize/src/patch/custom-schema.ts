import type { ClusterScope } from '../accumulate/scope.ts';
import type { Plain, PlainMap } from '../yaml/read-plain.ts';
import type { Schema, SchemaLookup } from './schema.ts';

const isMap = (value: Plain | undefined): value is PlainMap => value instanceof Map;
const REF = '#/definitions/';

/** What `openapi.path` tells of kinds. */
export interface CustomSchema {
  readonly types: SchemaLookup;
  readonly isClusterScoped: ClusterScope;
}

/**
 * The types of an OpenAPI (Swagger 2) document: its definitions with a group, version and kind, and from its paths
 * which of them have no namespace.
 */
export function customSchema(document: Plain): CustomSchema {
  return { types: typesOf(document), isClusterScoped: scopesOf(document) };
}

/** A kind that is only ever read outside `namespaces/{namespace}` is cluster-scoped. */
function scopesOf(document: Plain): ClusterScope {
  const paths = isMap(document) ? document.get('paths') : undefined;
  const namespaced = new Map<string, boolean>();
  for (const [path, item] of isMap(paths) ? paths : []) {
    const get = isMap(item) ? item.get('get') : undefined;
    const gvk = isMap(get) ? get.get('x-kubernetes-group-version-kind') : undefined;
    if (!isMap(gvk)) continue;
    const key = typeKey(gvk);
    namespaced.set(key, path.includes('namespaces/{namespace}') || namespaced.get(key) === true);
  }
  return (apiVersion, kind) => namespaced.get(`${apiVersion}/${kind}`) === false;
}

/** `apps/v1/Deployment` of a group, version and kind. */
function typeKey(gvk: PlainMap): string {
  const group = gvk.get('group');
  const version = String(gvk.get('version') ?? '');
  const apiVersion = typeof group === 'string' && group !== '' ? `${group}/${version}` : version;
  return `${apiVersion}/${String(gvk.get('kind') ?? '')}`;
}

function typesOf(document: Plain): SchemaLookup {
  const root = isMap(document) ? document.get('definitions') : undefined;
  const definitions: PlainMap = isMap(root) ? root : new Map();
  const kinds = new Map<string, PlainMap>();
  for (const definition of definitions.values()) {
    if (!isMap(definition)) continue;
    const gvks = definition.get('x-kubernetes-group-version-kind');
    if (!Array.isArray(gvks)) continue;
    for (const gvk of gvks as readonly Plain[]) {
      if (isMap(gvk)) kinds.set(typeKey(gvk), definition);
    }
  }
  return (apiVersion, kind) => {
    const definition = kinds.get(`${apiVersion}/${kind}`);
    return definition === undefined ? undefined : new DocumentSchema(definition, definitions);
  };
}

class DocumentSchema implements Schema {
  private readonly definition: PlainMap;
  private readonly definitions: PlainMap;

  constructor(definition: PlainMap, definitions: PlainMap) {
    this.definition = definition;
    this.definitions = definitions;
  }

  field(name: string): Schema | undefined {
    const properties = this.definition.get('properties');
    const own = isMap(properties) ? properties.get(name) : undefined;
    return this.resolve(own ?? this.definition.get('additionalProperties'));
  }

  get elements(): Schema | undefined {
    return this.definition.get('type') === 'array' ? this.resolve(this.definition.get('items')) : undefined;
  }

  get mergeKeys(): readonly string[] | undefined {
    const strategy = this.definition.get('x-kubernetes-patch-strategy');
    if (typeof strategy !== 'string' || !strategy.split(',').includes('merge')) return undefined;
    const keys = this.definition.get('x-kubernetes-list-map-keys');
    if (Array.isArray(keys)) return (keys as readonly Plain[]).map(String);
    const key = this.definition.get('x-kubernetes-patch-merge-key');
    return typeof key === 'string' ? [key] : [];
  }

  private resolve(schema: Plain | undefined): Schema | undefined {
    let at = schema;
    for (let hops = 0; hops < 32; hops++) {
      if (!isMap(at)) return undefined;
      const ref = at.get('$ref');
      if (typeof ref !== 'string') return new DocumentSchema(at, this.definitions);
      at = ref.startsWith(REF) ? this.definitions.get(ref.slice(REF.length)) : undefined;
    }
    return undefined;
  }
}
