import {
  MAX_WAITING_FOR,
  type Pin,
  type Stage,
  type StageSetSpec,
  type StageStatus,
  type WaitingFor,
} from '@stageset/api';
import { APPLY_CLASSES, formatDuration, formatRef, type ObjectRef } from '@stageset/k8s';
import type { Failure } from '../failure/failure.ts';
import type { Entry } from '../inventory/entry.ts';
import { verifyTimeoutMs } from '../timing/intervals.ts';
import type { InventoryFacts, ObjectFacts, StageFacts } from './facts.ts';
import type { ApplyMode, StageReport, Step } from './step.ts';
import { count, nameSome } from './words.ts';

/** What one stage needs next. `done` means that it is applied and ready. */
export type StagePlan =
  | { readonly kind: 'done'; readonly report: StageReport }
  | { readonly kind: 'step'; readonly step: Step; readonly report: StageReport }
  | { readonly kind: 'wait'; readonly report: StageReport; readonly lookAgainMs?: number }
  | { readonly kind: 'fail'; readonly failure: Failure; readonly report: StageReport };

export interface StageContext {
  readonly nowMs: number;
  readonly spec: StageSetSpec;
  readonly position: number;
  readonly pin: Pin;
  readonly status: StageStatus | undefined;
  readonly inventory: InventoryFacts | undefined;
  /** When the run began, in epoch milliseconds: a wait that began before belongs to another run. */
  readonly runStartedMs: number;
}

type BuiltStage = Extract<StageFacts, { state: 'built' }>;

/** Plans one built stage: recorded first, then applied class by class, then waited for. */
export function planStage(stage: BuiltStage, context: StageContext): StagePlan {
  return (
    refuse(stage) ??
    unsynced(stage) ??
    recordFirst(stage, context) ??
    applyNext(stage, context) ??
    verify(stage, context)
  );
}

function failed(stage: BuiltStage, failure: Omit<Failure, 'stage'>): StagePlan {
  const { name } = stage;
  const message = failure.operation === undefined ? failure.message : `${failure.operation}: ${failure.message}`;
  return {
    kind: 'fail',
    failure: { ...failure, stage: name },
    report: { name, phase: 'Failed', message, verifying: false },
  };
}

/** What must not be applied at all. */
function refuse(stage: BuiltStage): StagePlan | undefined {
  const foreign = stage.objects.filter((object) => object.state === 'foreign');
  const [first] = foreign;
  if (first !== undefined) {
    const others = foreign.length > 1 ? ` (and ${count(foreign.length - 1, 'other object')} held by others)` : '';
    return failed(stage, {
      reason: 'StageFailed',
      operation: 'apply',
      message:
        `${formatRef(first.desired.ref)} belongs to ${first.heldBy ?? 'another owner'}${others}; remove it there, ` +
        'or annotate it with stages.metio.wtf/adopt: enabled in the source of this stage to take it over',
      retry: 'retry',
    });
  }
  const unscoped = stage.objects.filter((object) => object.state === 'unscoped').map(({ desired }) => desired.ref);
  if (unscoped.length === 0) return undefined;
  return failed(stage, {
    reason: 'StageFailed',
    operation: 'apply',
    message: `namespace not specified for ${nameSome(unscoped)}; set metadata.namespace, or namespace in the kustomization`,
    retry: 'retry',
  });
}

function unsynced(stage: BuiltStage): StagePlan | undefined {
  const kinds = new Set(
    stage.objects.flatMap(({ state, desired }) => (state === 'unsynced' ? [desired.ref.kind] : [])),
  );
  if (kinds.size === 0) return undefined;
  return {
    kind: 'wait',
    report: { name: stage.name, message: `reading what is there of ${[...kinds].join(', ')}`, verifying: false },
  };
}

/** The entry under which an object of a stage is recorded. */
export function entryOf(object: ObjectFacts, stage: Stage, spec: StageSetSpec): Entry {
  const version = object.desired.ref.apiVersion.split('/').at(-1) ?? '';
  const sa = stage.serviceAccountName || spec.serviceAccountName;
  return {
    id: object.desired.id,
    v: version,
    ...(sa === undefined || sa === '' ? {} : { sa }),
    ...(stage.prune === false ? { prune: false } : {}),
  };
}

function sameEntry(a: Entry | undefined, b: Entry): boolean {
  return a !== undefined && a.v === b.v && a.sa === b.sa && a.prune === b.prune;
}

/** Old and new together are recorded before anything new is written, so that no crash leaves an object unknown. */
function recordFirst(stage: BuiltStage, context: StageContext): StagePlan | undefined {
  const { spec, inventory, position } = context;
  const wanted = stage.objects.map((object) => entryOf(object, stage.spec, spec));
  const recorded = new Map(inventory?.entries.map((entry) => [entry.id, entry]));
  const complete = inventory?.recorded === true && wanted.every((entry) => sameEntry(recorded.get(entry.id), entry));
  if (complete && inventory.position === position) return undefined;
  for (const entry of wanted) recorded.set(entry.id, entry);
  // What comes next is said with it: that is one write of status instead of two.
  const next = applyNext(stage, context);
  return {
    kind: 'step',
    step: { kind: 'record', stage: stage.name, position, entries: [...recorded.values()] },
    report: next?.kind === 'step' ? next.report : { name: stage.name, phase: 'Applying', verifying: false },
  };
}

/** Whether the stage has anything in the cluster that a faulty write could break. */
function modeOf(stage: BuiltStage, { status }: StageContext): ApplyMode {
  if (status?.appliedDigest === stage.digest) return 'drift';
  return stage.objects.some(({ state }) => state === 'changed' || state === 'same') ? 'upgrade' : 'create';
}

function applyNext(stage: BuiltStage, context: StageContext): StagePlan | undefined {
  const { name } = stage;
  const mode = modeOf(stage, context);
  const unknown = stage.objects.filter(({ state }) => state === 'unknown-kind');
  const definitions = new Set(definedKinds(stage));
  const lacking = unknown.filter(({ desired }) => !definitions.has(groupKind(desired.ref)));
  if (mode === 'upgrade' && lacking.length > 0) return unknownKinds(stage, lacking);
  for (const applyClass of APPLY_CLASSES) {
    const members = stage.objects.filter(({ desired }) => desired.class === applyClass);
    const changed = members.filter(({ state }) => state === 'missing' || state === 'changed');
    const total = stage.objects.length;
    if (changed.length > 0) {
      const message = `applying ${changed.length} of ${count(total, 'object')}`;
      return {
        kind: 'step',
        step: { kind: 'apply', stage: name, mode, objects: changed, check: mode === 'upgrade' ? toCheck(stage) : [] },
        report: { name, phase: 'Applying', message, verifying: false },
      };
    }
    const leaving = members.filter(({ state }) => state === 'terminating');
    if (leaving.length > 0) return waitFor(stage, context, leaving, 'to terminate');
    const strange = members.filter(({ state }) => state === 'unknown-kind');
    if (strange.length > 0) return unknownKinds(stage, strange);
    if (applyClass === 'rest') continue;
    const broken = members.find(({ health }) => health.status === 'Failed');
    if (broken !== undefined) return failedHealth(stage, [broken]);
    const unsettled = members.filter(({ health }) => health.status !== 'Current');
    if (unsettled.length > 0) return waitFor(stage, context, unsettled, 'before what comes after it is applied');
  }
  return undefined;
}

/**
 * What changes, but for objects that the server cannot judge yet: those in namespaces that the stage has still to make.
 */
function toCheck({ objects }: BuiltStage): ObjectFacts[] {
  const changed = objects.filter(({ state }) => state === 'missing' || state === 'changed');
  const namespaces = new Set(
    changed.flatMap(({ state, desired: { ref } }) =>
      state === 'missing' && ref.apiVersion === 'v1' && ref.kind === 'Namespace' ? [ref.name] : [],
    ),
  );
  return changed.filter(({ desired: { ref } }) => ref.namespace === undefined || !namespaces.has(ref.namespace));
}

function groupKind({ apiVersion, kind }: ObjectRef): string {
  const slash = apiVersion.indexOf('/');
  return `${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`;
}

/** Group and kind of what the stage's own CustomResourceDefinitions will bring. */
function definedKinds(stage: BuiltStage): string[] {
  return stage.objects.flatMap(({ desired }) => {
    if (desired.ref.kind !== 'CustomResourceDefinition') return [];
    const spec = desired.object['spec'] as { group?: unknown; names?: { kind?: unknown } } | undefined;
    return [`${String(spec?.group)}/${String(spec?.names?.kind)}`];
  });
}

function unknownKinds(stage: BuiltStage, objects: readonly ObjectFacts[]): StagePlan {
  const kinds = [...new Set(objects.map(({ desired: { ref } }) => `${ref.kind} in ${ref.apiVersion}`))];
  const named = objects.slice(0, 3).map(({ desired }) => formatRef(desired.ref));
  return failed(stage, {
    reason: 'RBACDenied',
    operation: 'apply',
    message:
      `the cluster has no kind ${kinds.join(', no kind ')}, which ${named.join(', ')} ${named.length > 1 ? 'need' : 'needs'}; ` +
      'it goes on as soon as its CustomResourceDefinition is installed',
    retry: 'slowly',
  });
}

function failedHealth(stage: BuiltStage, objects: readonly ObjectFacts[]): StagePlan {
  const reasons = objects
    .slice(0, 3)
    .map(
      ({ desired, health }) =>
        `${formatRef(desired.ref)} has failed: ${health.message ?? health.reason ?? 'no reason given'}`,
    );
  const rest = objects.length > 3 ? ` (and ${count(objects.length - 3, 'other object')})` : '';
  return failed(stage, {
    reason: 'StageFailed',
    operation: 'verify',
    message: `${reasons.join('; ')}${rest}`,
    retry: 'retry',
  });
}

function waitingList(objects: readonly ObjectFacts[]): WaitingFor[] {
  return objects.slice(0, MAX_WAITING_FOR).map(({ desired: { ref }, health }) => ({
    ...ref,
    status: health.status,
    ...(health.reason === undefined ? {} : { reason: health.reason }),
    ...(health.message === undefined ? {} : { message: health.message }),
  }));
}

/** When the stage's time is up, and whether it is. The clock starts with the first pass that waits. */
function deadlineOf(stage: BuiltStage, { status, nowMs, runStartedMs, spec }: StageContext) {
  const said = status?.verifyingSince === undefined ? Number.NaN : Date.parse(status.verifyingSince);
  // Instants in status have no milliseconds.
  const since = Number.isNaN(said) || said < Math.floor(runStartedMs / 1000) * 1000 ? nowMs : said;
  const timeoutMs = verifyTimeoutMs(spec, stage.spec);
  return { timeoutMs, atMs: since + timeoutMs, passed: nowMs >= since + timeoutMs };
}

/** Says what is waited for; once the stage's time is up, says that instead. */
function waitFor(stage: BuiltStage, context: StageContext, objects: readonly ObjectFacts[], what?: string): StagePlan {
  const { name } = stage;
  const total = stage.objects.length;
  const ready = total - objects.length;
  const names = nameSome(objects.map(({ desired }) => desired.ref));
  const message = `${ready} of ${total} ready, waiting for ${names}${what === undefined ? '' : ` ${what}`}`;
  const deadline = deadlineOf(stage, context);
  const report: StageReport = {
    name,
    phase: what === undefined ? 'Verifying' : 'Applying',
    message,
    progress: { ready, total, waitingFor: waitingList(objects) },
    verifying: true,
  };
  if (!deadline.passed) return { kind: 'wait', report, lookAgainMs: deadline.atMs };
  const first = objects[0]?.health;
  const why = first?.message === undefined || first.message === '' ? '' : ` (${first.message})`;
  const rollback = (stage.spec.onTimeout ?? context.spec.onTimeout) === 'Rollback';
  const failure: Failure = {
    reason: rollback ? 'StageFailed' : 'StageProgressing',
    stage: name,
    operation: 'verify',
    message: `${message}${why} (waited ${formatDuration(deadline.timeoutMs)}: stage readyChecks.timeout, else stages[].timeout, else spec.timeout)`,
    retry: 'retry',
  };
  return {
    kind: 'fail',
    failure,
    report: { ...report, phase: rollback ? 'Failed' : 'Verifying', message: `verify: ${message}` },
  };
}

function verify(stage: BuiltStage, context: StageContext): StagePlan {
  const { name, objects, digest } = stage;
  const applied = { digest, revision: context.pin.revision, entries: objects.length };
  const waits = stage.spec.readyChecks?.disableWait !== true;
  const broken = waits ? objects.filter(({ health }) => health.status === 'Failed') : [];
  if (broken.length > 0) {
    const plan = failedHealth(stage, broken);
    const unready = objects.filter(({ health }) => health.status !== 'Current');
    const progress = {
      ready: objects.length - unready.length,
      total: objects.length,
      waitingFor: waitingList([...broken, ...unready.filter((object) => !broken.includes(object))]),
    };
    return { ...plan, report: { ...plan.report, applied, progress } };
  }
  const unready = waits ? objects.filter(({ health }) => health.status !== 'Current') : [];
  if (unready.length > 0) {
    const plan = waitFor(stage, context, unready);
    return { ...plan, report: { ...plan.report, applied } };
  }
  return {
    kind: 'done',
    report: {
      name,
      phase: 'Ready',
      applied,
      progress: { ready: objects.length, total: objects.length, waitingFor: [] },
      verifying: false,
    },
  };
}
