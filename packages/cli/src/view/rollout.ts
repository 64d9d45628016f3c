/**
 * What a rollout looks like to a person, taken from what is in the cluster and nowhere else, so that the same view
 * serves the local cluster, a real one, and a rollout that somebody else's controller drives.
 */
export interface RolloutView {
  readonly releases: readonly ReleaseView[];
}

/** `failed` means that only a person can mend it, or that every attempt so far has failed. */
export type ReleaseState = 'pending' | 'progressing' | 'ready' | 'failed' | 'suspended';

export interface ReleaseView {
  /** `namespace/name`. */
  readonly id: string;
  readonly state: ReleaseState;
  /** The Ready condition's reason and message; empty before the first verdict. */
  readonly reason: string;
  readonly message: string;
  /** Something outside of its stages has to happen before it goes on: a dependency, a source, a gate. */
  readonly isHeld: boolean;
  /** It has failed, and `onFailure` of the stage that did is about to be carried out, or being so. */
  readonly isCleaningUp: boolean;
  readonly stages: readonly StageView[];
}

export type StagePhase = 'Pending' | 'Applying' | 'Pruning' | 'Verifying' | 'Ready' | 'Failed';

export interface StageView {
  readonly name: string;
  readonly phase: StagePhase;
  readonly ready: number;
  readonly total: number;
  readonly revision: string;
  /** The object that is waited for, in words: `Deployment shop/storefront: 1 of 3 replicas are ready`. */
  readonly waitingFor: string | undefined;
  /** What `onFailure` has come to after the failure of this run, in words: `maintenance-off done, tell failed (…)`. */
  readonly cleanUp?: string;
  /** The action that is being carried out, in words: `action "migrate": waiting for Job shop/migrate (0 of 1 complete, 1 running)`. */
  readonly action: string | undefined;
  readonly message: string;
}

/** When things were seen to begin and end, in epoch milliseconds. Keyed by release, or release and stage. */
export interface Timeline {
  readonly began: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, number>;
}

export const EMPTY_TIMELINE: Timeline = { began: new Map(), ended: new Map() };

export const stageKey = (release: ReleaseView, stage: StageView): string => `${release.id}/${stage.name}`;

/** Takes a look at the rollout into the timeline. A stage that leaves its end again (a new revision) begins anew. */
export function observe(timeline: Timeline, view: RolloutView, now: number): Timeline {
  const began = new Map(timeline.began);
  const ended = new Map(timeline.ended);
  const note = (key: string, running: boolean, over: boolean) => {
    if ((running || over) && !began.has(key)) began.set(key, now);
    if (over && !ended.has(key)) ended.set(key, now);
    if (running && ended.has(key)) {
      ended.delete(key);
      began.set(key, now);
    }
  };
  for (const release of view.releases) {
    note(release.id, release.state === 'progressing' || release.state === 'pending', isOver(release.state));
    for (const stage of release.stages) {
      const over = stage.phase === 'Ready' || stage.phase === 'Failed';
      note(stageKey(release, stage), !over && stage.phase !== 'Pending', over);
    }
  }
  return { began, ended };
}

function isOver(state: ReleaseState): boolean {
  return state === 'ready' || state === 'failed' || state === 'suspended';
}

/** Milliseconds from begin to end, or to now while it runs; `undefined` for what has not begun. */
export function elapsedMs(timeline: Timeline, key: string, now: number): number | undefined {
  const began = timeline.began.get(key);
  return began === undefined ? undefined : (timeline.ended.get(key) ?? now) - began;
}

/** `0.4s`, `12.3s`, `4m05s`, `2h03m`. */
export function formatElapsed(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}
