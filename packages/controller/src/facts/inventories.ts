import { createHash } from 'node:crypto';
import { API_VERSION, LABELS, type StageSet } from '@stageset/api';
import type { Entry, InventoryFacts, Shard } from '@stageset/delivery';
import { isJsonObject, type KubeObject, own } from '@stageset/k8s';
import type { Store, WatchEvent } from '@stageset/ports';

/** One StageInventory of a stage, as it is in the cluster. */
export interface InventoryShard extends Shard {
  readonly object: KubeObject;
}

/** StageInventories by the StageSet they belong to. */
export class Inventories {
  readonly #store: Store;
  readonly #names = new Map<string, Set<string>>();
  /** StageSets of which a StageInventory has gone that this process did not delete. */
  readonly #robbed = new Set<string>();
  /** By namespace and name: those whose deletion this process has asked for. */
  readonly #leaving = new Set<string>();
  /** By namespace and name: the version that this process has seen. */
  readonly #versions = new Map<string, string>();

  /** `wake` is called with the StageSet whose inventory somebody else has changed. */
  constructor(store: Store, wake: (key: string) => void) {
    this.#store = store;
    store.subscribe((event) => this.#take(event, wake));
  }

  get synced(): boolean {
    return this.#store.synced;
  }

  shards(namespace: string, name: string, stage: string): InventoryShard[] {
    return this.#of(`${namespace}/${name}`)
      .filter((object) => labelOf(object, LABELS.stage) === stage)
      .map((object) => ({ object, index: indexOf(object), entries: entriesOf(object) }))
      .sort((a, b) => a.index - b.index);
  }

  /** What is recorded for each stage that has any StageInventory. */
  read(namespace: string, name: string): InventoryFacts[] {
    const stages = new Map<string, { position: number; entries: Entry[]; shards: number }>();
    for (const object of this.#of(`${namespace}/${name}`)) {
      const stage = labelOf(object, LABELS.stage);
      if (stage === undefined) continue;
      const facts = stages.get(stage) ?? { position: 0, entries: [], shards: 0 };
      const spec = isJsonObject(object['spec']) ? object['spec'] : {};
      const position = own(spec, 'stagePosition');
      facts.position = Math.max(facts.position, typeof position === 'number' ? position : 0);
      facts.entries.push(...entriesOf(object));
      facts.shards += 1;
      stages.set(stage, facts);
    }
    return [...stages].map(([stage, facts]) => ({ stage, recorded: true, ...facts }));
  }

  remember(object: KubeObject): void {
    this.#store.remember(object);
    this.#index(object);
  }

  /** Says that a StageInventory is about to be deleted by us. */
  expectDeletion(object: KubeObject): void {
    this.#leaving.add(nameOf(object));
  }

  /** Takes in that a StageInventory has been deleted, before the watch tells of it. */
  remove(object: KubeObject): void {
    const owner = ownerOf(object);
    const names = owner === undefined ? undefined : this.#names.get(owner);
    if (owner === undefined || names === undefined) return;
    names.delete(object.metadata.name);
    if (names.size === 0) this.#names.delete(owner);
  }

  /** Whether somebody else has deleted a StageInventory of this StageSet since it was last {@link restored}. */
  isRobbed(key: string): boolean {
    return this.#robbed.has(key);
  }

  restored(key: string): void {
    this.#robbed.delete(key);
  }

  whenSynced(): Promise<void> {
    return this.#store.whenSynced();
  }

  #of(key: string): KubeObject[] {
    const namespace = key.slice(0, key.indexOf('/'));
    return [...(this.#names.get(key) ?? [])].flatMap((name) => this.#store.get(namespace, name) ?? []);
  }

  #take(event: WatchEvent, wake: (key: string) => void): void {
    if (event.type === 'synced') {
      const before = [...this.#names];
      this.#names.clear();
      // Not only what was listed: what we have just written may be newer than the list.
      for (const item of this.#store.items()) this.#index(item);
      for (const [owner, names] of before) {
        if ([...names].every((name) => this.#names.get(owner)?.has(name) === true)) continue;
        this.#robbed.add(owner);
        wake(owner);
      }
    } else if (event.type === 'applied') {
      const known = this.#versions.get(nameOf(event.object)) === event.object.metadata.resourceVersion;
      const owner = this.#index(event.object);
      if (!known && owner !== undefined) wake(owner);
    } else if (event.type === 'deleted') {
      const owner = ownerOf(event.object);
      this.#versions.delete(nameOf(event.object));
      if (owner === undefined) return;
      const isAsked = this.#leaving.delete(nameOf(event.object));
      if (!isAsked && this.#names.get(owner)?.has(event.object.metadata.name) === true) this.#robbed.add(owner);
      this.remove(event.object);
      wake(owner);
    }
  }

  #index(object: KubeObject): string | undefined {
    const owner = ownerOf(object);
    if (owner === undefined) return undefined;
    this.#versions.set(nameOf(object), object.metadata.resourceVersion ?? '');
    const names = this.#names.get(owner);
    if (names === undefined) this.#names.set(owner, new Set([object.metadata.name]));
    else names.add(object.metadata.name);
    return owner;
  }
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function labelOf({ metadata }: KubeObject, key: string): string | undefined {
  const value = own(metadata.labels ?? {}, key);
  return typeof value === 'string' ? value : undefined;
}

function ownerOf(object: KubeObject): string | undefined {
  const name = labelOf(object, LABELS.stageSet);
  return name === undefined ? undefined : `${object.metadata.namespace ?? ''}/${name}`;
}

function indexOf(object: KubeObject): number {
  const index = Number.parseInt(labelOf(object, LABELS.shard) ?? '', 10);
  return Number.isSafeInteger(index) && index >= 0 ? index : Number.MAX_SAFE_INTEGER;
}

function entriesOf(object: KubeObject): Entry[] {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const entries = own(spec, 'entries');
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    if (!isJsonObject(entry)) return [];
    const [id, v, sa, prune, at] = ['id', 'v', 'sa', 'prune', 'at'].map((key) => own(entry, key));
    if (typeof id !== 'string' || typeof v !== 'string') return [];
    return [
      {
        id,
        v,
        ...(typeof sa === 'string' ? { sa } : {}),
        ...(typeof prune === 'boolean' ? { prune } : {}),
        ...(typeof at === 'string' ? { at } : {}),
      },
    ];
  });
}

const MAX_NAME_LENGTH = 253;

/** `<stageset>-<stage>-<NN>-<hash>`: the hash tells apart what the dashes do not. */
export function inventoryName(stageSet: string, stage: string, index: number): string {
  const identity = `${stageSet.length}/${stageSet}/${stage.length}/${stage}/${index}`;
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 10);
  const suffix = `-${String(index).padStart(2, '0')}-${hash}`;
  const prefix = `${stageSet}-${stage}`.slice(0, MAX_NAME_LENGTH - suffix.length).replace(/-+$/, '');
  return `${prefix}${suffix}`;
}

interface ShardParts {
  readonly stage: string;
  readonly position: number;
  readonly shard: Shard;
}

/** The StageInventory of one shard; it goes with its StageSet. */
export function inventoryObject(stageSet: StageSet, { stage, position, shard }: ShardParts): KubeObject {
  const { name, namespace, uid } = stageSet.metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'StageInventory',
    metadata: {
      name: inventoryName(name, stage, shard.index),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [LABELS.stageSet]: name, [LABELS.stage]: stage, [LABELS.shard]: String(shard.index) },
      ...(uid === undefined
        ? {}
        : {
            ownerReferences: [
              { apiVersion: API_VERSION, kind: 'StageSet', name, uid, controller: true, blockOwnerDeletion: true },
            ],
          }),
    },
    spec: { stagePosition: position, entries: shard.entries },
  };
}
