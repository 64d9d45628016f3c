import type { Pin, Stage } from '@stageset/api';
import type { CheckFacts, DeployedFacts, DesiredObject, Failure, ObjectFacts, StageFacts } from '@stageset/delivery';
import { formatRef, type KubeObject, type ObjectRef } from '@stageset/k8s';
import { buildDigest } from '../effects/builds.ts';
import { breathe } from '../render/breathe.ts';
import { deniedMessage, isRefusedIdentity } from '../tenancy/denied.ts';
import type { Target } from '../tenancy/target.ts';
import { accountOf } from '../tenancy/targets.ts';
import { type CheckContext, Judge, readChecks } from './checks.ts';
import { readVariables, type Variables } from './inputs.ts';
import type { Reader } from './named-objects.ts';
import { type ObserveContext, observe } from './observe.ts';
import type { PassScope } from './pass-scope.ts';
import type { WatchedKind } from './watched-kinds.ts';

/** Objects that are looked at before everybody else has a turn: a few milliseconds. */
const OBJECTS_AT_ONCE = 250;

/** How the objects of a stage are; or why they cannot be looked at. */
type Observed =
  | { readonly ok: true; readonly objects: readonly { readonly facts: ObjectFacts; readonly kind: WatchedKind }[] }
  | { readonly ok: false; readonly failure: Omit<Failure, 'stage'> };

/** Reads how stages are: those of the run, and what they deployed before it. */
export class StagesReader {
  readonly #pass: PassScope;

  constructor(pass: PassScope) {
    this.#pass = pass;
  }

  /** The stages of a run, in the order of the spec. */
  async stages(pins: readonly Pin[], nowMs: number): Promise<StageFacts[]> {
    const facts: StageFacts[] = [];
    for (const stage of this.#pass.stageSet.spec.stages) {
      const pin = pins.find((candidate) => candidate.stage === stage.name);
      if (pin !== undefined) facts.push(await this.#stage(stage, pin, nowMs));
    }
    return facts;
  }

  async #stage(spec: Stage, pin: Pin, nowMs: number): Promise<StageFacts> {
    const { name } = spec;
    const delivered = this.#pass.target(accountOf(this.#pass.stageSet.spec, spec));
    if (delivered.state === 'syncing') return { name, spec, state: 'syncing', waitingFor: delivered.waitingFor };
    if (delivered.state === 'failed') return unbuildable(spec, delivered.failure);
    const { target } = delivered;
    const variables = this.#variables(spec);
    if (variables.state === 'syncing') return { name, spec, state: 'syncing', waitingFor: variables.waitingFor };
    if (variables.state === 'missing') {
      return { name, spec, state: 'unbuildable', mayHeal: true, failure: variables.failure };
    }
    const digest = buildDigest(pin, spec, variables);
    const wanted = this.#pass.world.builds.find(this.#pass.stageSet, spec, digest);
    if (wanted === undefined) {
      return {
        name,
        spec,
        state: 'unbuilt',
        digest,
        isUnderWay: this.#pass.world.builds.isUnderWay(this.#pass.stageSet, spec, digest),
      };
    }
    const judge = new Judge(spec);
    const reader: Reader = { target, user: this.#pass.user.key };
    const seen = await this.#observe(spec, wanted, target, {
      nowMs,
      seen: this.#pass.memory.observed,
      wasReady: this.#wasReady(name, digest),
    });
    if (!seen.ok) return unbuildable(spec, seen.failure);
    const objects = seen.objects.map(({ facts, kind }) => this.#lookCloser(facts, liveOf(facts, kind), judge, reader));
    const checks = await this.#checks({ stage: spec, nowMs, judge, objects }, reader);
    return { name, spec, state: 'built', digest, objects, checks };
  }

  #wasReady(stage: string, digest: string): boolean {
    const { run, stages } = this.#pass.stageSet.status ?? {};
    const status = stages?.find(({ name }) => name === stage);
    return status?.appliedDigest === digest && (status.phase === 'Ready' || run?.finishedAt !== undefined);
  }

  /** What pods tell of a workload that is in progress, and what expressions ask of any object. */
  #lookCloser(facts: ObjectFacts, live: KubeObject | undefined, judge: Judge, reader: Reader): ObjectFacts {
    if (live === undefined) return facts;
    const health = this.#pass.world.pods.healthOf(live, facts.health, reader, this.#pass.interests);
    if (judge.isIdle && health === facts.health) return facts;
    return { ...facts, health, ...judge.of(live) };
  }

  #checks(context: Pick<CheckContext, 'stage' | 'nowMs' | 'judge' | 'objects'>, reader: Reader): Promise<CheckFacts[]> {
    const { named, pods } = this.#pass.world;
    const more = { namespace: this.#pass.namespace, reader, pods, interests: this.#pass.interests };
    return readChecks(named, { ...context, ...more }, this.#pass.signal);
  }

  /**
   * What stages deployed before a newer release came, of those that it has not come to: as long as their build is kept,
   * and without objects that another stage has taken over or that have been written since.
   */
  async deployed(stages: readonly StageFacts[], nowMs: number): Promise<DeployedFacts[]> {
    const deployed: DeployedFacts[] = [];
    for (const { name: stage, appliedDigest } of this.#pass.stageSet.status?.stages ?? []) {
      const spec = this.#pass.stageSet.spec.stages.find(({ name }) => name === stage);
      const current = stages.find(({ name }) => name === stage);
      const isCurrent = current !== undefined && 'digest' in current && current.digest === appliedDigest;
      if (spec === undefined || appliedDigest === undefined || isCurrent) continue;
      const taken = new Set(
        stages.flatMap((other) => (other.state === 'built' && other.name !== stage ? idsOf(other.objects) : [])),
      );
      const wanted = (this.#pass.world.builds.find(this.#pass.stageSet, spec, appliedDigest) ?? []).filter(
        ({ id, hash }) => {
          const written = this.#pass.memory.applied.get(id)?.hash ?? hash;
          return !taken.has(id) && written === hash && !this.#pass.memory.unanswered.has(id);
        },
      );
      const delivered = this.#pass.target(accountOf(this.#pass.stageSet.spec, spec));
      if (delivered.state !== 'open') continue;
      const observed = await this.#observe(spec, wanted, delivered.target, {
        nowMs,
        seen: this.#pass.memory.observedDeployed,
        wasReady: true,
      });
      if (observed.ok) deployed.push({ stage, objects: observed.objects.map(({ facts }) => facts) });
    }
    if (deployed.length === 0) this.#pass.memory.observedDeployed.clear();
    return deployed;
  }

  async #observe(
    stage: Stage,
    wanted: readonly DesiredObject[],
    target: Target,
    given: Pick<ObserveContext, 'nowMs' | 'seen' | 'wasReady'>,
  ): Promise<Observed> {
    const context = {
      key: { namespace: this.#pass.namespace, name: this.#pass.name },
      stage,
      ...given,
      memory: this.#pass.memory,
      isAlive: this.#pass.world.isAlive,
    };
    const objects: { readonly facts: ObjectFacts; readonly kind: WatchedKind }[] = [];
    const denied: { readonly ref: ObjectRef; readonly message: string }[] = [];
    for (const desired of wanted) {
      const kind = await this.#pass.kind(desired.ref, target);
      if (kind.state === 'failed') return { ok: false, failure: unreachable(target, kind.error) };
      if (kind.state === 'denied') denied.push({ ref: desired.ref, message: deniedMessage(kind.error) });
      else objects.push({ facts: observe(desired, kind, context), kind });
      // What changes meanwhile wakes the key once more.
      if (objects.length % OBJECTS_AT_ONCE === 0) await breathe();
    }
    return denied.length > 0 ? { ok: false, failure: deniedReads(denied) } : { ok: true, objects };
  }

  /** Inputs are read where the StageSet is, in its own name and never in that of a stage. */
  #variables(stage: Stage): Variables {
    const account = accountOf(this.#pass.stageSet.spec, undefined);
    const local = this.#pass.world.targets.local(this.#pass.stageSet, account, this.#pass.user);
    if (local.state === 'syncing') return local;
    if (local.state === 'failed') return { state: 'missing', failure: { ...local.failure, stage: stage.name } };
    const reader = { watches: this.#pass.world.watches, target: local.target, interests: this.#pass.interests };
    return readVariables(this.#pass.stageSet, stage, reader);
  }
}

function unbuildable(spec: Stage, failure: Omit<Failure, 'stage'>): StageFacts {
  // What is lacking is granted, created or mended outside of the spec, and may be at any time.
  return { name: spec.name, spec, state: 'unbuildable', mayHeal: true, failure: { ...failure, stage: spec.name } };
}

function unreachable({ who }: Target, error: Error): Omit<Failure, 'stage'> {
  const message = isRefusedIdentity(error) ? error.message : `as ${who}: ${error.message}`;
  return { reason: 'StageFailed', operation: 'connect to target cluster', message, retry: 'slowly' };
}

function deniedReads(denied: readonly { readonly ref: ObjectRef; readonly message: string }[]): Omit<Failure, 'stage'> {
  const told = denied.slice(0, 3).map(({ ref, message }) => `${formatRef(ref)}: ${message}`);
  const rest = denied.length > told.length ? `; and ${denied.length - told.length} more` : '';
  return { reason: 'RBACDenied', operation: 'apply', message: `${told.join('; ')}${rest}`, retry: 'slowly' };
}

function liveOf({ desired: { ref } }: ObjectFacts, kind: WatchedKind): KubeObject | undefined {
  return kind.state === 'watched' ? kind.store.get(ref.namespace, ref.name) : undefined;
}

/** The ids of a stage's objects. */
export function idsOf(objects: readonly ObjectFacts[]): string[] {
  return objects.map(({ desired }) => desired.id);
}
