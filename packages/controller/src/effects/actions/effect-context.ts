import type { Action, ActionIntent, Stage, StageSet } from '@stageset/api';
import type { EffectState } from '@stageset/delivery';
import { ApiError, isForbidden, type KubeObject, UnknownKindError, UnreachableError } from '@stageset/k8s';
import type { Clock, Cluster, HttpCalls, WriteGate } from '@stageset/ports';
import { deniedMessage } from '../../tenancy/denied.ts';

/** Everything that carrying out an effect may use. */
export interface EffectContext {
  /** The cluster of the stage, in the name that acts for it. */
  readonly cluster: Cluster;
  readonly calls: HttpCalls;
  /** Asked before anything leaves that no cluster can refuse. */
  readonly gate: WriteGate | undefined;
  readonly clock: Clock;
  readonly stageSet: StageSet;
  readonly stage: Stage;
  readonly action: Action;
  readonly intent: ActionIntent;
  /** Whether a process that is gone may have done it already. */
  readonly isRepeated: boolean;
  /** UID of the StageLedger, where there is one. */
  readonly ledgerUid: string | undefined;
  /** Fetches and builds the action's own source. Rejects with `DeliveryError`. */
  readonly build: () => Promise<readonly KubeObject[]>;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

export const SUCCEEDED: EffectState = { state: 'succeeded' };

export function failedEffect(
  message: string,
  how: {
    readonly isKnown?: boolean;
    readonly isLasting?: boolean;
    readonly isDenied?: boolean;
    readonly retryAfterMs?: number;
  } = {},
): EffectState {
  const { isKnown = true, isLasting = false, isDenied = false, retryAfterMs } = how;
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { state: 'failed', message, isKnown, isLasting, isDenied, ...asked };
}

/** What a failed request to a cluster means for the effect. Without an answer, it may have been carried out. */
export function failedRequest(subject: string, error: unknown): EffectState {
  if (error instanceof UnreachableError) return failedEffect(`${subject}: ${error.message}`, { isKnown: false });
  if (error instanceof UnknownKindError) return failedEffect(`${subject}: ${error.message}`, { isDenied: true });
  if (!(error instanceof ApiError)) throw error;
  const isKnown = error.code < 500;
  const asked = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs };
  const { message } = error;
  const isDenied = isForbidden(error);
  const why = isDenied ? deniedMessage(error) : message;
  return failedEffect(`${subject}: ${why}`, { isKnown, isDenied, ...asked });
}

/** Who writes what actions change: another name for each effect, so that it can be told whether one has taken place. */
export function fieldManagerOf({ key }: ActionIntent): string {
  return `stageset-action-${key}`;
}

export function namespaceOf({ stageSet }: Pick<EffectContext, 'stageSet'>): string {
  return stageSet.metadata.namespace ?? '';
}
