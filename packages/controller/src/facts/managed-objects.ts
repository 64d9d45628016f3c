import { LABELS } from '@stageset/api';
import { isJsonObject, type KubeObject, type ObjectRef, own, parseApiVersion } from '@stageset/k8s';
import type { KindRef, Store, WatchEvent } from '@stageset/ports';
import { type WatchedKind, WatchedKinds, type WatchedKindsParts } from './watched-kinds.ts';

/**
 * Every object that any StageSet has applied in one name: one watch a kind, limited by the owner label and shared by all.
 * An event of an object wakes the StageSet that owns it, and the one that has just lost it.
 */
export class ManagedObjects {
  readonly #kinds: WatchedKinds;
  readonly #wakeKind: (kind: KindRef) => void;
  readonly #wake: (key: string) => void;
  /** By kind, namespace and name: who owned the object when it was last seen. */
  readonly #owners = new Map<string, string>();

  /** `wakeKind` has those looked at who wait for a kind as a whole, `wake` one StageSet. */
  constructor(
    parts: Omit<WatchedKindsParts, 'onEvent' | 'onChange' | 'labelSelector'>,
    wakeKind: (kind: KindRef) => void,
    wake: (key: string) => void,
  ) {
    this.#wakeKind = wakeKind;
    this.#wake = wake;
    this.#kinds = new WatchedKinds({
      ...parts,
      labelSelector: LABELS.name,
      onEvent: (kind, event) => this.#take(kind, event),
      onChange: wakeKind,
    });
  }

  /** What is known of an object's kind, at once where it has been asked for before. */
  known(ref: ObjectRef): WatchedKind | undefined {
    return this.#kinds.known(ref);
  }

  find(ref: ObjectRef, signal: AbortSignal): Promise<WatchedKind> {
    return this.#kinds.find(ref, signal);
  }

  /** The version under which the cluster serves a kind now, whatever version it was recorded with. Asks discovery. */
  servedVersion(kind: KindRef, signal: AbortSignal): Promise<string | undefined> {
    return this.#kinds.servedVersion(kind, signal);
  }

  refresh(group: string, kind: string): void {
    this.#kinds.refresh(group, kind);
  }

  remember(object: KubeObject): void {
    this.#kinds.remember(object);
    const owner = ownerOf(object);
    if (owner !== undefined) this.#owners.set(keyOf(object, object), owner);
  }

  /** Has an object looked at anew that a write may have changed without telling how. */
  expire(ref: ObjectRef): void {
    this.#kinds.expire(ref);
  }

  #take(kind: KindRef, event: WatchEvent): void {
    if (event.type === 'synced') {
      for (const item of event.items) this.#note(kind, item);
      this.#wakeKind(kind);
    } else if (event.type === 'applied' || event.type === 'deleted') {
      const key = keyOf(kind, event.object);
      const before = this.#owners.get(key);
      const owner = ownerOf(event.object);
      if (event.type === 'deleted') this.#owners.delete(key);
      else this.#note(kind, event.object);
      if (owner !== undefined) this.#wake(owner);
      if (before !== undefined && before !== owner) this.#wake(before);
    }
  }

  #note(kind: KindRef, object: KubeObject): void {
    const owner = ownerOf(object);
    if (owner !== undefined) this.#owners.set(keyOf(kind, object), owner);
  }
}

function keyOf({ apiVersion, kind }: KindRef, { metadata }: KubeObject): string {
  return `${apiVersion}|${kind}|${metadata.namespace ?? ''}/${metadata.name}`;
}

function ownerOf({ metadata }: KubeObject): string | undefined {
  const labels = metadata.labels ?? {};
  const name = own(labels, LABELS.name);
  const namespace = own(labels, LABELS.namespace);
  return typeof name === 'string' && typeof namespace === 'string' ? `${namespace}/${name}` : undefined;
}

/** Group, kind and served versions of a CustomResourceDefinition, newest preference first. */
export function servedBy(
  crd: KubeObject,
): { readonly group: string; readonly kind: string; readonly versions: string[] } | undefined {
  const spec = crd['spec'];
  if (!isJsonObject(spec)) return undefined;
  const names = own(spec, 'names');
  const group = own(spec, 'group');
  const kind = isJsonObject(names) ? own(names, 'kind') : undefined;
  const versions = own(spec, 'versions');
  if (typeof group !== 'string' || typeof kind !== 'string' || !Array.isArray(versions)) return undefined;
  const served = versions.flatMap((version: unknown) => {
    const name = isJsonObject(version) && own(version, 'served') === true ? own(version, 'name') : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return { group, kind, versions: served };
}

/** Whether a CustomResourceDefinition is served. */
export function isEstablished(crd: KubeObject): boolean {
  const status = crd['status'];
  const conditions = isJsonObject(status) ? own(status, 'conditions') : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (condition: unknown) =>
        isJsonObject(condition) && own(condition, 'type') === 'Established' && own(condition, 'status') === 'True',
    )
  );
}

/** The version under which the cluster serves a recorded object now, if its CustomResourceDefinition tells. */
export function servedVersion(crds: Store, ref: ObjectRef): string | undefined {
  const { group } = parseApiVersion(ref.apiVersion);
  for (const crd of crds.items()) {
    const served = servedBy(crd);
    if (served?.group === group && served.kind === ref.kind) return served.versions[0];
  }
  return undefined;
}
