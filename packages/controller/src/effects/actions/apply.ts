import { FIELD_MANAGER } from '@stageset/api';
import { asksForAdoption, type EffectState, formatOwner, otherOwners } from '@stageset/delivery';
import {
  APPLY_CLASSES,
  applyClass,
  computeHealth,
  formatRef,
  isConflict,
  type KubeObject,
  type ObjectRef,
  refOf,
} from '@stageset/k8s';
import { concurrently } from '../concurrently.ts';
import { type EffectContext, failedEffect, failedRequest, namespaceOf } from './effect-context.ts';

/** How long definitions and namespaces may take before what needs them is applied. */
const SETTLE_MS = 60_000;

/** Applies what the source of an action renders, in the order of stages. Nothing of it is recorded or pruned. */
export async function applyManifests(context: EffectContext): Promise<EffectState> {
  const built = await context.build();
  if (built.length === 0) return failedEffect('its source renders no object');
  const applied: ObjectRef[] = [];
  for (const wanted of APPLY_CLASSES) {
    const members = built.filter((object) => applyClass(object) === wanted);
    const failures: EffectState[] = [];
    const written: KubeObject[] = [];
    await concurrently(
      members,
      context.concurrency,
      async (object) => {
        const result = await applyOne(object, context);
        if ('failure' in result) failures.push(result.failure);
        else written.push(result.object);
      },
      () => failures.length > 0,
    );
    const [failure] = failures;
    if (failure !== undefined) return failure;
    applied.push(...written.map(refOf));
    if (wanted === 'rest') continue;
    for (const object of written) {
      const late = await settled(object, context);
      if (late !== undefined) return late;
    }
  }
  return { state: 'succeeded', applied };
}

type Applied = { readonly object: KubeObject } | { readonly failure: EffectState };

async function applyOne(object: KubeObject, context: EffectContext): Promise<Applied> {
  const { cluster, signal } = context;
  const subject = formatRef(refOf(object));
  try {
    return { object: await cluster.apply(object, { fieldManager: FIELD_MANAGER, force: false }, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!isConflict(error)) return { failure: failedRequest(subject, error) };
  }
  try {
    const live = await cluster.get(refOf(object), signal);
    const key = { namespace: namespaceOf(context), name: context.stageSet.metadata.name };
    const holder = live === undefined ? undefined : otherOwners(live, key)[0];
    if (holder !== undefined && !asksForAdoption(object)) {
      return { failure: failedEffect(`${subject} belongs to ${formatOwner(holder)}; remove it there first`) };
    }
    return { object: await cluster.apply(object, { fieldManager: FIELD_MANAGER, force: true }, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { failure: failedRequest(subject, error) };
  }
}

/** Waits by watch until a definition is Established, or a namespace Active; says so when it takes too long. */
async function settled(object: KubeObject, context: EffectContext): Promise<EffectState | undefined> {
  const { cluster, clock, signal } = context;
  const { name, ...kind } = refOf(object);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const isReady = (live: KubeObject): boolean => computeHealth(live, { nowMs: clock.now() }).status === 'Current';
  const cancel = clock.schedule(SETTLE_MS, () => stop.abort());
  try {
    for await (const event of cluster.watch({ ...kind, fieldSelector: `metadata.name=${name}` }, both)) {
      if (event.type === 'synced' && event.items.some(isReady)) return undefined;
      if (event.type === 'applied' && isReady(event.object)) return undefined;
    }
    signal.throwIfAborted();
    return failedEffect(`${formatRef(refOf(object))} was not ready within ${SETTLE_MS / 1000} s`);
  } finally {
    cancel();
    stop.abort();
  }
}
