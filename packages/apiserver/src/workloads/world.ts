import { formatRef, type KubeObject, type ObjectRef, parseApiVersion, refOf } from '@stageset/k8s';
import type { Registry, RegistryEvent } from '../registry/registry.ts';
import { LabelIndex } from './label-index.ts';

type Objects = Map<string, KubeObject>;

/** Names an object whatever the version it is served in. */
export function keyOf(ref: ObjectRef): string {
  return `${parseApiVersion(ref.apiVersion).group}/${formatRef(ref)}`;
}

/**
 * A kind by one word: the kind itself for those of Kubernetes, which are told apart by it, and with its group for others,
 * whose `Service` is none of ours.
 */
export function kindKey({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const { group } = parseApiVersion(apiVersion);
  return !group.includes('.') || group.endsWith('.k8s.io') ? kind : `${kind}.${group}`;
}

/**
 * The registry's content by owner and by namespace: what controllers ask all the time, and what would otherwise be a
 * walk through every object. Follows the registry's events; `observe` them before anything else does.
 */
export class World {
  readonly registry: Registry;
  readonly #byUid = new Map<string, KubeObject>();
  readonly #byOwner = new Map<string, Objects>();
  /** Pods by their labels. */
  readonly #pods = new LabelIndex();
  /** By namespace and kind: what nobody controls and somebody may adopt. */
  readonly #orphans = new Map<string, Objects>();
  /** By namespace and kind. */
  readonly #byPlace = new Map<string, Objects>();

  constructor(registry: Registry) {
    this.registry = registry;
    const seen = new Set<string>();
    for (const kind of registry.kinds()) {
      if (seen.has(kind.storage) || !kind.verbs.includes('list')) continue;
      seen.add(kind.storage);
      for (const object of registry.list({ apiVersion: kind.storageApiVersion, kind: kind.kind }).items) {
        this.#add(object);
      }
    }
  }

  observe({ type, object, previous }: RegistryEvent): void {
    if (type === 'deleted') {
      this.#remove(previous ?? object);
      return;
    }
    // Changed in place: what changes keeps its rank among the others.
    for (const { uid } of previous?.metadata.ownerReferences ?? []) {
      const isKept = object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
      if (!isKept) take(this.#byOwner, uid, keyOf(refOf(object)));
    }
    this.#add(object);
  }

  /** Everything there is, as if it had just been made: what a simulation that starts late has to look at. */
  *present(): Generator<RegistryEvent> {
    for (const object of [...this.#byUid.values()]) {
      const kind = this.registry.kindOf(object);
      if (kind !== undefined) yield { type: 'added', kind, object, previous: undefined };
    }
  }

  now(): number {
    return this.registry.clock.now();
  }

  /** The instant as Kubernetes writes it: whole seconds. */
  nowIso(): string {
    return isoSeconds(this.now());
  }

  byUid(uid: string): KubeObject | undefined {
    return this.#byUid.get(uid);
  }

  /** Objects that name this one among their owners, in the order of their creation. */
  dependents(uid: string): readonly KubeObject[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])];
  }

  /** Objects of a kind that this one controls. */
  controlled(owner: KubeObject, kind: string): readonly KubeObject[] {
    const { uid } = owner.metadata;
    if (uid === undefined) return [];
    return this.dependents(uid).filter((object) => kindKey(object) === kind && controllerOf(object)?.uid === uid);
  }

  /** Objects of a kind in one namespace, in the order of their creation. */
  inNamespace(namespace: string, kind: string): readonly KubeObject[] {
    return [...(this.#byPlace.get(`${namespace}/${kind}`)?.values() ?? [])];
  }

  /** Objects of a kind in one namespace that nobody controls: sets and pods, which others adopt by their labels. */
  orphans(namespace: string, kind: 'Pod' | 'ReplicaSet'): readonly KubeObject[] {
    return [...(this.#orphans.get(`${namespace}/${kind}`)?.values() ?? [])];
  }

  /** Pods of a namespace that have these labels, of which there is at least one. */
  podsWith(namespace: string, labels: Readonly<Record<string, string>>): readonly KubeObject[] {
    const [first, ...others] = Object.entries(labels);
    if (first === undefined) return [];
    const pods = [...this.#pods.with(namespace, ...first)];
    if (others.length === 0) return pods;
    return pods.filter((pod) => others.every(([name, value]) => pod.metadata.labels?.[name] === value));
  }

  /** Objects of a kind in every namespace. */
  everywhere(kind: string): readonly KubeObject[] {
    const objects: KubeObject[] = [];
    for (const [place, found] of this.#byPlace) {
      if (place.slice(place.indexOf('/') + 1) === kind) objects.push(...found.values());
    }
    return objects;
  }

  /** Everything in a namespace. */
  contentOf(namespace: string): readonly KubeObject[] {
    const content: KubeObject[] = [];
    for (const [place, objects] of this.#byPlace) {
      if (place.slice(0, place.indexOf('/')) === namespace) content.push(...objects.values());
    }
    return content;
  }

  #add(object: KubeObject): void {
    const { uid, namespace, ownerReferences } = object.metadata;
    const key = keyOf(refOf(object));
    if (uid !== undefined) this.#byUid.set(uid, object);
    for (const owner of ownerReferences ?? []) put(this.#byOwner, owner.uid, key, object);
    const kind = kindKey(object);
    const place = `${namespace ?? ''}/${kind}`;
    put(this.#byPlace, place, key, object);
    if (kind === 'Pod') this.#pods.put(key, object, object.metadata.labels);
    if (kind !== 'Pod' && kind !== 'ReplicaSet') return;
    if (controllerOf(object) === undefined) put(this.#orphans, place, key, object);
    else take(this.#orphans, place, key);
  }

  #remove(object: KubeObject): void {
    const { uid, namespace, ownerReferences } = object.metadata;
    const key = keyOf(refOf(object));
    if (uid !== undefined) this.#byUid.delete(uid);
    for (const owner of ownerReferences ?? []) take(this.#byOwner, owner.uid, key);
    const place = `${namespace ?? ''}/${kindKey(object)}`;
    take(this.#byPlace, place, key);
    take(this.#orphans, place, key);
    if (kindKey(object) === 'Pod') this.#pods.take(key);
  }
}

export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function controllerOf(
  object: KubeObject,
): { readonly kind: string; readonly name: string; readonly uid: string } | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

function put(index: Map<string, Objects>, group: string, key: string, object: KubeObject): void {
  const objects = index.get(group);
  if (objects === undefined) index.set(group, new Map([[key, object]]));
  else objects.set(key, object);
}

function take(index: Map<string, Objects>, group: string, key: string): void {
  const objects = index.get(group);
  objects?.delete(key);
  if (objects?.size === 0) index.delete(group);
}
