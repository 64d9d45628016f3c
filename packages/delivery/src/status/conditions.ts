import { type Condition, PROGRESSING, REASONS, type Reason, readyMessage } from '@stageset/api';
import { failureMessage } from '../failure/failure.ts';
import type { Verdict } from '../plan/step.ts';

/** The API server takes no longer message in a condition. */
const MAX_MESSAGE_LENGTH = 32_768;
/** Reconciling carries this while a failure is tried again, as Flux's controllers say it. */
const RETRYING = 'ProgressingWithRetry';

interface Moment {
  /** RFC 3339, in whole seconds. */
  readonly now: string;
  readonly generation: number;
  readonly stages: number;
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions after a verdict. `Ready` is always there; `Reconciling` only while something is on its way or will be
 * tried again, `Stalled` only when nothing but a change helps: what kstatus reads as Current, InProgress and Failed.
 */
export function foldConditions(before: readonly Condition[], verdict: Verdict, moment: Moment): Condition[] {
  const said = sayVerdict(verdict, moment);
  if (said === undefined) return [...before];
  const mine = new Set(['Ready', 'Reconciling', 'Stalled']);
  const others = before.filter(({ type }) => !mine.has(type));
  return [
    ...said.map((condition) =>
      dated(
        condition,
        before.find(({ type }) => type === condition.type),
        moment,
      ),
    ),
    ...others,
  ];
}

function sayVerdict(verdict: Verdict, { stages }: Moment): Said[] | undefined {
  switch (verdict.kind) {
    case 'unchanged':
      return undefined;
    case 'ready':
      return [ready('True', 'Succeeded', `Applied and verified ${stages} stage(s)`)];
    case 'suspended':
      return [ready('False', 'Suspended', 'Delivery is suspended (spec.suspend)')];
    case 'progressing':
      return [
        { type: 'Reconciling', status: 'True', reason: PROGRESSING, message: cut(verdict.message) },
        ready('Unknown', PROGRESSING, verdict.message),
      ];
    case 'failed': {
      const { reason } = verdict.failure;
      const message = failureMessage(verdict.failure);
      const first: Said = REASONS[reason].stalled
        ? { type: 'Stalled', status: 'True', reason, message: cut(message) }
        : { type: 'Reconciling', status: 'True', reason: RETRYING, message: cut(message) };
      return [first, ready('False', reason, message)];
    }
  }
}

function ready(status: Condition['status'], reason: Reason | typeof PROGRESSING, message: string): Said {
  // The runbook is at the end of the message, so it is the message that is cut.
  const runbook = readyMessage(reason, '').length;
  return { type: 'Ready', status, reason, message: readyMessage(reason, cut(message, MAX_MESSAGE_LENGTH - runbook)) };
}

function cut(message: string, length = MAX_MESSAGE_LENGTH): string {
  return message.length <= length ? message : `${message.slice(0, length - 3)}...`;
}

function dated(said: Said, before: Condition | undefined, { now, generation }: Moment): Condition {
  const lastTransitionTime = before?.status === said.status ? before.lastTransitionTime : now;
  return { ...said, observedGeneration: generation, lastTransitionTime };
}
