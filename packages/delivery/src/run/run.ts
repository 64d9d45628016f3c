import type { ActionPin, Pin, Run, StageSet } from '@stageset/api';
import type { ActionSource } from '../actions/facts.ts';
import { freshForces, freshResetScope } from '../actions/requests.ts';
import type { SourceFact } from '../source/source.ts';

/** Why a run is to begin now. `undefined` while the run that is there still says what to deliver. */
export type RunTrigger = 'first' | 'spec' | 'revision' | 'request' | 'force' | 'reset';

/** The key of a pin in `lastAttemptedRevisions` and `lastAppliedRevisions`: `<namespace>/<name>`. */
export function revisionsOf(pins: readonly Pin[]): Record<string, string> {
  const kinds = new Map<string, Set<string>>();
  for (const pin of pins) {
    const key = `${pin.namespace}/${pin.name}`;
    kinds.set(key, (kinds.get(key) ?? new Set()).add(pin.kind));
  }
  const revisions: Record<string, string> = {};
  for (const pin of pins) {
    const key = `${pin.namespace}/${pin.name}`;
    // Two kinds of one name would overwrite each other: then, and only then, the key carries the kind.
    revisions[(kinds.get(key)?.size ?? 1) > 1 ? `${pin.kind}/${key}` : key] = pin.revision;
  }
  return revisions;
}

/**
 * The pins of every stage, or the first source that keeps a run from being complete. `needed` holds, beside those of the
 * stages, the sources of actions: a run pins them too, although a newer revision of theirs begins none.
 */
export function pinsOf(
  needed: readonly SourceFact[],
  sources: readonly SourceFact[] = needed,
): {
  readonly pins: readonly Pin[];
  readonly lacking?: SourceFact;
} {
  const pins = sources.flatMap((source) => (source.state === 'pinned' ? [source.pin] : []));
  let lacking: SourceFact | undefined;
  for (const source of needed) {
    if (source.state === 'pinned') continue;
    // What is known to be wrong tells more than a cache that is being filled.
    if (lacking === undefined || (lacking.state === 'syncing' && source.state === 'unready')) lacking = source;
  }
  return lacking === undefined ? { pins } : { pins, lacking };
}

function samePins(a: readonly Pin[], b: readonly Pin[]): boolean {
  const before = new Map(a.map((pin) => [pin.stage, pin]));
  return (
    a.length === b.length &&
    b.every((pin) => {
      const old = before.get(pin.stage);
      return old !== undefined && old.digest === pin.digest && old.revision === pin.revision && old.kind === pin.kind;
    })
  );
}

/**
 * Whether a new run has to take the place of the one in status. A newer spec, a newer revision of any stage and a new
 * request each supersede what is going on, at once.
 */
export function triggerOf(
  stageSet: StageSet,
  pins: readonly Pin[] | undefined,
  requestedAt: string | undefined,
): RunTrigger | undefined {
  const { metadata, status } = stageSet;
  const run = status?.run;
  if (run === undefined) return 'first';
  if (run.generation !== (metadata.generation ?? 0)) return 'spec';
  if (pins !== undefined && !samePins(run.pins, pins)) return 'revision';
  if (requestedAt !== undefined && requestedAt !== status?.lastHandledReconcileAt) return 'request';
  if (freshForces(stageSet).size > 0) return 'force';
  return freshResetScope(stageSet) === undefined ? undefined : 'reset';
}

/** `id` counts up, so that two runs of one StageSet never share theirs. */
export function nextRun(
  stageSet: StageSet,
  pins: readonly Pin[],
  actionPins: readonly ActionPin[],
  startedAt: string,
): Run {
  const last = Number.parseInt(stageSet.status?.run?.id ?? '0', 10);
  return {
    id: String((Number.isSafeInteger(last) ? last : 0) + 1),
    generation: stageSet.metadata.generation ?? 0,
    startedAt,
    pins: [...pins],
    ...(actionPins.length === 0 ? {} : { actionPins: [...actionPins] }),
  };
}

export function actionPinsOf(sources: readonly ActionSource[]): readonly ActionPin[] {
  return sources.flatMap(({ stage, action, source }) => {
    if (source.state !== 'pinned') return [];
    const { stage: _, ...artifact } = source.pin;
    return [{ stage, action, ...artifact }];
  });
}
