import {
  API_VERSION,
  type CompletedAction,
  type StageLedger,
  type StageLedgerStatus,
  type StageSet,
} from '@stageset/api';
import { DeliveryError, formatInstant, type KeepLedgerStep, type LedgerEntryStep } from '@stageset/delivery';
import { isAlreadyExists, isConflict, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { Cluster, Store } from '@stageset/ports';

export interface LedgerContext {
  /** The controller's own: tenants do not write what they have done. */
  readonly cluster: Cluster;
  readonly ledgers: Store;
  readonly stageSet: StageSet;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

function refOf({ stageSet }: LedgerContext): ObjectRef {
  const { namespace = '', name } = stageSet.metadata;
  return { apiVersion: API_VERSION, kind: 'StageLedger', namespace, name };
}

export function ledgerOf(ledgers: Store, { metadata }: StageSet): StageLedger | undefined {
  return ledgers.get(metadata.namespace ?? '', metadata.name) as StageLedger | undefined;
}

/** Creates the StageLedger, or writes what its baseline and its witnesses have made of it. Says whether it was written. */
export async function keepLedger({ status }: KeepLedgerStep, context: LedgerContext): Promise<boolean> {
  return status === undefined ? create(context) : write(status, context);
}

/**
 * Creates it without an owner: it outlives the StageSet on purpose, so that what is done once ever is not done again for
 * one that is created anew.
 */
async function create(context: LedgerContext): Promise<boolean> {
  const { namespace = '', name, apiVersion, kind } = refOf(context);
  try {
    const made = await context.cluster.create(
      { apiVersion, kind, metadata: { name, namespace }, spec: {} },
      {},
      context.signal,
    );
    context.ledgers.remember(made);
    return true;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await reread(context);
    return false;
  }
}

/** Writes over exactly the version that was read; when that is not the last one, it is read anew and nothing is written. */
async function write(status: StageLedgerStatus, context: LedgerContext): Promise<boolean> {
  const before = ledgerOf(context.ledgers, context.stageSet);
  if (before === undefined) return false;
  const { uid, resourceVersion } = before.metadata;
  const patch = { metadata: { uid, resourceVersion }, status };
  try {
    const ref = refOf(context);
    const written = await context.cluster.patch(
      ref,
      { type: 'merge', patch },
      { subresource: 'status' },
      context.signal,
    );
    context.ledgers.remember(written);
    return true;
  } catch (error) {
    if (!isConflict(error)) throw error;
    await reread(context);
    return false;
  }
}

async function reread(context: LedgerContext): Promise<void> {
  const found = await context.cluster.get(refOf(context), context.signal);
  if (found !== undefined) context.ledgers.remember(found);
}

/** Says that an action is about to begin, under which key. */
export async function beginLifetime(
  { entry }: Extract<LedgerEntryStep, { kind: 'begin-lifetime' }>,
  context: LedgerContext,
): Promise<void> {
  const status = ledgerOf(context.ledgers, context.stageSet)?.status ?? {};
  const others = (status.pendingActions ?? []).filter((known) => !isSame(known, entry));
  await write({ ...status, pendingActions: [...others, entry] }, context);
}

/** Says that an action is done, with the UID of what witnesses it. `cluster` reads as the stage. */
export async function completeLifetime(
  { stage, action, intent }: Extract<LedgerEntryStep, { kind: 'complete-lifetime' }>,
  cluster: Cluster,
  context: LedgerContext,
): Promise<void> {
  const anchor = await readAnchor({ stage, action, intent }, cluster, context);
  const status = ledgerOf(context.ledgers, context.stageSet)?.status ?? {};
  const entry: CompletedAction = {
    stage,
    action: action.name,
    origin: 'Executed',
    digest: intent.digest,
    ...(anchor === undefined ? {} : { anchor }),
    completedAt: formatInstant(context.nowMs),
  };
  const { pendingActions = [], completedActions = [], ...rest } = status;
  const done = { ...rest, completedActions: [...completedActions.filter((known) => !isSame(known, entry)), entry] };
  const pending = pendingActions.filter((known) => !isSame(known, entry));
  await write({ ...done, pendingActions: pending }, context);
}

function isSame(a: { stage: string; action: string }, b: { stage: string; action: string }): boolean {
  return a.stage === b.stage && a.action === b.action;
}

async function readAnchor(
  {
    stage,
    action,
    intent,
  }: Pick<Extract<LedgerEntryStep, { kind: 'complete-lifetime' }>, 'stage' | 'action' | 'intent'>,
  cluster: Cluster,
  { stageSet, signal }: LedgerContext,
): Promise<CompletedAction['anchor']> {
  const { completionAnchor } = action;
  if (completionAnchor === undefined) return undefined;
  const { apiVersion, kind, name } = completionAnchor;
  const namespace = stageSet.metadata.namespace ?? '';
  const found: KubeObject | undefined = await cluster.get({ apiVersion, kind, namespace, name }, signal);
  const uid = found?.metadata.uid;
  if (uid !== undefined) return { apiVersion, kind, name, uid };
  throw new DeliveryError({
    reason: 'StageFailed',
    stage,
    operation: intent.list === 'pre' ? 'pre-action' : 'post-action',
    message: `action "${action.name}": it is done, but its witness ${kind} ${namespace}/${name} is not there; it is not run again, only recorded once the witness is`,
    retry: 'backoff',
  });
}
