import { formatApiVersion } from '@stageset/k8s';
import type { KindRef } from '@stageset/ports';
import type { BuiltinKind, Builtins } from '../builtin/contract.ts';
import type { KindDefinition } from './kind.ts';

/** Kinds that are one kind under two groups: they share a table, stored as the second. */
const SHARED_STORAGE: Readonly<Record<string, { readonly storage: string; readonly apiVersion: string }>> = {
  'events.events.k8s.io': { storage: 'events', apiVersion: 'v1' },
};

/** The version in which a kind with several is stored, where that is not the first one listed. */
const STORED_VERSIONS: Readonly<Record<string, string>> = { 'horizontalpodautoscalers.autoscaling': 'v2' };

/** Built-in kinds that are on their way out. */
const DEPRECATIONS: Readonly<Record<string, string>> = {
  endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  componentstatuses: 'v1 ComponentStatus is deprecated in v1.19+',
};

const WORKLOAD_SCALE = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};

/** Every kind the cluster serves at this moment: the built-in ones, and those of established CRDs. */
export class KindTable {
  readonly #byKind = new Map<string, KindDefinition>();
  readonly #byResource = new Map<string, KindDefinition>();
  readonly #listeners = new Set<() => void>();
  /** Grows whenever kinds come or go: what is made from the table is good as long as it stays. */
  generation = 0;

  constructor(builtins: Builtins) {
    const storedVersions = new Map<string, string>();
    const kinds = builtins.builtinKinds();
    for (const kind of kinds) {
      const name = groupResource(kind);
      if (!storedVersions.has(name)) storedVersions.set(name, STORED_VERSIONS[name] ?? kind.version);
    }
    for (const kind of kinds) {
      this.#add(builtinDefinition(kind, storedVersions.get(groupResource(kind)) ?? kind.version, builtins));
    }
  }

  all(): Iterable<KindDefinition> {
    return this.#byKind.values();
  }

  byKind({ apiVersion, kind }: KindRef): KindDefinition | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  byResource(group: string, version: string, resource: string): KindDefinition | undefined {
    return this.#byResource.get(`${formatApiVersion(group, version)} ${resource}`);
  }

  /** The versions of one kind, in the order in which they were added. */
  versionsOf(group: string, kind: string): readonly KindDefinition[] {
    return [...this.#byKind.values()].filter((other) => other.group === group && other.kind === kind);
  }

  /** Puts new versions of a custom kind in place of those that were served before. */
  replace(group: string, resource: string, definitions: readonly KindDefinition[]): void {
    for (const [key, kind] of this.#byKind) {
      if (kind.group === group && kind.resource === resource && kind.origin === 'custom') {
        this.#byKind.delete(key);
        this.#byResource.delete(`${kind.apiVersion} ${kind.resource}`);
      }
    }
    for (const definition of definitions) this.#add(definition);
    this.generation += 1;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(definition: KindDefinition): void {
    this.#byKind.set(`${definition.apiVersion} ${definition.kind}`, definition);
    this.#byResource.set(`${definition.apiVersion} ${definition.resource}`, definition);
  }
}

export function groupResource({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function builtinDefinition(kind: BuiltinKind, storedVersion: string, builtins: Builtins): KindDefinition {
  const name = groupResource(kind);
  const shared = SHARED_STORAGE[name];
  const deprecation = DEPRECATIONS[name];
  const scalable = kind.subresources.some((subresource) => subresource.name === 'scale');
  return {
    ...kind,
    origin: 'builtin',
    apiVersion: formatApiVersion(kind.group, kind.version),
    groupResource: name,
    storage: shared?.storage ?? name,
    storageApiVersion: shared?.apiVersion ?? formatApiVersion(kind.group, storedVersion),
    listKind: `${kind.kind}List`,
    schema: () => builtins.schemaOf({ group: kind.group, version: kind.version, kind: kind.kind }),
    table: () => builtins.tableOf({ group: kind.group, version: kind.version, kind: kind.kind }),
    ...(scalable ? { scale: WORKLOAD_SCALE } : {}),
    ...(deprecation === undefined ? {} : { deprecation }),
  };
}
