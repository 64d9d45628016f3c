import type { StageSet } from '@stageset/api';
import { type Dependencies, dependenciesOf, readDependencies, readinessOf, type StageSetKey } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { Store, WatchEvent } from '@stageset/ports';
import type { Interests } from './interests.ts';

/** What a StageSet waits for among the others, and who is woken when one of them changes. No request is ever made. */
export class DependencyIndex {
  readonly #stageSets: Store;
  readonly #interests: Interests;
  readonly #crossNamespace: boolean;
  /** By StageSet: what was last told of its readiness, and of its own dependencies. */
  readonly #told = new Map<string, { readonly readiness: string; readonly edges: string }>();

  constructor(stageSets: Store, interests: Interests, options: { readonly crossNamespaceRefs: boolean }) {
    this.#stageSets = stageSets;
    this.#interests = interests;
    this.#crossNamespace = options.crossNamespaceRefs;
  }

  /** Adds to `interests` what would change the answer. */
  read(stageSet: StageSet, interests: Set<string>): Dependencies {
    if ((stageSet.spec.dependsOn ?? []).length === 0) return { direct: [], followed: [] };
    const dependencies = readDependencies(stageSet, {
      find: ({ namespace, name }) => this.#stageSets.get(namespace, name),
      crossNamespace: this.#crossNamespace,
    });
    for (const key of dependencies.direct) interests.add(`readiness:${format(key)}`);
    for (const key of dependencies.followed) interests.add(`depends-on:${format(key)}`);
    return dependencies;
  }

  /** Takes an event of the StageSets in. */
  take(event: WatchEvent): void {
    if (event.type === 'deleted') this.#forget(keyOf(event.object));
    else if (event.type === 'applied') this.#note(event.object);
    else if (event.type === 'synced') {
      const present = new Set(event.items.map(keyOf));
      for (const key of [...this.#told.keys()]) if (!present.has(key)) this.#forget(key);
      for (const item of event.items) this.#note(item);
    }
  }

  #note(stageSet: KubeObject): void {
    const key = keyOf(stageSet);
    const before = this.#told.get(key);
    const now = { readiness: readinessOf(stageSet), edges: dependenciesOf(stageSet).map(format).join(' ') };
    this.#told.set(key, now);
    if (before?.readiness !== now.readiness) this.#interests.wake(`readiness:${key}`);
    if (before?.edges !== now.edges) this.#interests.wake(`depends-on:${key}`);
  }

  #forget(key: string): void {
    this.#told.delete(key);
    this.#interests.wake(`readiness:${key}`);
    this.#interests.wake(`depends-on:${key}`);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return format({ namespace: metadata.namespace ?? '', name: metadata.name });
}

function format({ namespace, name }: StageSetKey): string {
  return `${namespace}/${name}`;
}
