import type { StageSet } from '@stageset/api';
import { API_VERSION } from '@stageset/api';
import type { Clock, Cluster } from '@stageset/ports';
import type { Display } from '../view/live.ts';
import { type Awaited, releaseView } from '../view/release-view.ts';
import type { RolloutView } from '../view/rollout.ts';

export interface RolloutFollower {
  /** What the cluster says now. */
  view(): RolloutView;
  /** The view when nothing moves any more: every release is ready, or none is on its way and some have failed; or when the time is up. */
  finished(clock: Clock, timeoutMs: number | undefined): Promise<RolloutView>;
}

/** Shows the StageSets of a call as the cluster reports them, until `signal` aborts. */
export function followRollout(options: {
  readonly cluster: Cluster;
  readonly stageSets: readonly StageSet[];
  /** What a release is to come to, as things are now. */
  readonly awaited: (stageSet: StageSet) => Awaited;
  readonly display: Display;
  readonly signal: AbortSignal;
}): RolloutFollower {
  const { cluster, stageSets, awaited, display, signal } = options;
  const store = cluster.follow({ apiVersion: API_VERSION, kind: 'StageSet' }, signal);
  const view = (): RolloutView => ({
    releases: stageSets.map((applied) => {
      const { namespace, name } = applied.metadata;
      const live = store.get(namespace, name) as unknown as StageSet | undefined;
      return releaseView(live ?? applied, awaited(applied));
    }),
  });
  store.subscribe(() => display.show(view()));
  display.show(view());
  return {
    view,
    finished: (clock, timeoutMs) =>
      new Promise((resolve) => {
        const end = () => {
          unsubscribe();
          cancel?.();
          resolve(view());
        };
        const look = () => {
          if (isFinished(view())) end();
        };
        const unsubscribe = store.subscribe(look);
        const cancel = timeoutMs === undefined ? undefined : clock.schedule(timeoutMs, end);
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
        look();
      }),
  };
}

/** A release that failed may still be healed by one that is on its way (a CRD that it brings), so that one is awaited. */
export function isFinished({ releases }: RolloutView): boolean {
  return releases.every(({ state, isCleaningUp }) => state !== 'pending' && state !== 'progressing' && !isCleaningUp);
}
