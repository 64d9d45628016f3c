import { FIELD_MANAGER, type Stage } from '@stageset/api';
import {
  type ApplyMode,
  asksForAdoption,
  conflictDecision,
  type DesiredObject,
  type Difference,
  formatOwner,
  handedOver,
  holdsData,
  isImmutableConflict,
  type ObjectFacts,
  type Owner,
  otherOwners,
} from '@stageset/delivery';
import { ApiError, isConflict, isNotFound, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';
import type { Memory } from '../facts/memory.ts';
import { concurrently } from './concurrently.ts';
import type { ObjectFailure } from './failures.ts';

/** What really happened to one object. */
export interface ObjectResult {
  readonly ref: ObjectRef;
  readonly action: 'created' | 'configured' | 'unchanged' | 'skipped' | 'deleted to be created anew';
  readonly differences: readonly Difference[];
  /** How often it was changed back to the same content of late, and who else writes it. */
  readonly corrections?: { readonly times: number; readonly others: readonly string[] };
}

export interface ApplyEffect {
  readonly results: readonly ObjectResult[];
  readonly failures: readonly ObjectFailure[];
}

export interface ApplyContext {
  readonly cluster: Cluster;
  readonly stage: Stage;
  readonly key: { readonly namespace: string; readonly name: string };
  readonly memory: Memory;
  readonly nowMs: number;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly isAlive: (owner: Owner) => boolean;
  /** Takes in what the server returned, so that the next pass knows it. */
  readonly remember: (object: KubeObject) => void;
  /** What is known of an object is out of date. */
  readonly expire: (ref: ObjectRef) => void;
  readonly signal: AbortSignal;
}

/**
 * Applies objects of one class, several at a time, one request each. Where the stage is running already, a dry run of all
 * that changes comes first, and nothing is written when that is refused. Returns what happened object by object, also
 * when some of it failed; rejects only when told to stop.
 */
export async function applyObjects(
  step: { readonly mode: ApplyMode; readonly objects: readonly ObjectFacts[]; readonly check: readonly ObjectFacts[] },
  context: ApplyContext,
): Promise<ApplyEffect> {
  const results: ObjectResult[] = [];
  const failures: ObjectFailure[] = [];
  const recreate = new Set<string>();
  if (step.check.length > 0) {
    await concurrently(step.check, context.concurrency, async (object) => {
      const refused = await dryRun(object, context);
      if (refused === undefined) return;
      const verdict = onRefusal(object, refused, context.stage);
      if (verdict === 'recreate') recreate.add(object.desired.id);
      else failures.push(verdict);
    });
    if (failures.length > 0) return { results, failures };
  }
  await concurrently(
    step.objects,
    context.concurrency,
    async (object) => {
      const result = recreate.has(object.desired.id)
        ? await recreateObject(object, context)
        : await applyObject(object, context);
      if ('action' in result) results.push(result);
      else failures.push(result);
    },
    () => failures.length > 0,
  );
  return { results, failures };
}

/** The refusal of a server-side dry run, or `undefined` when it was accepted. */
async function dryRun({ desired, state }: ObjectFacts, context: ApplyContext): Promise<ApiError | undefined> {
  try {
    const options = { ...BY_US, force: state === 'changed', dryRun: true };
    await context.cluster.apply(desired.object, options, context.signal);
    return undefined;
  } catch (error) {
    // Somebody else's fields: what is done about them is decided when the object is written.
    if (isConflict(error)) return undefined;
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function onRefusal(object: ObjectFacts, error: ApiError, stage: Stage): 'recreate' | ObjectFailure {
  const { ref } = object.desired;
  if (!isImmutableConflict(error) || object.uid === undefined) return { ref, error };
  const decision = conflictDecision(stage, object.desired.object);
  if (decision.action !== 'Recreate') return { ref, error };
  if (holdsData(ref) && !decision.allowDataLoss) {
    return {
      ref,
      error,
      operation: 'conflict policy',
      message:
        'it would have to be deleted with the data it holds; set allowDataLoss on a conflict rule for it if that is wanted',
      retry: 'retry',
    };
  }
  return 'recreate';
}

async function applyObject(object: ObjectFacts, context: ApplyContext): Promise<ObjectResult | ObjectFailure> {
  const { desired, state } = object;
  const { ref } = desired;
  const { cluster, stage, memory, signal } = context;
  try {
    if (state === 'missing' && conflictDecision(stage, desired.object).action === 'KeepExisting') {
      const there = await cluster.get(ref, signal);
      if (there !== undefined) {
        memory.kept.set(desired.id, there);
        return { ref, action: 'skipped', differences: [] };
      }
    }
    const answer = await send(object, context);
    if (!('metadata' in answer)) return answer;
    return accept(object, await takeOver(object, answer, context), context);
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof ApiError && isImmutableConflict(error)) return onImmutable(object, error, context);
    if (isNotFound(error) && ref.namespace !== undefined) {
      return { ref, error, message: `namespace "${ref.namespace}" not found; create it in this or an earlier stage` };
    }
    return { ref, error };
  }
}

/**
 * Unknown fields are refused in a server-side apply whatever `fieldValidation` says. All that it adds is another look for
 * keys that are there twice, for which the server parses the body once more; what we send has none.
 */
const BY_US = { fieldManager: FIELD_MANAGER, fieldValidation: 'Ignore' } as const;

function applyOptions({ id }: DesiredObject, { memory, clock }: ApplyContext) {
  return { ...BY_US, onUnanswered: () => void memory.unanswered.set(id, clock.now()) };
}

/**
 * One server-side apply. What is ours is taken back from whoever changed it; what is not known to be ours is asked for
 * first, so that nobody else's object is taken over unawares.
 */
async function send({ desired, state }: ObjectFacts, context: ApplyContext): Promise<KubeObject | ObjectFailure> {
  const { cluster, signal } = context;
  const options = applyOptions(desired, context);
  try {
    return await cluster.apply(desired.object, { ...options, force: state === 'changed' }, signal);
  } catch (error) {
    if (!isConflict(error) || state === 'changed') throw error;
    const live = await cluster.get(desired.ref, signal);
    const holder = live === undefined ? undefined : otherOwners(live, context.key).find(context.isAlive);
    if (holder !== undefined && !asksForAdoption(desired.object)) return heldBy(desired.ref, holder, error);
    return cluster.apply(desired.object, { ...options, force: true }, signal);
  }
}

/**
 * What kubectl, Helm or Flux have delivered before becomes ours, and what of it the manifest does not have goes: their
 * entries of managedFields are joined with ours, which the server accepts as long as nobody else has written meanwhile,
 * and a second apply removes the rest. Cut off anywhere, the next pass sees that something is left to hand over.
 */
async function takeOver({ desired }: ObjectFacts, answer: KubeObject, context: ApplyContext): Promise<KubeObject> {
  const managedFields = handedOver(answer);
  if (managedFields === undefined || isHeldByOther(desired, answer, context)) return answer;
  const { cluster, signal } = context;
  const patch = { metadata: { resourceVersion: answer.metadata.resourceVersion, managedFields } };
  await cluster.patch(desired.ref, { type: 'merge', patch }, { fieldManager: FIELD_MANAGER }, signal);
  return cluster.apply(desired.object, { ...applyOptions(desired, context), force: true }, signal);
}

/** Whether the labels of what the server returned name another owner, which the manifest does not ask to take it from. */
function isHeldByOther(desired: DesiredObject, answer: KubeObject, context: ApplyContext): boolean {
  return otherOwners(answer, context.key).some(({ kind }) => kind !== 'StageSet') && !asksForAdoption(desired.object);
}

function heldBy(ref: ObjectRef, holder: Owner, error: unknown): ObjectFailure {
  return {
    ref,
    error,
    message:
      `it belongs to ${formatOwner(holder)}; remove it there, or annotate it with ` +
      'stages.metio.wtf/adopt: enabled in the source of this stage to take it over',
    retry: 'retry',
  };
}

function accept(object: ObjectFacts, answer: KubeObject, context: ApplyContext): ObjectResult | ObjectFailure {
  const { desired, state, differences = [] } = object;
  const { memory } = context;
  const before = memory.observed.get(desired.id)?.live;
  context.remember(answer);
  memory.leaving.delete(desired.id);
  const isAgain = memory.applied.get(desired.id)?.hash === desired.hash;
  memory.applied.set(desired.id, { hash: desired.hash, live: answer });
  const holder = otherOwners(answer, context.key).find(({ kind }) => kind !== 'StageSet');
  if (holder !== undefined && !asksForAdoption(desired.object)) return heldBy(desired.ref, holder, undefined);
  const action =
    state === 'missing'
      ? 'created'
      : before?.metadata.resourceVersion === answer.metadata.resourceVersion
        ? 'unchanged'
        : 'configured';
  if (action !== 'configured' || !isAgain) return { ref: desired.ref, action, differences };
  const times = memory.corrected(desired.id, desired.hash, context.nowMs);
  const managers = (before?.metadata.managedFields ?? []).map(({ manager }) => manager);
  const others = [...new Set(managers)].filter((manager) => manager !== FIELD_MANAGER);
  return { ref: desired.ref, action, differences, corrections: { times, others } };
}

/** Without a dry run before it, a refusal is met here: on a first rollout over what somebody else has made. */
async function onImmutable(
  object: ObjectFacts,
  error: ApiError,
  context: ApplyContext,
): Promise<ObjectResult | ObjectFailure> {
  const { ref } = object.desired;
  const live = object.uid === undefined ? await context.cluster.get(ref, context.signal) : undefined;
  const uid = object.uid ?? live?.metadata.uid;
  const holder = live === undefined ? undefined : otherOwners(live, context.key).find(context.isAlive);
  if (holder !== undefined && !asksForAdoption(object.desired.object)) return heldBy(ref, holder, error);
  const known = uid === undefined ? object : { ...object, uid };
  const verdict = onRefusal(known, error, context.stage);
  return verdict === 'recreate' ? recreateObject(known, context) : verdict;
}

/** Deletes the object; the pass that finds it gone creates it. Nothing waits for its termination here. */
async function recreateObject(object: ObjectFacts, context: ApplyContext): Promise<ObjectResult | ObjectFailure> {
  const { ref, id } = object.desired;
  const { uid } = object;
  try {
    await context.cluster.delete(
      ref,
      { propagation: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) },
      context.signal,
    );
    if (uid !== undefined) context.memory.leaving.set(id, uid);
    context.memory.applied.delete(id);
    context.expire(ref);
    return { ref, action: 'deleted to be created anew', differences: [] };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { ref, error };
  }
}
