import { watch } from 'node:fs';
import type { Clock } from '@stageset/ports';
import type { LocalSource } from '../inputs/local-sources.ts';
import type { Io } from '../io.ts';
import type { Display } from '../view/live.ts';
import type { Publisher } from './publisher.ts';
import type { RolloutFollower } from './rollout-follower.ts';
import type { Target } from './target.ts';

/** Editors write a file in several steps; what happens within this time is one change. */
const SETTLE_MS = 100;

/** Stays up until Ctrl-C; publishes a served folder anew whenever it changes. */
export async function keepUp(options: {
  readonly io: Io;
  readonly target: Target;
  readonly served: readonly LocalSource[];
  readonly publisher: Publisher;
  readonly rollout: RolloutFollower;
  readonly display: Display;
  readonly clock: Clock;
}): Promise<void> {
  const { io, target, served, publisher, display, clock } = options;
  const kubeconfig = await target.writeKubeconfig();
  display.note(
    [
      ...(kubeconfig === undefined ? [] : [`export KUBECONFIG=${kubeconfig}`]),
      ...served.map(({ label, folder }) => `watching ${folder} for ${label}`),
      'Ctrl-C ends it.',
    ].join('\n'),
  );
  const watchers = served.map((source) => {
    let cancel: (() => void) | undefined;
    let publishing = Promise.resolve();
    const publish = async () => {
      try {
        const { changed, revision } = await publisher.publish(source);
        if (changed) display.note(`${source.label} is now ${revision}`);
      } catch (error) {
        display.note(`not published: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    return watch(source.folder, { recursive: true }, () => {
      cancel?.();
      cancel = clock.schedule(SETTLE_MS, () => {
        publishing = publishing.then(publish);
      });
    });
  });
  // Timers of the clock keep no process alive; this does, until the signal.
  const alive = watchers.length === 0 ? watch(io.cwd, () => undefined) : undefined;
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const watcher of watchers) watcher.close();
  alive?.close();
}
