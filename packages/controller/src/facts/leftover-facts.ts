import {
  type Entry,
  entryRef,
  type InventoryFacts,
  isOwnedBy,
  isPruneDisabled,
  type Leftover,
  otherOwners,
} from '@stageset/delivery';
import { formatApiVersion, type ObjectRef, parseApiVersion } from '@stageset/k8s';
import { deniedMessage, outOfReach } from '../tenancy/denied.ts';
import { servedVersion } from './managed-objects.ts';
import { type PassScope, whyNot } from './pass-scope.ts';

/** An entry of an inventory that no stage wants any more. */
export interface Unwanted {
  readonly entry: Entry;
  readonly inventory: InventoryFacts;
}

/** Reads how recorded objects are that are not wanted. */
export class LeftoverReader {
  readonly #pass: PassScope;

  constructor(pass: PassScope) {
    this.#pass = pass;
  }

  /** By id; what names no object is counted and left out. */
  async read(wanted: readonly Unwanted[]): Promise<Map<string, Leftover>> {
    const leftovers = new Map<string, Leftover>();
    const { metrics } = this.#pass.world.parts;
    for (const { entry, inventory } of wanted) {
      const ref = entryRef(entry);
      if (ref === undefined) metrics.inventoryEntrySkipped(this.#pass.namespace, this.#pass.name, inventory.stage);
      else leftovers.set(entry.id, await this.#leftover(entry, ref, inventory.stage));
    }
    return leftovers;
  }

  async #leftover(entry: Entry, recorded: ObjectRef, stage: string): Promise<Leftover> {
    const state = this.#pass.target(entry.sa);
    if (state.state === 'syncing') return { entry, ref: recorded, state: 'unsynced' };
    if (state.state === 'failed') return { entry, ref: recorded, state: 'unreachable', why: whyNot(state) };
    const { target } = state;
    let ref = recorded;
    let kind = await this.#pass.kind(ref, target);
    if (kind.state === 'unknown') {
      const defined = target.isRemote ? undefined : servedVersion(this.#pass.world.crds, ref);
      const version = defined ?? (await target.objects.servedVersion(ref, this.#pass.signal));
      if (version !== undefined) {
        ref = { ...ref, apiVersion: formatApiVersion(parseApiVersion(ref.apiVersion).group, version) };
        kind = await this.#pass.kind(ref, target);
      }
    }
    // A kind that is not served has no objects.
    if (kind.state === 'unknown') return { entry, ref, state: 'gone' };
    if (kind.state === 'denied') return { entry, ref, state: 'denied', why: deniedMessage(kind.error) };
    if (kind.state === 'failed') return { entry, ref, ...outOfReach(kind.error) };
    if (kind.state === 'asking' || !kind.store.synced) return { entry, ref, state: 'unsynced' };
    const live = kind.store.get(ref.namespace, ref.name);
    if (live === undefined) {
      const unsureUntilMs = this.#pass.memory.unsureUntilMs(entry.id, this.#pass.world.parts.clock.now());
      return unsureUntilMs === undefined
        ? { entry, ref, state: 'gone' }
        : { entry, ref, state: 'unsure', unsureUntilMs };
    }
    this.#pass.memory.inherited?.ids.delete(entry.id);
    const uid = live.metadata.uid ?? '';
    const key = { namespace: this.#pass.namespace, name: this.#pass.name };
    if (!isOwnedBy(live, key) || otherOwners(live, key).some(({ kind: owner }) => owner !== 'StageSet')) {
      return { entry, ref, uid, state: 'foreign' };
    }
    if (isPruneDisabled(live) || this.#prunes(entry, stage) === false) return { entry, ref, uid, state: 'kept' };
    const leaving = live.metadata.deletionTimestamp !== undefined || this.#pass.memory.leaving.get(entry.id) === uid;
    if (leaving) return { entry, ref, uid, state: 'terminating' };
    const refusal = this.#pass.memory.refusalOf(entry.id, this.#pass.world.parts.clock.now());
    return { entry, ref, uid, ...(refusal ?? { state: 'present' }) };
  }

  /** As the stage says now; for one that has left the spec, as it said when it applied the object. */
  #prunes(entry: Entry, stage: string): boolean {
    const spec = this.#pass.stageSet.spec.stages.find(({ name }) => name === stage);
    return spec === undefined ? entry.prune !== false : spec.prune !== false;
  }
}
