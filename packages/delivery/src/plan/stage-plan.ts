import type { Stage, StageSetSpec } from '@stageset/api';
import { APPLY_CLASSES, formatRef, type ObjectRef } from '@stageset/k8s';
import { type Entry, entryKey } from '../inventory/entry.ts';
import type { ObjectFacts } from './facts.ts';
import { type BuiltStage, type StageContext, type StagePlan, stageFailed } from './stage-context.ts';
import type { ApplyMode } from './step.ts';
import { verify } from './verify.ts';
import { awaited, failedHealth, waitFor } from './waiting.ts';
import { count, nameSome } from './words.ts';

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

/** What must not be applied at all. */
function refuse(stage: BuiltStage): StagePlan | undefined {
  const foreign = stage.objects.filter((object) => object.state === 'foreign');
  const [first] = foreign;
  if (first !== undefined) {
    const others = foreign.length > 1 ? ` (and ${count(foreign.length - 1, 'other object')} held by others)` : '';
    return stageFailed(stage, {
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
  return stageFailed(stage, {
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
    report: { name: stage.name, message: `reading what is there of ${[...kinds].join(', ')}` },
  };
}

/** The entry under which an object of a stage is recorded. */
export function entryOf(object: ObjectFacts, stage: Stage, spec: StageSetSpec, location?: string): Entry {
  const version = object.desired.ref.apiVersion.split('/').at(-1) ?? '';
  const sa = stage.serviceAccountName || spec.serviceAccountName;
  return {
    id: object.desired.id,
    v: version,
    ...(sa === undefined || sa === '' ? {} : { sa }),
    ...(stage.prune === false ? { prune: false } : {}),
    ...(location === undefined ? {} : { at: location }),
  };
}

function sameEntry(a: Entry | undefined, b: Entry): boolean {
  return a !== undefined && a.v === b.v && a.sa === b.sa && a.prune === b.prune;
}

/** Old and new together are recorded before anything new is written, so that no crash leaves an object unknown. */
function recordFirst(stage: BuiltStage, context: StageContext): StagePlan | undefined {
  const { spec, inventory, position, location } = context;
  const wanted = stage.objects.map((object) => entryOf(object, stage.spec, spec, location));
  const recorded = new Map(inventory?.entries.map((entry) => [entryKey(entry), entry]));
  const complete =
    inventory?.recorded === true && wanted.every((entry) => sameEntry(recorded.get(entryKey(entry)), entry));
  if (complete && inventory.position === position) return undefined;
  for (const entry of wanted) recorded.set(entryKey(entry), entry);
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
  const wait = (unready: readonly ObjectFacts[], until: string) =>
    waitFor(stage, context, { unready: unready.map(awaited), total: stage.objects.length, until });
  for (const applyClass of APPLY_CLASSES) {
    const members = stage.objects.filter(({ desired }) => desired.class === applyClass);
    const changed = members.filter(({ state }) => state === 'missing' || state === 'changed');
    const total = stage.objects.length;
    if (changed.length > 0) {
      const message = `applying ${changed.length} of ${count(total, 'object')}`;
      return {
        kind: 'step',
        step: { kind: 'apply', stage: name, mode, objects: changed, check: mode === 'upgrade' ? toCheck(stage) : [] },
        // What is put back while it is waited for does not give it more time.
        report: { name, phase: 'Applying', message, ...(mode === 'drift' ? {} : { verifying: false }) },
      };
    }
    const leaving = members.filter(({ state }) => state === 'terminating');
    if (leaving.length > 0) return wait(leaving, 'to terminate');
    const strange = members.filter(({ state }) => state === 'unknown-kind');
    if (strange.length > 0) return unknownKinds(stage, strange);
    if (applyClass === 'rest') continue;
    const broken = members.find(({ health }) => health.status === 'Failed');
    if (broken !== undefined) return failedHealth(stage, [awaited(broken)]);
    const unsettled = members.filter(({ health }) => health.status !== 'Current');
    if (unsettled.length > 0) return wait(unsettled, 'before what comes after it is applied');
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
  return stageFailed(stage, {
    reason: 'RBACDenied',
    operation: 'apply',
    message:
      `the cluster has no kind ${kinds.join(', no kind ')}, which ${named.join(', ')} ${named.length > 1 ? 'need' : 'needs'}; ` +
      'it goes on as soon as its CustomResourceDefinition is installed',
    retry: 'slowly',
  });
}
