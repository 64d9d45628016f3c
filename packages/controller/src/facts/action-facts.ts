import type { Action, ActionIntent, ActionList, Stage, StageSet } from '@stageset/api';
import {
  type AnchorFact,
  actionsOf,
  completionsOf,
  type EffectFact,
  type JobFact,
  type LedgerFacts,
  type StageActionFacts,
  type TargetFact,
} from '@stageset/delivery';
import { computeHealth, formatRef, isJsonObject, type KubeObject, type ObjectRef, own } from '@stageset/k8s';
import { jobRef } from '../effects/actions/job-ref.ts';
import type { ActionTasks } from '../effects/actions/tasks.ts';
import type { NamedObjects, Reader } from './named-objects.ts';
import type { WorkloadPods } from './workload-pods.ts';

/** Who reads for a stage, or why nobody can now. */
export type StageReader =
  | { readonly state: 'open'; readonly reader: Reader }
  | { readonly state: 'syncing' }
  | { readonly state: 'failed'; readonly message: string };

export interface ActionFactsContext {
  readonly stageSet: StageSet;
  readonly tasks: ActionTasks;
  readonly named: NamedObjects;
  readonly pods: WorkloadPods;
  /** Who reads for a stage; of a stage that has left the spec, whoever reads for the StageSet. */
  readonly readerOf: (stage: Stage | undefined) => StageReader;
  /** The live object, `undefined` while nobody knows, and nothing when there is none. */
  readonly look: (stage: Stage | undefined, ref: ObjectRef) => Promise<{ readonly object?: KubeObject } | undefined>;
  readonly nowMs: number;
  readonly interests: Set<string>;
  readonly signal: AbortSignal;
}

/** What is known of the actions of every stage that has any, or had. */
export async function readActions(
  ledger: LedgerFacts['object'],
  context: ActionFactsContext,
): Promise<ReadonlyMap<string, StageActionFacts>> {
  const { stageSet, tasks } = context;
  const statuses = stageSet.status?.stages ?? [];
  const intents = new Map(
    statuses.flatMap(({ name, action }) => (action === undefined ? [] : [[name, action] as const])),
  );
  const key = `${stageSet.metadata.namespace ?? ''}/${stageSet.metadata.name}`;
  tasks.keepOnly(key, intents);
  const facts = new Map<string, StageActionFacts>();
  for (const name of new Set([...stageSet.spec.stages.map((stage) => stage.name), ...intents.keys()])) {
    const stage = stageSet.spec.stages.find((candidate) => candidate.name === name);
    const intent = intents.get(name);
    if (intent === undefined && stage?.actions === undefined) continue;
    const effect = intent === undefined ? undefined : tasks.find(key, name, intent);
    facts.set(name, {
      ...(effect === undefined ? {} : { effect: await withProgress(stage, effect, context) }),
      targets: stage === undefined ? new Map() : await readTargets(stage, ledger, context),
      jobs: await readJobs(stage, intent, context),
    });
  }
  return facts;
}

/** How what an `apply` has applied is now. */
async function withProgress(
  stage: Stage | undefined,
  effect: EffectFact,
  { look, nowMs }: ActionFactsContext,
): Promise<EffectFact> {
  if (effect.state !== 'succeeded' || effect.applied === undefined) return effect;
  const waiting: string[] = [];
  let failed: string | undefined;
  for (const ref of effect.applied) {
    const found = await look(stage, ref);
    if (found?.object === undefined) {
      waiting.push(formatRef(ref));
      continue;
    }
    const { status, message } = computeHealth(found.object, { nowMs });
    if (status === 'Failed') failed ??= `${formatRef(ref)} has failed: ${message}`;
    if (status !== 'Current') waiting.push(formatRef(ref));
  }
  const total = effect.applied.length;
  const named = waiting.slice(0, 3).join(', ') + (waiting.length > 3 ? ` and ${waiting.length - 3} more` : '');
  const progress = { ready: total - waiting.length, total, waitingFor: named };
  return { ...effect, objects: failed === undefined ? progress : { ...progress, failed } };
}

/** Objects are watched only for actions that are next, each in its list: what is done looks at nothing. */
async function readTargets(
  stage: Stage,
  ledger: LedgerFacts['object'],
  context: ActionFactsContext,
): Promise<ReadonlyMap<string, TargetFact>> {
  const targets = new Map<string, TargetFact>();
  const lifetime = completionsOf(ledger === undefined ? {} : { object: ledger }, stage.name);
  for (const action of nextActions(stage, context.stageSet, lifetime)) {
    const target = action.delete?.target ?? action.wait?.target;
    if (target === undefined) continue;
    targets.set(action.name, await readTarget(target, context.readerOf(stage), context));
  }
  return targets;
}

function nextActions(stage: Stage, { status }: StageSet, lifetime: ReadonlySet<string>): Action[] {
  const known = status?.stages?.find(({ name }) => name === stage.name);
  const isOver = status?.run?.finishedAt !== undefined && known?.phase === 'Ready';
  const pin = status?.run?.pins.find((candidate) => candidate.stage === stage.name);
  const isCurrent = known?.ledgerRevision === (pin?.revision || pin?.digest);
  const done = new Set([
    ...(isCurrent ? (known?.executedActions ?? []) : []),
    ...(known?.executedVersionActions ?? []),
    ...lifetime,
  ]);
  const lists: readonly ActionList[] = isOver ? ['pre', 'post'] : ['pre', 'post', 'onFailure'];
  const next = lists.flatMap((list) =>
    actionsOf(stage, list)
      .filter(({ name }) => !done.has(name))
      .slice(0, 1),
  );
  const begun = (['pre', 'post', 'onFailure'] as const).flatMap((list) =>
    actionsOf(stage, list).filter(({ name }) => name === known?.action?.name),
  );
  return [...new Set([...next, ...begun])];
}

interface Named {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

async function readTarget(
  { apiVersion, kind, name, namespace }: Named,
  from: StageReader,
  { named, stageSet, interests, signal }: ActionFactsContext,
): Promise<TargetFact> {
  if (from.state === 'syncing') return { state: 'syncing' };
  if (from.state === 'failed') return { state: 'unreadable', message: from.message, isDenied: false };
  const place = namespace || (stageSet.metadata.namespace ?? '');
  const found = await named.read(
    { apiVersion: apiVersion || 'v1', kind, name, namespace: place },
    from.reader,
    interests,
    signal,
  );
  if (found.state === 'syncing') return { state: 'syncing' };
  if (found.state !== 'read') return { state: 'unreadable', message: found.message, isDenied: true };
  return found.object === undefined ? { state: 'absent' } : { state: 'present', object: found.object };
}

async function readJobs(
  stage: Stage | undefined,
  intent: ActionIntent | undefined,
  context: ActionFactsContext,
): Promise<ReadonlyMap<string, JobFact>> {
  const jobs = new Map<string, JobFact>();
  for (const named of intent?.jobs ?? []) {
    const ref = jobRef(named, context.stageSet.metadata.namespace ?? '');
    const reader = context.readerOf(stage);
    const fact = jobFact(await readTarget(ref, reader, context), (job, progress) => {
      if (reader.state !== 'open') return progress;
      const own = { status: 'InProgress', message: progress } as const;
      return context.pods.healthOf(job, own, reader.reader, context.interests).message ?? progress;
    });
    jobs.set(named, fact);
  }
  return jobs;
}

/** `more` adds to the progress of a Job what its pods say. */
function jobFact(target: TargetFact, more: (job: KubeObject, progress: string) => string): JobFact {
  if (target.state === 'absent') return { state: 'absent' };
  if (target.state === 'syncing') return { state: 'syncing' };
  if (target.state === 'unreadable') return { state: 'active', progress: target.message };
  const status = isJsonObject(target.object['status']) ? target.object['status'] : {};
  const conditions = own(status, 'conditions');
  for (const condition of Array.isArray(conditions) ? conditions : []) {
    if (!isJsonObject(condition) || own(condition, 'status') !== 'True') continue;
    const type = own(condition, 'type');
    if (type === 'Complete') return { state: 'complete' };
    if (type === 'Failed') return { state: 'failed', message: whyFailed(condition) };
  }
  return { state: 'active', progress: more(target.object, progressOf(target.object, status)) };
}

function whyFailed(condition: Readonly<Record<string, unknown>>): string {
  const [message, reason] = [own(condition, 'message'), own(condition, 'reason')];
  return [reason, message].filter((part) => typeof part === 'string' && part !== '').join(': ') || 'no reason given';
}

function progressOf(job: KubeObject, status: Readonly<Record<string, unknown>>): string {
  const count = (key: string): number => {
    const value = own(status, key);
    return typeof value === 'number' ? value : 0;
  };
  const spec = isJsonObject(job['spec']) ? job['spec'] : {};
  const wanted = own(spec, 'completions');
  const failed = count('failed') > 0 ? `, ${count('failed')} failed` : '';
  return `${count('succeeded')} of ${typeof wanted === 'number' ? wanted : 1} complete, ${count('active')} running${failed}`;
}

/** How the objects are that witness completions. */
export async function readAnchors(ledger: LedgerFacts['object'], context: ActionFactsContext): Promise<AnchorFact[]> {
  const facts: AnchorFact[] = [];
  for (const { stage, action, anchor } of ledger?.status?.completedActions ?? []) {
    if (anchor === undefined) continue;
    const spec = context.stageSet.spec.stages.find(({ name }) => name === stage);
    facts.push({ stage, action, target: await readTarget(anchor, context.readerOf(spec), context) });
  }
  return facts;
}
