import type { Action, ActionIntent, ActionList, PendingAction, Stage } from '@stageset/api';
import { askReadyCheck } from '@stageset/cel';
import { formatDuration } from '@stageset/k8s';
import type { Failure } from '../failure/failure.ts';
import type { EffectFact, StageActionFacts, TargetFact } from './facts.ts';
import { actionDigest, actionsOf, effectKey, scopeOf, verbOf } from './identity.ts';
import { attemptDelayMs, attemptEndsMs, timeoutMs, waitMs } from './limits.ts';
import { type ActionRecord, attemptsOf, completed, ended, isDone } from './record.ts';

/** Carries out one effect of an action, beside the passes. `stop` ends what runs of an attempt that has failed. */
export interface ActStep {
  readonly kind: 'act';
  readonly stage: string;
  readonly action: Action;
  readonly intent: ActionIntent;
  readonly what: 'do' | 'stop';
  /** Whether a process that is gone may have done it already: then it is looked for first. */
  readonly isRepeated: boolean;
}

/** Says in the StageLedger that an action of scope Lifetime is begun, or is done. */
export type LedgerEntryStep =
  | { readonly kind: 'begin-lifetime'; readonly stage: string; readonly entry: PendingAction }
  | {
      readonly kind: 'complete-lifetime';
      readonly stage: string;
      readonly action: Action;
      readonly intent: ActionIntent;
    };

/** What a list of actions needs next. `record` is what is to be remembered, whatever the kind. */
export type ActionPlan = { readonly record: ActionRecord } & (
  | { readonly kind: 'done' }
  | { readonly kind: 'step'; readonly step: ActStep | LedgerEntryStep; readonly message: string }
  | { readonly kind: 'wait'; readonly message: string; readonly atMs?: number }
  | { readonly kind: 'fail'; readonly message: string; readonly isDenied: boolean }
);

export interface ActionContext {
  readonly nowMs: number;
  readonly stage: Stage;
  /** UID of the StageSet. */
  readonly owner: string;
  readonly facts: StageActionFacts;
  /** Names of the actions of this stage that the StageLedger holds. */
  readonly lifetime: ReadonlySet<string>;
  readonly pending: ReadonlyMap<string, PendingAction>;
}

/**
 * Plans a list of actions: the first that is not done is carried on. Total: every state that status may hold, and every
 * observation, has a plan. Whatever has an effect is a step, and its intent is in the record that is written before it.
 */
export function planActions(list: ActionList, record: ActionRecord, context: ActionContext): ActionPlan {
  let current = record;
  for (const action of actionsOf(context.stage, list)) {
    if (isDone(current, action, context.lifetime)) {
      if (current.intent?.name === action.name) current = finished(current, current.intent, context);
      continue;
    }
    const planned = planAction(action, list, current, context);
    if (planned.kind !== 'done') return planned;
    current = planned.record;
  }
  return { kind: 'done', record: current };
}

/** A completion of scope Lifetime has been told by the StageLedger. */
function finished(record: ActionRecord, intent: ActionIntent, { nowMs }: ActionContext): ActionRecord {
  return completed(record, intent, instant(nowMs));
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function planAction(action: Action, list: ActionList, record: ActionRecord, context: ActionContext): ActionPlan {
  const wanted = keyFor(action, list, record, context);
  const { intent } = record;
  // An intent of another revision, of other content or of another action has been superseded.
  if (intent === undefined || intent.name !== action.name || intent.key !== wanted) {
    return begin(action, list, wanted, { ...record, intent: undefined }, context);
  }
  return new Attempt(action, list, intent, record, context).plan();
}

function keyFor(action: Action, list: ActionList, record: ActionRecord, context: ActionContext): string {
  const scope = scopeOf(action, list);
  const digest = actionDigest(action);
  const pending = scope === 'Lifetime' ? context.pending.get(action.name) : undefined;
  const attempts = attemptsOf(record, action.name);
  // What another life of this StageSet began, under a key that the other side may know.
  if (pending !== undefined && pending.digest === digest && attempts === 0) return pending.key;
  const { owner, stage } = context;
  return effectKey({
    owner,
    stage: stage.name,
    action: action.name,
    scope,
    of: scope === 'Revision' ? record.revision : scope === 'Version' ? (record.version ?? '') : '',
    digest,
    attempts,
  });
}

function begin(
  action: Action,
  list: ActionList,
  key: string,
  record: ActionRecord,
  context: ActionContext,
): ActionPlan {
  const { nowMs } = context;
  const now = instant(nowMs);
  const verb = verbOf(action);
  const scope = scopeOf(action, list);
  const digest = actionDigest(action);
  const endsMs = attemptEndsMs(action, nowMs, nowMs);
  const fresh: ActionIntent = {
    name: action.name,
    list,
    verb,
    scope,
    key,
    digest,
    state: 'Started',
    startedAt: now,
    attemptedAt: now,
    tries: 0,
    ...(endsMs === undefined ? {} : { timeoutAt: instant(endsMs) }),
  };
  const whole = timeoutMs(action);
  if (whole !== undefined && whole <= 0) {
    return failed(
      ended(record, fresh, { result: 'Failed', now, isKnown: true }),
      action,
      'its timeout is over at once',
    );
  }
  return new Attempt(action, list, fresh, record, context).start();
}

function saying(action: Action, what: string): string {
  return `action "${action.name}": ${what}`;
}

function failed(record: ActionRecord, action: Action, message: string, isDenied = false): ActionPlan {
  return { kind: 'fail', record, message: saying(action, message), isDenied };
}

/** After it an object is looked at that this plan was made without, unless a watch wakes the StageSet before. */
const NEXT_LOOK_MS = 100;

/** One action under way: what its intent says, what is observed, and so what is next. */
class Attempt {
  readonly #action: Action;
  readonly #list: ActionList;
  readonly #intent: ActionIntent;
  readonly #record: ActionRecord;
  readonly #context: ActionContext;

  constructor(action: Action, list: ActionList, intent: ActionIntent, record: ActionRecord, context: ActionContext) {
    this.#action = action;
    this.#list = list;
    this.#intent = intent;
    this.#record = record;
    this.#context = context;
  }

  plan(): ActionPlan {
    switch (this.#intent.state) {
      case 'Started':
        return this.#started();
      case 'Running':
        return this.#running();
      case 'Stopping':
        return this.#stopping();
      case 'Retrying':
        return this.#retrying();
      case 'Done':
        return this.#done();
    }
  }

  /** The first step of an attempt. What needs no effect is only waited for. */
  start(): ActionPlan {
    if (this.#intent.verb === 'wait') return this.#with({ state: 'Running', tries: 1 }).#running();
    if (this.#intent.verb === 'delete' && this.#intent.uid === undefined) return this.#aim();
    return this.#act('do', false);
  }

  get #now(): string {
    return instant(this.#context.nowMs);
  }

  get #endsMs(): number | undefined {
    const at = Date.parse(this.#intent.timeoutAt ?? '');
    return Number.isNaN(at) ? undefined : at;
  }

  get #isOver(): boolean {
    return this.#endsMs !== undefined && this.#context.nowMs >= this.#endsMs;
  }

  #with(change: Partial<ActionIntent>): Attempt {
    return new Attempt(this.#action, this.#list, { ...this.#intent, ...change }, this.#record, this.#context);
  }

  get #target(): TargetFact {
    return this.#context.facts.targets.get(this.#action.name) ?? { state: 'syncing' };
  }

  /** What became next only with this plan is looked at with the next one: nothing else may happen that would wake it. */
  get #isLookedAt(): boolean {
    return this.#context.facts.targets.has(this.#action.name);
  }

  get #nextLookMs(): number {
    return this.#context.nowMs + NEXT_LOOK_MS;
  }

  /** What this process knows of the last try, if it was the one to make it. */
  get #effect(): EffectFact | undefined {
    const { effect } = this.#context.facts;
    return effect?.key === this.#intent.key && effect.tries === this.#intent.tries ? effect : undefined;
  }

  #keep(): ActionRecord {
    return { ...this.#record, intent: this.#intent };
  }

  #act(what: ActStep['what'], isRepeated: boolean): ActionPlan {
    const { scope, key, name, digest } = this.#intent;
    if (what === 'do' && scope === 'Lifetime' && this.#context.pending.get(name)?.key !== key) {
      const entry = { stage: this.#context.stage.name, action: name, key, digest, startedAt: this.#now };
      const message = saying(this.#action, 'recording that it is about to begin');
      const step = { kind: 'begin-lifetime', stage: entry.stage, entry } as const;
      return { kind: 'step', record: this.#record, step, message };
    }
    const state = what === 'do' ? ('Started' as const) : ('Stopping' as const);
    const intent: ActionIntent = { ...this.#intent, state, tries: this.#intent.tries + 1 };
    const { stage } = this.#context;
    return {
      kind: 'step',
      record: { ...this.#record, intent },
      step: {
        kind: 'act',
        stage: stage.name,
        action: this.#action,
        intent,
        what,
        isRepeated: isRepeated || this.#wasTried,
      },
      message: saying(this.#action, what === 'do' ? DOING[intent.verb] : 'stopping what it has begun'),
    };
  }

  /** Whether this very effect was tried before, and nobody knows what came of it. */
  get #wasTried(): boolean {
    const { name, key, tries } = this.#intent;
    return tries > 0 || this.#record.runs.some((run) => run.name === name && run.key === key);
  }

  /** Until something happens, or the time of the attempt is over. */
  #wait(message: string, atMs = this.#endsMs): ActionPlan {
    return {
      kind: 'wait',
      record: this.#keep(),
      message: saying(this.#action, message),
      ...(atMs === undefined ? {} : { atMs }),
    };
  }

  #complete(): ActionPlan {
    const { scope, name } = this.#intent;
    if (scope === 'Lifetime' && !this.#context.lifetime.has(name)) return this.#with({ state: 'Done' }).#done();
    return { kind: 'done', record: completed(this.#record, this.#intent, this.#now) };
  }

  #done(): ActionPlan {
    return {
      kind: 'step',
      record: this.#keep(),
      step: { kind: 'complete-lifetime', stage: this.#context.stage.name, action: this.#action, intent: this.#intent },
      message: saying(this.#action, 'recording that it is done'),
    };
  }

  /** What is to be deleted is looked at before: it alone is deleted then, and not what takes its name meanwhile. */
  #aim(): ActionPlan {
    const target = this.#target;
    switch (target.state) {
      case 'syncing':
        // Nothing is being done yet, so nothing is to be remembered.
        return {
          kind: 'wait',
          record: this.#record,
          message: saying(this.#action, 'reading what it is to delete'),
          ...(this.#isLookedAt ? {} : { atMs: this.#nextLookMs }),
        };
      case 'absent':
        return this.#complete();
      case 'unreadable':
        return this.#attemptFailed(target.message, { isKnown: true, isDenied: target.isDenied });
      case 'present':
        return this.#with({ uid: target.object.metadata.uid ?? '' }).#act('do', false);
    }
  }

  #started(): ActionPlan {
    const effect = this.#effect;
    if (effect === undefined) {
      // Whoever began it is gone. Beyond its time nothing is begun again.
      if (this.#isOver) return this.#attemptFailed(this.#timedOut(), { isKnown: false });
      return this.#act('do', true);
    }
    if (effect.state === 'under-way') return this.#underWay();
    if (effect.state === 'failed') return this.#attemptFailed(effect.message, effect);
    switch (this.#intent.verb) {
      case 'job':
        return this.#with({ state: 'Running', jobs: [...(effect.jobs ?? [])] }).#running();
      case 'delete':
        return this.#with({ state: 'Running' }).#running();
      case 'apply':
        return this.#action.apply?.wait === true ? this.#with({ state: 'Running' }).#running() : this.#complete();
      default:
        return this.#complete();
    }
  }

  /**
   * A request to somebody else is given up when its time is over: it ends with its intent. Those to a cluster are short, and
   * their end is worth knowing.
   */
  #underWay(): ActionPlan {
    const doing = DOING[this.#intent.verb];
    if (!this.#isOver) return this.#wait(doing);
    if (this.#intent.verb === 'http') return this.#attemptFailed(this.#timedOut(), { isKnown: false });
    return this.#untilItEnds(doing);
  }

  /** Its end wakes the StageSet. */
  #untilItEnds(message: string): ActionPlan {
    return { kind: 'wait', record: this.#keep(), message: saying(this.#action, message) };
  }

  #running(): ActionPlan {
    switch (this.#intent.verb) {
      case 'wait':
        return this.#waiting();
      case 'job':
        return this.#awaitJobs();
      case 'delete':
        return this.#awaitDeletion();
      case 'apply':
        return this.#awaitApplied();
      default:
        return this.#complete();
    }
  }

  #waiting(): ActionPlan {
    const { nowMs } = this.#context;
    const lasts = waitMs(this.#action);
    if (lasts !== undefined) {
      const untilMs = Date.parse(this.#intent.attemptedAt) + lasts;
      if (nowMs >= untilMs) return this.#complete();
      if (this.#isOver) return this.#attemptFailed(this.#timedOut(), { isKnown: true });
      const at = Math.min(untilMs, this.#endsMs ?? untilMs);
      return this.#wait(`waiting until ${instant(untilMs).replace(/\.\d+Z$/, 'Z')}`, at);
    }
    const { why, holds } = this.#asked();
    if (holds) return this.#complete();
    if (this.#isOver) return this.#attemptFailed(`${this.#timedOut()}: ${why}`, { isKnown: true });
    return this.#isLookedAt ? this.#wait(why) : this.#wait(why, this.#nextLookMs);
  }

  /** What the expression says of its target now. Whatever keeps it from an answer may heal. */
  #asked(): { readonly holds: boolean; readonly why: string } {
    const { expr = '', target } = this.#action.wait ?? {};
    const subject = `${target?.kind ?? ''} ${target?.name ?? ''}`.trim();
    const found = this.#target;
    if (found.state === 'syncing') return { holds: false, why: `reading ${subject}` };
    if (found.state === 'absent') return { holds: false, why: `waiting for ${subject}, which is not there` };
    if (found.state === 'unreadable') return { holds: false, why: `${subject} cannot be read: ${found.message}` };
    const answer = askReadyCheck(expr, found.object);
    if (answer.kind === 'error') return { holds: false, why: `${subject}: ${answer.message}` };
    return { holds: answer.kind === 'true', why: `waiting for ${subject} to be as its expression says` };
  }

  #awaitJobs(): ActionPlan {
    const { jobs = [] } = this.#intent;
    const facts = jobs.map((name) => ({
      name,
      fact: this.#context.facts.jobs.get(name) ?? { state: 'syncing' as const },
    }));
    // They are read once status names them: with the very next look.
    if (jobs.some((name) => !this.#context.facts.jobs.has(name)))
      return this.#wait('reading its Jobs', this.#context.nowMs);
    const broken = facts.find(({ fact }) => fact.state === 'failed' || fact.state === 'absent');
    if (broken !== undefined) return this.#act('stop', false);
    if (facts.every(({ fact }) => fact.state === 'complete')) return this.#complete();
    if (this.#isOver) return this.#act('stop', false);
    const open = facts.filter(({ fact }) => fact.state !== 'complete');
    const [first] = open;
    const progress = first?.fact.state === 'active' ? ` (${first.fact.progress})` : '';
    const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
    return this.#wait(`waiting for Job ${first?.name ?? ''}${progress}${more}`);
  }

  /** Why the attempt that is being stopped has failed; what is observed says it still. */
  #stopping(): ActionPlan {
    const effect = this.#effect;
    if (effect === undefined) return this.#act('stop', true);
    if (effect.state === 'under-way') return this.#untilItEnds('stopping what it has begun');
    const words = effect.state === 'succeeded' && effect.words !== undefined ? `; ${effect.words}` : '';
    const unstopped = effect.state === 'failed' ? `; it could not be stopped: ${effect.message}` : '';
    return this.#attemptFailed(`${this.#whyStopped()}${words}${unstopped}`, { isKnown: true });
  }

  #whyStopped(): string {
    for (const name of this.#intent.jobs ?? []) {
      const fact = this.#context.facts.jobs.get(name);
      if (fact?.state === 'failed') return `Job ${name} has failed: ${fact.message}`;
      if (fact?.state === 'absent') return `Job ${name} was deleted before it was complete`;
    }
    return this.#timedOut();
  }

  #awaitDeletion(): ActionPlan {
    const target = this.#target;
    const { uid } = this.#intent;
    if (target.state === 'absent') return this.#complete();
    if (target.state === 'present' && target.object.metadata.uid !== uid) return this.#complete();
    const name = `${this.#action.delete?.target.kind ?? ''} ${this.#action.delete?.target.name ?? ''}`;
    const held = target.state === 'present' ? (target.object.metadata.finalizers ?? []) : [];
    const by = held.length === 0 ? '' : ` (held by the finalizer ${held.join(', ')})`;
    const message = `waiting for ${name} to be gone${by}`;
    if (this.#isOver) return this.#attemptFailed(`${this.#timedOut()}: ${message}`, { isKnown: true });
    return this.#wait(message);
  }

  #awaitApplied(): ActionPlan {
    const effect = this.#effect;
    const { state } = effect ?? { state: undefined };
    // What it has applied is known to the process that did; applying it again changes nothing and tells.
    if (effect === undefined || effect.state !== 'succeeded') {
      if (this.#isOver) return this.#attemptFailed(this.#timedOut(), { isKnown: true });
      return state === 'under-way' ? this.#wait(DOING.apply) : this.#act('do', true);
    }
    const { ready, total, waitingFor, failed: broken } = effect.objects ?? { ready: 0, total: 0, waitingFor: '' };
    if (broken !== undefined) return this.#attemptFailed(broken, { isKnown: true });
    if (ready === total) return this.#complete();
    const message = `${ready} of ${total} ready, waiting for ${waitingFor}`;
    if (this.#isOver) return this.#attemptFailed(`${this.#timedOut()}: ${message}`, { isKnown: true });
    return this.#wait(message);
  }

  #timedOut(): string {
    const started = Date.parse(this.#intent.startedAt);
    const took = this.#endsMs === undefined ? 0 : this.#endsMs - started;
    return `timed out after ${formatDuration(took)}`;
  }

  #retrying(): ActionPlan {
    const { nowMs } = this.#context;
    const { retryAt, failures = 0, message = '' } = this.#intent;
    const atMs = Date.parse(retryAt ?? '');
    if (nowMs < atMs) return this.#wait(`attempt ${failures} failed (${message}), trying again`, atMs);
    const { retryAt: _, jobs: __, uid: ___, ...rest } = this.#intent;
    const endsMs = attemptEndsMs(this.#action, Date.parse(rest.startedAt), nowMs);
    const next: ActionIntent = {
      ...rest,
      state: 'Started',
      attemptedAt: this.#now,
      ...(endsMs === undefined ? {} : { timeoutAt: instant(endsMs) }),
    };
    return new Attempt(this.#action, this.#list, next, this.#record, this.#context).start();
  }

  #attemptFailed(
    message: string,
    how: {
      readonly isKnown: boolean;
      readonly isLasting?: boolean;
      readonly isDenied?: boolean;
      readonly retryAfterMs?: number;
    },
  ): ActionPlan {
    const { nowMs } = this.#context;
    const failures = (this.#intent.failures ?? 0) + 1;
    const whole = timeoutMs(this.#action);
    const atMs = nowMs + attemptDelayMs(failures, how.retryAfterMs);
    const isLate = whole !== undefined && atMs >= Date.parse(this.#intent.startedAt) + whole;
    const isLast = failures > (this.#action.retries ?? 0) || how.isLasting === true || isLate;
    const end = { result: 'Failed', now: this.#now, isKnown: how.isKnown, message } as const;
    const record = ended(this.#record, this.#intent, end);
    if (isLast) return failed(record, this.#action, message, how.isDenied);
    const { timeoutAt: _, ...rest } = this.#intent;
    const intent: ActionIntent = {
      ...rest,
      // What is known to have failed is not repeated: the next attempt is another effect, with a key of its own.
      key: keyFor(this.#action, this.#list, record, this.#context),
      state: 'Retrying',
      failures,
      retryAt: instant(atMs),
      message,
    };
    return {
      kind: 'wait',
      record: { ...record, intent },
      message: saying(this.#action, `attempt ${failures} failed (${message}), trying again`),
      atMs,
    };
  }
}

const DOING: Readonly<Record<ActionIntent['verb'], string>> = {
  patch: 'patching',
  http: 'sending its request',
  wait: 'waiting',
  job: 'creating its Jobs',
  delete: 'deleting its target',
  apply: 'applying its manifests',
};

/** The failure of a stage whose actions have failed. */
export function actionFailure(
  stage: string,
  list: 'pre' | 'post',
  { message, isDenied }: Extract<ActionPlan, { kind: 'fail' }>,
): Failure {
  return {
    reason: isDenied ? 'RBACDenied' : 'StageFailed',
    stage,
    operation: list === 'pre' ? 'pre-action' : 'post-action',
    message,
    retry: isDenied ? 'slowly' : 'backoff',
  };
}
