import {
  type Entry,
  entryKey,
  entryRef,
  type InventoryFacts,
  isOwnedBy,
  isPruneDisabled,
  type Leftover,
  otherOwners,
  type StageFacts,
} from '@stageset/delivery';
import { formatApiVersion, type ObjectRef, parseApiVersion } from '@stageset/k8s';
import { deniedMessage, outOfReach } from '../tenancy/denied.ts';
import { describeLocation } from '../tenancy/kube-config.ts';
import { servedVersion } from './managed-objects.ts';
import { type PassScope, whyNot } from './pass-scope.ts';

/** An entry of an inventory that no stage wants any more. */
export interface Unwanted {
  readonly entry: Entry;
  readonly inventory: InventoryFacts;
}

/** An object of the present release: its stage, and its UID where it is there. */
interface Delivered {
  readonly stage: string;
  readonly uid: string | undefined;
}

/** States of what an access does not find: where it leads elsewhere than it did, that says nothing of where it led. */
const NOT_THERE: ReadonlySet<Leftover['state']> = new Set(['gone', 'unsure', 'foreign', 'same']);

function deliveredIn(stages: readonly StageFacts[]): Map<string, Delivered> {
  return new Map(
    stages.flatMap((stage) =>
      stage.state === 'built'
        ? stage.objects.map(({ desired, uid }) => [desired.id, { stage: stage.name, uid }] as const)
        : [],
    ),
  );
}

/** Reads how recorded objects are that are not wanted. */
export class LeftoverReader {
  readonly #pass: PassScope;

  constructor(pass: PassScope) {
    this.#pass = pass;
  }

  /**
   * By key of their entry; what names no object is counted and left out. `stages` is what is delivered now: of an object
   * that another cluster has too, it has to be found out whether the clusters are two.
   */
  async read(wanted: readonly Unwanted[], stages: readonly StageFacts[]): Promise<Map<string, Leftover>> {
    const delivered = this.#isElsewhere(wanted) ? deliveredIn(stages) : new Map<string, Delivered>();
    const leftovers = new Map<string, Leftover>();
    const { metrics } = this.#pass.world.parts;
    for (const { entry, inventory } of wanted) {
      const ref = entryRef(entry);
      if (ref === undefined) metrics.inventoryEntrySkipped(this.#pass.namespace, this.#pass.name, inventory.stage);
      else leftovers.set(entryKey(entry), await this.#whereItIs(entry, ref, inventory.stage, delivered.get(entry.id)));
    }
    this.#noteOutOfReach(leftovers);
    return leftovers;
  }

  #noteOutOfReach(leftovers: ReadonlyMap<string, Leftover>): void {
    const { memory, location, world } = this.#pass;
    const beyond = [...leftovers.values()].filter(
      ({ entry, state }) =>
        entry.at !== location && (state === 'unreachable' || state === 'denied' || state === 'disowned'),
    );
    const before = memory.outOfReachSince;
    const nowMs = world.parts.clock.now();
    memory.outOfReachSince = new Map(beyond.map(({ entry: { at } }) => [at, before.get(at) ?? nowMs]));
  }

  #isElsewhere(wanted: readonly Unwanted[]): boolean {
    return wanted.some(({ entry }) => entry.at !== this.#pass.location);
  }

  /** The same, with what it means that an object is recorded for another cluster than is delivered to now. */
  async #whereItIs(entry: Entry, ref: ObjectRef, stage: string, delivered: Delivered | undefined): Promise<Leftover> {
    const left = await this.#leftover(entry, ref, stage);
    if (entry.at === undefined && this.#pass.location === undefined) return left;
    const isOne =
      left.uid !== undefined &&
      (left.uid === delivered?.uid || this.#pass.memory.twins.get(entryKey(entry)) === left.uid);
    const state = isOne ? 'same' : left.state;
    const target = this.#pass.targetAt(entry);
    if (target.state === 'open' && target.target.location !== entry.at && NOT_THERE.has(state)) {
      const leads = describeLocation(target.target.location, this.#pass.namespace);
      return { ...left, state: 'moved', why: `it is ${leads} now` };
    }
    const twin = delivered === undefined || entry.at === this.#pass.location ? {} : { twinOf: delivered.stage };
    return { ...left, state, ...twin };
  }

  async #leftover(entry: Entry, recorded: ObjectRef, stage: string): Promise<Leftover> {
    const state = this.#pass.targetAt(entry);
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
