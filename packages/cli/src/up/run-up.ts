import { crds, type StageSet, sourceCrds } from '@stageset/api';
import { serveArtifacts } from '@stageset/artifact';
import { parseDuration } from '@stageset/k8s';
import { systemClock } from '@stageset/runtime';
import type { UpFlags } from '../commands/up.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import { LOCAL_PATH_ANNOTATION, type LocalSource, localSources } from '../inputs/local-sources.ts';
import { readInputs } from '../inputs/read.ts';
import type { Io } from '../io.ts';
import { paint, wantsColor } from '../output/paint.ts';
import { createDisplay } from '../view/live.ts';
import { summary } from '../view/summary.ts';
import { applyInputs, inNamespace } from './apply-inputs.ts';
import { askAnew } from './ask-anew.ts';
import { awaitedOf } from './awaited.ts';
import { installKinds } from './install-kinds.ts';
import { keepUp } from './keep-up.ts';
import { noteLogger } from './note-logger.ts';
import { Publisher } from './publisher.ts';
import { followRollout } from './rollout-follower.ts';
import { openTarget, type Target } from './target.ts';
import { validateInputs } from './validate-inputs.ts';

/** `stageset up`: everything from files to a finished rollout. What is wrong with the input is said before anything starts. */
export async function runUp(paths: readonly string[], flags: UpFlags, io: Io): Promise<ExitCode> {
  const documents = await readInputs(paths, io.cwd);
  validateInputs(documents);
  const timeoutMs = timeoutOf(flags.timeout);
  const clock = systemClock;

  await using cleanup = new AsyncDisposableStack();
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const target = await openTarget(flags, io, clock);
  cleanup.defer(() => target.close());
  const namespace = flags.namespace ?? target.namespace;
  const sources = await localSources(documents, flags.source, namespace, io.cwd);
  const display = createDisplay(io, clock, flags.output);
  cleanup.defer(() => void display.end());
  const server = await serveArtifacts();
  cleanup.defer(() => server.stop());

  const { cluster } = target;
  await installKinds(cluster, { own: crds(), sources: sourceCrds() }, clock, signal);
  // Started before the files are applied: its watches sync meanwhile.
  const controller = await target.startController({ logger: noteLogger(display.note), note: display.note, signal });
  cleanup.defer(async () => {
    stop.abort();
    await controller.stopped;
  });

  const placed = await Promise.all(
    documents.map(async (document) => ({
      ...document,
      object: await inNamespace(cluster, document.object, namespace),
    })),
  );
  const isServed = (annotations: Record<string, string> | undefined) =>
    annotations?.[LOCAL_PATH_ANNOTATION] !== undefined;
  const stageSets = placed
    .filter(({ object }) => object.kind === 'StageSet')
    .map(({ object }) => object as unknown as StageSet);
  await applyInputs(
    cluster,
    placed
      .filter(({ object }) => object.kind !== 'StageSet' && !isServed(object.metadata.annotations))
      .map(({ object }) => object),
  );
  const publisher = new Publisher(cluster, server, clock);
  const served: LocalSource[] = await Promise.all(
    sources.map(async (source) => ({ ...source, object: await inNamespace(cluster, source.object, namespace) })),
  );
  await Promise.all(served.map((source) => publisher.publish(source)));
  const asked = await askAnew(cluster, stageSets, clock);
  const awaited = (stageSet: StageSet) => awaitedOf(stageSet, publisher.revisions);
  const rollout = followRollout({ cluster, stageSets: asked, awaited, display, signal });
  await applyInputs(cluster, asked as unknown as Parameters<typeof applyInputs>[1]);
  const view = await rollout.finished(clock, timeoutMs);
  if (flags.keep && !io.signal.aborted) await keepUp({ io, target, served, publisher, rollout, display, clock });
  const timeline = display.end();
  if (io.signal.aborted) return EXIT.interrupted;

  if (flags.output === 'text') {
    const colors = paint(wantsColor(io.stdout.isTerminal, io.env));
    const lines = summary(view, timeline, { paint: colors, now: clock.now(), ...hint(target) });
    io.stdout.write(`${['', ...lines].join('\n')}\n`);
  }
  return view.releases.every(({ state }) => state === 'ready') ? EXIT.ok : EXIT.failed;
}

function hint(target: Target): { readonly hint?: string } {
  return target.isLocal ? {} : { hint: 'kubectl describe stageset, or: stageset get NAME' };
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.ms > 0) return parsed.ms;
  throw new CommandError(EXIT.usage, `--timeout ${text}: expected a duration above zero, for example 90s or 1h30m`);
}
