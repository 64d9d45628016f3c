import type { ReleaseView, RolloutView, StageView } from './rollout.ts';

/** One thing that changed between two looks at a rollout. */
export type Transition =
  | { readonly type: 'stage'; readonly release: string; readonly stage: StageView }
  | { readonly type: 'release'; readonly release: ReleaseView };

/** What changed, in the order in which it stands. Pure. */
export function transitions(before: RolloutView, after: RolloutView): Transition[] {
  const known = new Map(before.releases.map((release) => [release.id, release]));
  return after.releases.flatMap((release) => {
    const old = known.get(release.id);
    const stages = new Map(old?.stages.map((stage) => [stage.name, stage]));
    const changed: Transition[] = release.stages
      .filter((stage) => differs(stages.get(stage.name), stage))
      .map((stage) => ({ type: 'stage', release: release.id, stage }));
    const verdictChanged =
      old?.state !== release.state || old.reason !== release.reason || old.message !== release.message;
    const isOver = release.state === 'ready' || release.state === 'failed' || release.state === 'suspended';
    const told = isOver || release.isHeld;
    return told && verdictChanged ? [...changed, { type: 'release', release }] : changed;
  });
}

function differs(before: StageView | undefined, after: StageView): boolean {
  if (before === undefined) return after.phase !== 'Pending';
  return (
    before.phase !== after.phase ||
    before.ready !== after.ready ||
    before.total !== after.total ||
    before.waitingFor !== after.waitingFor ||
    before.message !== after.message
  );
}

/** One stable line a change, for logs and `grep`. */
export function transitionLine(transition: Transition): string {
  if (transition.type === 'release') {
    const { id, state, reason, message } = transition.release;
    return `${id} ${state}${reason === '' ? '' : ` ${reason}`}${message === '' ? '' : `: ${message}`}`;
  }
  const { release, stage } = transition;
  const count = stage.total > 0 ? ` ${stage.ready}/${stage.total}` : '';
  const wait = stage.waitingFor === undefined ? '' : ` waiting for ${stage.waitingFor}`;
  const step = stage.phase === 'Ready' ? '' : stage.action === undefined ? wait : ` ${stage.action}`;
  const message = stage.phase === 'Failed' && stage.message !== '' ? ` ${stage.message}` : '';
  return `${release} ${stage.name} ${stage.phase}${count}${step}${message}`;
}

/** One JSON document a change; `at` is RFC 3339. */
export function transitionJson(transition: Transition, at: string): string {
  if (transition.type === 'release') {
    const { id, state, reason, message } = transition.release;
    return JSON.stringify({ at, type: 'release', stageSet: id, state, reason, message });
  }
  const { name, phase, ready, total, revision, waitingFor, message } = transition.stage;
  return JSON.stringify({
    at,
    type: 'stage',
    stageSet: transition.release,
    stage: name,
    phase,
    objects: { ready, total },
    ...(revision === '' ? {} : { revision }),
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...(message === '' ? {} : { message }),
  });
}
