import type { StageStatus } from '@stageset/api';
import type { InventoryFacts } from '@stageset/delivery';
import { ApiError, UnreachableError } from '@stageset/k8s';
import { accountOf } from '../tenancy/targets.ts';
import type { Search } from './memory.ts';
import { findOwned, type OwnedObjects } from './owned-objects.ts';
import { type PassScope, whyNot } from './pass-scope.ts';
import { keyOf } from './world.ts';

/** Finds what inventories that are gone held. */
export class LostInventories {
  readonly #pass: PassScope;

  constructor(pass: PassScope) {
    this.#pass = pass;
  }

  /**
   * What is recorded, and what is not although it is in the cluster: where an inventory has gone, the objects of its stage
   * are found by the labels of what is live.
   */
  async complete(recorded: readonly InventoryFacts[]): Promise<readonly InventoryFacts[]> {
    const key = keyOf(this.#pass.stageSet);
    const { inventories } = this.#pass.world;
    const stages = this.#pass.stageSet.status?.stages ?? [];
    const known = new Map(recorded.map((facts) => [facts.stage, facts]));
    const unknown = stages.filter((stage) => hasBegun(stage) && !known.has(stage.name)).map(({ name }) => name);
    const isRobbed = inventories.isRobbed(key);
    if (unknown.length === 0 && !isRobbed) {
      this.#pass.memory.search = undefined;
      return recorded;
    }
    const found = await this.#search(JSON.stringify([this.#pass.stageSet.status?.run?.id, unknown, isRobbed]));
    const location = this.#pass.memory.search?.location;
    const { spec } = this.#pass.stageSet;
    // What neither spec nor status knows is of another life of this StageSet, which has left it behind on purpose.
    const ours = new Set([...spec.stages.map(({ name }) => name), ...stages.map(({ name }) => name)]);
    const lost = [...found.keys()].filter((name) => ours.has(name));
    const complete = [...new Set([...known.keys(), ...unknown, ...lost])].flatMap((name): InventoryFacts[] => {
      const before = known.get(name);
      const entries = before?.entries ?? [];
      const ids = new Set(entries.flatMap(({ id, at }) => (at === location ? [id] : [])));
      const stage = spec.stages.find((one) => one.name === name);
      const account = accountOf(spec, stage);
      const missing = [...(found.get(name)?.values() ?? [])]
        .filter(({ id }) => !ids.has(id))
        .map((entry) => ({
          ...entry,
          ...(account === undefined ? {} : { sa: account }),
          ...(location === undefined ? {} : { at: location }),
          // Whether a stage that has left the spec pruned went with its inventory: what might be meant to stay, stays.
          ...(stage === undefined ? { prune: false } : {}),
        }));
      if (missing.length === 0 && before !== undefined) return [before];
      const index = stages.findIndex((stage) => stage.name === name);
      // A stage that was interrupted before its first record has lost nothing.
      if (missing.length === 0 && stages[index]?.appliedRevision === undefined) return [];
      const position = before?.position ?? (index < 0 ? stages.length : index);
      return [{ stage: name, recorded: false, position, entries: [...entries, ...missing] }];
    });
    if (complete.every((facts) => facts.recorded)) inventories.restored(key);
    return complete;
  }

  /**
   * A StageSet that is gone takes its inventories along, and its own watch may be the last to tell: what is recorded anew
   * then would be collected again at once, without end. Rejects with `NotFound`.
   */
  async #expectStageSet(): Promise<void> {
    const { apiVersion, kind, metadata } = this.#pass.stageSet;
    const { cluster } = this.#pass.world.parts;
    const ref = { apiVersion, kind, namespace: this.#pass.namespace, name: this.#pass.name };
    const live = await cluster.forCaller(keyOf(this.#pass.stageSet)).get(ref, this.#pass.signal);
    if (live?.metadata.uid === metadata.uid) return;
    const message = `StageSet ${keyOf(this.#pass.stageSet)} is gone`;
    throw new ApiError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, message });
  }

  /** Searches the cluster once for each reason to. */
  async #search(reason: string): Promise<OwnedObjects['byStage']> {
    const before = this.#pass.memory.search;
    const search: Search =
      before?.reason === reason ? before : { reason, found: { byStage: new Map(), searched: new Set<string>() } };
    this.#pass.memory.search = search;
    if (search.isComplete === true) return search.found.byStage;
    await this.#expectStageSet();
    const { spec } = this.#pass.stageSet;
    for (const account of new Set([
      accountOf(spec, undefined),
      ...spec.stages.map((stage) => accountOf(spec, stage)),
    ])) {
      const state = this.#pass.target(account);
      if (state.state !== 'open') throw new UnreachableError(whyNot(state));
      const { key, cluster, location } = state.target;
      search.location = location;
      const owner = { namespace: this.#pass.namespace, name: this.#pass.name };
      await findOwned(
        { key, cluster: cluster.forCaller(keyOf(this.#pass.stageSet)) },
        owner,
        search.found,
        this.#pass.signal,
      );
    }
    this.#pass.memory.search = { ...search, isComplete: true };
    return search.found.byStage;
  }
}

/** Whether a stage may have put something into the cluster, as far as its status tells. */
function hasBegun({ phase, appliedRevision, action }: StageStatus): boolean {
  // Actions before the stage come before its record, and its record before anything is applied.
  if (phase === 'Applying' && action?.list === 'pre' && (appliedRevision ?? '') === '') return false;
  return (appliedRevision ?? '') !== '' || phase === 'Applying' || phase === 'Verifying' || phase === 'Pruning';
}
