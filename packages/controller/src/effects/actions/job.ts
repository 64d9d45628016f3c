import { API_VERSION } from '@stageset/api';
import type { EffectState } from '@stageset/delivery';
import {
  formatRef,
  isAlreadyExists,
  isForbidden,
  isJsonObject,
  type KubeObject,
  type ObjectRef,
  type OwnerReference,
  own,
  sha256Hex,
  UnreachableError,
} from '@stageset/k8s';
import { type EffectContext, failedEffect, failedRequest, namespaceOf } from './effect-context.ts';
import { jobRef, namedJob } from './job-ref.ts';
import { lastWords } from './last-words.ts';

/** On a Job: which action of which stage it belongs to, and which effect of it. */
const ACTION_LABEL = 'stages.metio.wtf/action';
const ACTION_ANNOTATION = 'stages.metio.wtf/action';
const KEY_ANNOTATION = 'stages.metio.wtf/action-key';
/** Names of pods and their labels are made from that of their Job. */
const MAX_NAME_LENGTH = 63;
const HASH_LENGTH = 10;

/**
 * Creates the Jobs of an action. Their names are made from the effect: a repetition finds those that are there and goes on
 * with them. Jobs of earlier runs of the same action go, but for their last: it is kept with its logs until now.
 */
export async function createJobs(context: EffectContext): Promise<EffectState> {
  const { action, cluster, signal } = context;
  const built = await context.build();
  if (built.length === 0) return failedEffect('its source renders no Job');
  const other = built.find(({ apiVersion, kind }) => apiVersion !== 'batch/v1' || kind !== 'Job');
  if (other !== undefined) {
    const what = `${other.kind} ${other.metadata.name}`;
    const fix = 'a job action takes Jobs (batch/v1) alone, bring what they need with the stage or with an apply action';
    return failedEffect(`its source renders ${what}: ${fix}`, { isLasting: true });
  }
  const jobs = built.map((object) => jobOf(object, context));
  const names = new Set(jobs.map(({ metadata }) => metadata.name));
  if (names.size < jobs.length) {
    return failedEffect('its source renders two Jobs of one name', { isLasting: true });
  }
  let subject = `Jobs of action "${action.name}"`;
  try {
    await removeEarlier(jobs, context);
    for (const job of jobs) {
      subject = formatRef(refOf(job));
      const refused = await createOne(job, context);
      if (refused !== undefined) return refused;
    }
    return { state: 'succeeded', jobs: jobs.map((job) => namedJob(refOf(job), namespaceOf(context))) };
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = failedRequest(subject, error);
    // What may have been created is found by its name.
    return error instanceof UnreachableError && failure.state === 'failed' ? { ...failure, isKnown: false } : failure;
  }

  async function createOne(job: KubeObject, { intent }: EffectContext): Promise<EffectState | undefined> {
    try {
      await cluster.create(job, {}, signal);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const there = await cluster.get(refOf(job), signal);
      if (there !== undefined && there.metadata.annotations?.[KEY_ANNOTATION] !== intent.key) {
        return failedEffect(`${formatRef(refOf(job))} is there already and belongs to somebody else; delete it`);
      }
    }
    return undefined;
  }
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef & { readonly namespace: string } {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/** Names an action within a cluster, in a form that a label may have. */
function actionLabel({ stageSet, stage, action }: EffectContext): string {
  const { namespace, name } = stageSet.metadata;
  return sha256Hex(JSON.stringify([namespace, name, stage.name, action.name])).slice(0, 16);
}

/** `<StageSet>-<stage>-<action>-<hash>`; the hash tells apart what is cut off, and one effect from another. */
export function jobName(
  { stageSet, stage, action, intent }: Pick<EffectContext, 'stageSet' | 'stage' | 'action' | 'intent'>,
  rendered: string,
): string {
  const identity = [stageSet.metadata.namespace, stageSet.metadata.name, stage.name, action.name, rendered, intent.key];
  const hash = sha256Hex(JSON.stringify(identity)).slice(0, HASH_LENGTH);
  const readable = `${stageSet.metadata.name}-${stage.name}-${action.name}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  const prefix = readable.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1).replace(/^-+|-+$/g, '');
  return prefix === '' ? `job-${hash}` : `${/^[a-z]/.test(prefix) ? prefix : `j${prefix.slice(1)}`}-${hash}`;
}

function jobOf(built: KubeObject, context: EffectContext): KubeObject {
  const { stageSet, stage, action, intent } = context;
  const { name, namespace, labels, annotations, ...metadata } = built.metadata;
  // Kept until the next run: what removes it sooner would take its result along, and its logs.
  const { ttlSecondsAfterFinished: _, ...spec } = isJsonObject(built['spec']) ? built['spec'] : {};
  const owner = ownerOf(context);
  return {
    ...built,
    metadata: {
      ...metadata,
      name: jobName(context, name),
      namespace: namespace ?? stageSet.metadata.namespace ?? '',
      labels: { ...labels, [ACTION_LABEL]: actionLabel(context) },
      annotations: {
        ...annotations,
        [ACTION_ANNOTATION]: `${stage.name}/${action.name}`,
        [KEY_ANNOTATION]: intent.key,
      },
      ...(owner === undefined || (namespace ?? stageSet.metadata.namespace) !== stageSet.metadata.namespace
        ? {}
        : { ownerReferences: [owner] }),
    },
    spec,
  };
}

/**
 * Jobs go with what remembers them: with the StageSet, or for scope Lifetime with the StageLedger. On another cluster
 * neither is there.
 */
function ownerOf({ stageSet, intent, ledgerUid }: EffectContext): OwnerReference | undefined {
  if (stageSet.spec.kubeConfig !== undefined) return undefined;
  const isLifetime = intent.scope === 'Lifetime';
  const uid = isLifetime ? ledgerUid : stageSet.metadata.uid;
  if (uid === undefined) return undefined;
  return { apiVersion: API_VERSION, kind: isLifetime ? 'StageLedger' : 'StageSet', name: stageSet.metadata.name, uid };
}

async function removeEarlier(jobs: readonly KubeObject[], context: EffectContext): Promise<void> {
  const { cluster, signal } = context;
  const names = new Set(jobs.map(({ metadata }) => metadata.name));
  for (const namespace of new Set(jobs.map((job) => refOf(job).namespace))) {
    const kind = { apiVersion: 'batch/v1', kind: 'Job', namespace };
    try {
      const labelSelector = `${ACTION_LABEL}=${actionLabel(context)}`;
      const { items } = await cluster.list({ ...kind, labelSelector }, signal);
      for (const { metadata } of items) {
        if (names.has(metadata.name)) continue;
        await cluster.delete({ ...kind, name: metadata.name }, { propagation: 'Background' }, signal);
      }
    } catch (error) {
      // Whoever may only create Jobs keeps the old ones.
      if (!isForbidden(error)) throw error;
    }
  }
}

/**
 * Stops what still runs of a failed attempt, by suspending it: the Job and what it says of itself stay. Tells the last
 * words of its pods before they go; of several Jobs, those of the first that has failed.
 */
export async function stopJobs(context: EffectContext): Promise<EffectState> {
  const { cluster, intent, signal } = context;
  const open: { readonly job: KubeObject; readonly ref: ObjectRef; readonly isFailed: boolean }[] = [];
  let subject = `Jobs of action "${intent.name}"`;
  try {
    for (const named of intent.jobs ?? []) {
      const ref = jobRef(named, namespaceOf(context));
      subject = formatRef(ref);
      const job = await cluster.get(ref, signal);
      if (job === undefined || isOver(job, 'Complete')) continue;
      open.push({ job, ref, isFailed: isOver(job, 'Failed') });
    }
    const [telling] = open.toSorted((a, b) => Number(b.isFailed) - Number(a.isFailed));
    const words = telling === undefined ? undefined : await lastWords(telling.job, cluster, signal);
    for (const { ref, isFailed } of open) {
      subject = formatRef(ref);
      if (isFailed) continue;
      await cluster.patch(ref, { type: 'merge', patch: { spec: { suspend: true } } }, {}, signal);
    }
    return { state: 'succeeded', ...(words === undefined ? {} : { words }) };
  } catch (error) {
    if (signal.aborted) throw error;
    return failedRequest(subject, error);
  }
}

function isOver(job: KubeObject, type: string): boolean {
  const status = isJsonObject(job['status']) ? job['status'] : {};
  const conditions = own(status, 'conditions');
  return (Array.isArray(conditions) ? conditions : []).some(
    (condition: unknown) =>
      isJsonObject(condition) && own(condition, 'type') === type && own(condition, 'status') === 'True',
  );
}
