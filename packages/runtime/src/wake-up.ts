import type { Outcome } from '@stageset/ports';
import type { Priority } from './work-queue.ts';

/** What a pass came to: its own outcome, or that it threw, which no pass should. */
export type Result = Outcome | { readonly kind: 'bug'; readonly error: unknown };

/** When a key is looked at again, but for events. */
export interface WakeUp {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly priority: Priority;
}

/** What the table needs to know of the pass. */
export interface PassFacts {
  readonly nowMs: number;
  readonly priority: Priority;
  /** Counts a failure of the key and says how long to wait. */
  readonly backOffMs: () => number;
}

type Row<Kind extends Result['kind']> = (
  result: Extract<Result, { kind: Kind }>,
  facts: PassFacts,
) => WakeUp | undefined;

interface Rule<Kind extends Result['kind']> {
  /** What becomes of the failures counted so far. `again` is no success yet: a run that fails half-way would forget. */
  readonly failures: 'forget' | 'keep';
  readonly wakeUp: Row<Kind>;
}

/**
 * The shortest wait: a timer, so that a key which finds itself due whenever it is looked at does not keep the process from
 * everything else, such as what it waits for.
 */
const MIN_WAIT_MS = 1;

/** The only place that turns an outcome into a wake-up. */
const WAKE_UPS: { readonly [Kind in Result['kind']]: Rule<Kind> } = {
  again: { failures: 'keep', wakeUp: (_, { nowMs, priority }) => ({ atMs: nowMs, priority }) },
  wait: {
    failures: 'forget',
    wakeUp: ({ atMs }, { nowMs }) =>
      atMs === undefined ? undefined : { atMs: Math.max(atMs, nowMs + MIN_WAIT_MS), priority: 'background' },
  },
  retry: {
    failures: 'keep',
    wakeUp: ({ notBeforeMs = 0 }, { nowMs, backOffMs }) => ({
      atMs: nowMs + Math.max(notBeforeMs, backOffMs()),
      priority: 'background',
    }),
  },
  gone: { failures: 'forget', wakeUp: () => undefined },
  bug: {
    failures: 'keep',
    wakeUp: (_, { nowMs, backOffMs }) => ({ atMs: nowMs + backOffMs(), priority: 'background' }),
  },
};

export interface Verdict {
  readonly forgetFailures: boolean;
  readonly wakeUp: WakeUp | undefined;
}

/** What follows from a result. Calls `backOffMs` once for a failure, and not otherwise. */
export function verdictOn(result: Result, facts: PassFacts): Verdict {
  const { failures, wakeUp } = WAKE_UPS[result.kind] as Rule<Result['kind']>;
  return { forgetFailures: failures === 'forget', wakeUp: (wakeUp as Row<Result['kind']>)(result as never, facts) };
}
