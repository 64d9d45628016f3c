import { createHash } from 'node:crypto';
import { FIELD_MANAGER, type Stage } from '@stageset/api';
import {
  asksForAdoption,
  conflictDecision,
  type DesiredObject,
  differences,
  formatOwner,
  formerDeliverers,
  type Health,
  type ObjectFacts,
  type Owner,
  otherOwners,
  ownedValues,
  withScope,
} from '@stageset/delivery';
import { computeHealth, type KubeObject, SCHEDULE_WINDOW_MS } from '@stageset/k8s';
import { isExpired, noteExpiry } from './expired-jobs.ts';
import type { AppliedMark, Memory } from './memory.ts';
import type { WatchedKind } from './watched-kinds.ts';

const ABSENT: Health = { status: 'NotFound' };
const EXPIRED: Health = { status: 'Current', message: 'Job completed, and has been removed after its time to live' };

export interface ObserveContext {
  readonly key: { readonly namespace: string; readonly name: string };
  readonly stage: Stage;
  readonly nowMs: number;
  readonly memory: Memory;
  /** What was last seen: told again while neither side has changed. */
  readonly seen: Memory['observed'];
  /** Whether an owner that a label names still exists: what a deleted one has left behind may be taken. */
  readonly isAlive: (owner: Owner) => boolean;
  /** Whether all of the stage has been ready as it is wanted now. */
  readonly wasReady: boolean;
}

/** How one object of a manifest is in the cluster. Reads caches alone. */
export function observe(wanted: DesiredObject, kind: WatchedKind, context: ObserveContext): ObjectFacts {
  if (kind.state === 'unknown') return { desired: wanted, state: 'unknown-kind', health: ABSENT };
  // What is denied or cannot be asked fails its stage before it is looked at.
  if (kind.state !== 'watched') return { desired: wanted, state: 'unsynced', health: { status: 'Unknown' } };
  const desired = withScope(wanted, kind.info.namespaced);
  const { namespace } = desired.ref;
  if (kind.info.namespaced && (namespace === undefined || namespace === '')) {
    return { desired, state: 'unscoped', health: ABSENT };
  }
  if (!kind.store.synced) return { desired, state: 'unsynced', health: { status: 'Unknown' } };
  const live = kind.store.get(namespace, desired.ref.name);
  const { memory } = context;
  const seen = context.seen.get(desired.id);
  // Health of what is on its way may turn with time alone.
  if (seen !== undefined && live !== undefined && seen.live === live && seen.desired.hash === desired.hash) {
    const settled =
      (seen.facts.health.status !== 'InProgress' || live.kind !== 'Pod') && !memory.corrections.has(desired.id);
    if (settled && seen.facts.state !== 'foreign' && seen.facts.state !== 'kept') return seen.facts;
  }
  const facts = live === undefined ? observeAbsent(desired, context) : observeLive(desired, live, context);
  context.seen.set(desired.id, { live, desired, facts });
  return facts;
}

function observeAbsent(desired: DesiredObject, context: ObserveContext): ObjectFacts {
  const { memory, nowMs } = context;
  const kept = memory.kept.get(desired.id);
  if (kept !== undefined) return { desired, state: 'kept', health: healthOf(kept, nowMs) };
  if (isExpired(desired, context)) return { desired, state: 'same', health: EXPIRED };
  return { desired, state: 'missing', health: ABSENT };
}

function observeLive(desired: DesiredObject, live: KubeObject, context: ObserveContext): ObjectFacts {
  const { memory, nowMs, stage } = context;
  const health = healthOf(live, nowMs);
  noteExpiry(desired, live, health, memory);
  const uid = live.metadata.uid ?? '';
  const facts = { desired, uid, health };
  if (live.metadata.deletionTimestamp !== undefined || memory.leaving.get(desired.id) === uid) {
    return { ...facts, state: 'terminating', health: { ...health, status: 'Terminating' } };
  }
  const holder = otherOwners(live, context.key).find(context.isAlive);
  if (holder !== undefined && !asksForAdoption(desired.object)) {
    return { ...facts, state: 'foreign', heldBy: formatOwner(holder) };
  }
  if (conflictDecision(stage, desired.object).action === 'KeepExisting') return { ...facts, state: 'kept' };
  const mark = memory.applied.get(desired.id);
  const isHandedOver = formerDeliverers(live).length === 0;
  if (isHandedOver && mark?.hash === desired.hash && isAsApplied(mark, live)) {
    return { ...facts, state: 'same' };
  }
  const found = [...differences(desired.object, live, FIELD_MANAGER)];
  if (!isHandedOver) found.push({ kind: 'ownership', path: ['metadata', 'managedFields'] });
  if (found.length === 0 || memory.isFoughtOver(desired.id, desired.hash, nowMs)) return { ...facts, state: 'same' };
  return { ...facts, state: 'changed', differences: found };
}

/** Whether the fields that we own still have the values that the apply left. */
function isAsApplied(mark: AppliedMark, live: KubeObject): boolean {
  const { uid, resourceVersion } = mark.live.metadata;
  if (uid !== live.metadata.uid) return false;
  if (resourceVersion !== live.metadata.resourceVersion && fingerprint(mark.live) !== fingerprint(live)) return false;
  mark.live = live;
  return true;
}

const fingerprints = new WeakMap<KubeObject, string>();

/** Identifies the values of the fields that we own; the same however often others write theirs. */
function fingerprint(live: KubeObject): string {
  const known = fingerprints.get(live);
  if (known !== undefined) return known;
  const values = JSON.stringify(ownedValues(live, FIELD_MANAGER)) ?? '';
  const digest = createHash('sha256').update(values).digest('base64');
  fingerprints.set(live, digest);
  return digest;
}

/** The health of an object by what it says itself. */
export function healthOf(live: KubeObject, nowMs: number): Health {
  const { status, reason, message } = computeHealth(live, { nowMs });
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === '' ? {} : { message }),
    ...(reason === 'PodNotScheduled' ? { turnsAtMs: createdMs(live) + SCHEDULE_WINDOW_MS } : {}),
  };
}

function createdMs({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}
