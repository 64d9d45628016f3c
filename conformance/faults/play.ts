import { LABELS } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { randomFrom } from '../support/random.ts';
import { Acting } from './acting.ts';
import { Arena, NAMESPACE, objectOf, refOf, valueIn, WATCHED_KINDS } from './arena.ts';
import {
  BUNDLES,
  type Content,
  type Happening,
  type History,
  MORE_OBJECTS,
  OBJECTS,
  type StageOf,
  stageName,
} from './history.ts';
import { Rival } from './rival.ts';
import { Staying } from './staying.ts';

/** Longest time that a healthy cluster may take to come to rest: the longest back-off of all, twice. */
const PATIENCE_MS = 15 * 60_000;
/** Longer than an interval, and than the postponement of deletions after an inventory was lost. */
const AFTERWARDS_MS = 150_000;
const REST_MS = 180_000;

/**
 * Plays a history with faults, then without; returns what does not hold at the end. An empty list: the world is as the
 * last release says and so is what is recorded, nothing else was touched, nothing that was to stay has gone, and at rest
 * the server hears nothing.
 */
export async function play(history: History): Promise<string[]> {
  const random = randomFrom(history.seed);
  const arena = await Arena.start(random, history.faults);
  const player = new Player(arena);
  try {
    await player.bystanders();
    await arena.startController();
    for (const happening of history.happenings) await player.happen(happening);
    arena.heal();
    await player.finish(history.endsDeleted);
    return [...arena.violations, ...player.violations];
  } finally {
    await arena.stop();
  }
}

class Player {
  readonly violations: string[] = [];
  readonly #arena: Arena;
  readonly #content: (readonly Content[])[] = [];
  readonly #revisions: string[] = [];
  readonly #unready = new Set<number>();
  #stages: readonly StageOf[] = [];
  #suspended = false;
  /** The StageSet was deleted at some time: what it has left behind, another may have taken over. */
  #wasDeleted = false;
  /** UIDs of what was delivered and has been wanted ever since. */
  readonly #steady = new Map<string, { readonly uid: string; readonly value: string }>();
  readonly #staying: Staying;
  readonly #rival: Rival;
  readonly #acting: Acting;
  /** What was made by hand and wanted by no release since: version by name. */
  readonly #foreign = new Map<string, KubeObject>();
  #counter = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#staying = new Staying(arena, this.violations);
    this.#rival = new Rival(arena, this.violations);
    this.#acting = new Acting(arena.effects, this.violations);
  }

  /** Objects that are none of our business: one of nobody, one of another StageSet. */
  async bystanders(): Promise<void> {
    const { admin } = this.#arena;
    const plain = objectOf('cm-bystander', 'mine');
    const labels = { [LABELS.name]: 'other', [LABELS.namespace]: NAMESPACE, [LABELS.stage]: 'b0-p0' };
    const other = objectOf('cm-of-another', 'theirs');
    for (const object of [plain, { ...other, metadata: { ...other.metadata, labels } }]) {
      this.#foreign.set(object.metadata.name, await admin.create(object));
    }
  }

  async happen(happening: Happening): Promise<void> {
    const arena = this.#arena;
    await arena.clock.advance(happening.afterMs);
    await this.#look(happening.do);
    switch (happening.do) {
      case 'release':
        await this.#release(happening.bundle, happening.paths);
        break;
      case 'unready':
        this.#unready.add(happening.bundle);
        await arena.unready(happening.bundle, this.#revisions[happening.bundle] ?? 'none');
        break;
      case 'spec':
        this.#stage(happening.stages);
        this.#suspended = happening.suspend;
        this.#forgetUnwanted();
        await arena.applySpec(happening.stages, happening.suspend);
        break;
      case 'delete':
        this.#wasDeleted = true;
        this.#steady.clear();
        for (const stage of this.#stages) this.#acting.mayOnceMore(stageName(stage));
        await arena.deleteStageSet();
        break;
      case 'edit':
        await arena.edit(happening.object);
        this.#forgetForeign(happening.object);
        break;
      case 'remove':
        this.#steady.delete(happening.object);
        this.#staying.removed(happening.object);
        this.#forgetForeign(happening.object);
        await arena.remove(happening.object);
        break;
      case 'squat':
        await this.#squat(happening.object);
        break;
      case 'hold':
        await arena.setHold(happening.object, Arena.hold);
        this.#forgetForeign(happening.object);
        break;
      case 'let go':
        await arena.setHold(happening.object, []);
        this.#forgetForeign(happening.object);
        break;
      case 'lose inventory':
        // Of a stage that has left the spec nothing else might tell, should the controller be restarted just then.
        if (await this.#isDelivered()) await arena.loseInventory(happening.index);
        break;
      case 'kill':
        arena.killAfter(happening.requests, happening.loses);
        break;
      case 'restart':
        await arena.restart();
        break;
      case 'rival':
        for (const name of Object.keys(happening.content)) this.#forgetForeign(name);
        this.#forgetTaken();
        await this.#rival.wants(happening.content, happening.waitsFor);
        this.#forgetTaken();
    }
  }

  #stage(stages: readonly StageOf[]): void {
    this.#acting.staged(stages, this.#stages);
    this.#stages = stages;
    this.#staying.staged(stages);
  }

  async #release(bundle: number, paths: readonly Content[]): Promise<void> {
    const revision = `r${bundle}-${this.#counter++}`;
    this.#revisions[bundle] = revision;
    this.#content[bundle] = paths;
    this.#unready.delete(bundle);
    for (const path of paths.keys()) this.#acting.mayOnceMore(stageName({ bundle, path }));
    this.#forgetUnwanted();
    await this.#arena.release(bundle, revision, paths);
  }

  async #squat(name: string): Promise<void> {
    const isDelivered = await this.#isDelivered();
    const made = await this.#arena.squat(name);
    if (made === undefined) return;
    this.#steady.delete(name);
    if (isDelivered && !this.#wanted().has(name) && !this.#rival.mayWant(name)) this.#foreign.set(name, made);
  }

  /** What has no owner any more is the rival's as soon as it wants it, and goes when it does not any longer. */
  #forgetTaken(): void {
    if (this.#wasDeleted) for (const name of this.#rival.names) this.#staying.removed(name);
  }

  #forgetForeign(name: string): void {
    this.#foreign.delete(name);
  }

  /** What the stages say now, by object: more than one stage where they disagree. */
  #wanted(): Map<string, { readonly stage: string; readonly value: string }[]> {
    const wanted = new Map<string, { stage: string; value: string }[]>();
    for (const stage of this.#stages) {
      for (const [name, value] of Object.entries(this.#content[stage.bundle]?.[stage.path] ?? {})) {
        wanted.set(name, [...(wanted.get(name) ?? []), { stage: stageName(stage), value }]);
      }
    }
    return wanted;
  }

  #forgetUnwanted(): void {
    const wanted = this.#wanted();
    for (const [name, { value }] of this.#steady) {
      const claims = wanted.get(name);
      // A binding to another role is another binding.
      const isAnother = name.startsWith('binding') && claims?.some((claim) => claim.value !== value) === true;
      if (claims === undefined || isAnother) this.#steady.delete(name);
    }
    this.#staying.want(wanted);
    for (const name of wanted.keys()) this.#foreign.delete(name);
  }

  /** Whether the controller says that all of the present release is there. */
  async #isDelivered(): Promise<boolean> {
    const stageSet = await this.#arena.stageSet();
    const { status, metadata } = stageSet ?? {};
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return (
      metadata?.deletionTimestamp === undefined &&
      this.#unready.size === 0 &&
      ready?.status === 'True' &&
      ready.observedGeneration === metadata?.generation &&
      status?.run?.finishedAt !== undefined &&
      status.run.generation === metadata?.generation &&
      this.#stages.every(({ bundle }, index) => status.run?.pins[index]?.revision === this.#revisions[bundle])
    );
  }

  /** Nothing that was delivered and is still wanted may go, whatever happens. */
  async #look(when: string): Promise<void> {
    const { lateDeletes, clock } = this.#arena;
    for (const name of lateDeletes.keys()) this.#steady.delete(name);
    for (const [name, untilMs] of lateDeletes) if (untilMs < clock.now()) lateDeletes.delete(name);
    await this.#staying.look(when, new Set(lateDeletes.keys()));
    await this.#rival.look(when);
    for (const [name, { uid }] of this.#steady) {
      const live = await this.#arena.live(name);
      if (live?.metadata.uid === uid) continue;
      this.violations.push(
        `before "${when}": ${name} was deleted${live === undefined ? '' : ' and made anew'}, although it was always wanted`,
      );
      this.#steady.delete(name);
    }
    if (this.#suspended || !(await this.#isDelivered())) return;
    for (const name of this.#wanted().keys()) {
      const live = this.#steady.has(name) || lateDeletes.has(name) ? undefined : await this.#arena.live(name);
      const uid = live?.metadata.uid;
      if (live === undefined || uid === undefined || live.metadata.deletionTimestamp !== undefined) continue;
      this.#steady.set(name, { uid, value: valueIn(live) });
      this.#staying.delivered(name, uid);
    }
  }

  /** Comes to an end that every history can come to: nothing is claimed twice, nothing is stuck or held. */
  async finish(endsDeleted: boolean): Promise<void> {
    const arena = this.#arena;
    this.#forgetTaken();
    await this.#rival.comesToAnEnd();
    const names = [...OBJECTS, ...MORE_OBJECTS];
    for (const name of names) await arena.setHold(name, []);
    for (const name of names) this.#forgetHeld(name);
    await this.#look('the end');
    const claimed = new Set<string>();
    const last = this.#stages.length === 0 ? [{ bundle: 0, path: 0 }] : this.#stages;
    const stages = last.map((stage): StageOf => ({ ...stage, conflicts: 'Recreate' }));
    const actedBefore = this.#acting.soFar(stages);
    for (let bundle = 0; bundle < BUNDLES; bundle += 1) {
      const paths = (this.#content[bundle] ?? [{}, {}]).map((content, path): Content => {
        if (!stages.some((stage) => stage.bundle === bundle && stage.path === path)) return content;
        const kept = Object.entries(content).filter(([name]) => !name.startsWith('pod') && !claimed.has(name));
        for (const [name] of kept) claimed.add(name);
        return Object.fromEntries(kept);
      });
      await this.#release(bundle, paths);
    }
    if (endsDeleted) await this.#endDeleted();
    else {
      await this.#endDelivered(stages);
      this.#acting.checkDone(stages, actedBefore);
    }
    this.#acting.checkOnce();
    await this.#rival.check();
    await this.#look('the last look');
    await this.#checkForeign();
    await this.#checkRest();
  }

  #forgetHeld(name: string): void {
    const foreign = this.#foreign.get(name);
    if (foreign !== undefined) this.#foreign.delete(name);
  }

  async #endDeleted(): Promise<void> {
    const arena = this.#arena;
    this.#steady.clear();
    await arena.deleteStageSet();
    const gone = await arena.until(async () => (await arena.stageSet()) === undefined, PATIENCE_MS);
    if (!gone) return this.#unsettled('the StageSet was not torn down');
    this.#stages = [];
    await arena.clock.advance(AFTERWARDS_MS);
    await this.#checkWorld();
  }

  async #endDelivered(stages: readonly StageOf[]): Promise<void> {
    const arena = this.#arena;
    const leaving = async () => (await arena.stageSet())?.metadata.deletionTimestamp !== undefined;
    if (!(await arena.until(async () => !(await leaving()), PATIENCE_MS))) {
      return this.#unsettled('the StageSet was not torn down');
    }
    this.#stage(stages);
    this.#suspended = false;
    this.#forgetUnwanted();
    await arena.applySpec(stages, false);
    if (!(await arena.until(() => this.#isDelivered(), PATIENCE_MS))) {
      return this.#unsettled('the last release was not delivered');
    }
    await arena.clock.advance(AFTERWARDS_MS);
    if (!(await this.#isDelivered())) return this.#unsettled('the last release did not stay delivered');
    await this.#checkWorld();
  }

  async #unsettled(what: string): Promise<void> {
    const stageSet = await this.#arena.stageSet();
    this.violations.push(
      `${what}: ${JSON.stringify({ deleted: stageSet?.metadata.deletionTimestamp, ...stageSet?.status })}`,
    );
  }

  /** The objects that carry our labels, and what is recorded, are what the stages say. */
  async #checkWorld(): Promise<void> {
    const { admin } = this.#arena;
    const wanted = this.#wanted();
    const found = new Map<string, KubeObject>();
    for (const kind of WATCHED_KINDS) {
      const { items } = await admin.list({ ...kind, labelSelector: `${LABELS.name}=app` });
      for (const object of items) found.set(object.metadata.name, object);
    }
    for (const [name, object] of found) {
      const [claim] = wanted.get(name) ?? [];
      if (claim === undefined) {
        if (!this.#staying.mayBeThere(name)) this.violations.push(`${name} is orphaned`);
      } else if (valueIn(object) !== claim.value) {
        this.violations.push(`${name} is ${valueIn(object)} instead of ${claim.value}`);
      } else if (object.metadata.labels?.[LABELS.stage] !== claim.stage) {
        this.violations.push(`${name} is labelled ${object.metadata.labels?.[LABELS.stage]} instead of ${claim.stage}`);
      }
    }
    for (const name of wanted.keys()) if (!found.has(name)) this.violations.push(`${name} is missing`);
    await this.#checkRecorded(wanted, found);
  }

  async #checkRecorded(
    wanted: ReadonlyMap<string, readonly { readonly stage: string }[]>,
    found: ReadonlyMap<string, KubeObject>,
  ): Promise<void> {
    const recorded: string[] = [];
    for (const { metadata, spec } of (await this.#arena.inventories()) as (KubeObject & {
      readonly spec: { readonly entries?: readonly { readonly id: string }[] };
    })[]) {
      for (const { id } of spec.entries ?? []) {
        const name = id.split('_')[1] ?? '';
        // What is kept stays recorded for as long as it is there.
        const isKept = !wanted.has(name) && found.has(name) && this.#staying.mayBeThere(name);
        if (!isKept) recorded.push(`${metadata.labels?.[LABELS.stage]}: ${name}`);
      }
    }
    const expected = [...wanted].flatMap(([name, claims]) => claims.map(({ stage }) => `${stage}: ${name}`));
    const [is, ought] = [recorded.sort().join(', '), expected.sort().join(', ')];
    if (is !== ought) this.violations.push(`recorded is [${is}] instead of [${ought}]`);
  }

  async #checkForeign(): Promise<void> {
    for (const [name, before] of this.#foreign) {
      const live = await this.#arena.admin.get(refOf(name));
      if (live?.metadata.resourceVersion !== before.metadata.resourceVersion) {
        this.violations.push(`${name} is not ours and was ${live === undefined ? 'deleted' : 'changed'}`);
      }
    }
  }

  /** Watches aside, nobody asks for anything. */
  async #checkRest(): Promise<void> {
    const { clock, requests } = this.#arena;
    const before = requests.length;
    await clock.advance(REST_MS);
    const asked = requests.slice(before).filter((request) => !request.includes('watch=true'));
    if (asked.length > 0) this.violations.push(`at rest ${asked.length} requests were made, the first ${asked[0]}`);
  }
}
