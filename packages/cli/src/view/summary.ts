import type { Paint } from '../output/paint.ts';
import { padEnd, printable } from '../output/width.ts';
import { elapsedMs, formatElapsed, type ReleaseView, type RolloutView, stageKey, type Timeline } from './rollout.ts';

export interface SummaryOptions {
  readonly paint: Paint;
  readonly now: number;
  /** What to type to look closer, where there is a cluster that stays. */
  readonly hint?: string;
}

/** How a rollout ended, for people: what was delivered, or what failed, where, why and what to do. Pure. */
export function summary(view: RolloutView, timeline: Timeline, options: SummaryOptions): string[] {
  return view.releases.flatMap((release, index) => [
    ...(index === 0 ? [] : ['']),
    ...(release.state === 'ready' ? delivered(release, timeline, options) : notDelivered(release, timeline, options)),
  ]);
}

function delivered(release: ReleaseView, timeline: Timeline, { paint, now }: SummaryOptions): string[] {
  const objects = release.stages.reduce((sum, stage) => sum + stage.total, 0);
  const width = Math.max(...release.stages.map((stage) => stage.name.length));
  return [
    `${paint.green('✓')} ${paint.bold(release.id)} is ready: ${count(release.stages.length, 'stage')}, ${count(objects, 'object')}${took(timeline, release.id, now)}`,
    ...release.stages.map((stage) => {
      const time = elapsedMs(timeline, stageKey(release, stage), now);
      const parts = [
        padEnd(stage.name, width),
        padEnd(count(stage.total, 'object'), 11),
        padEnd(time === undefined ? '' : formatElapsed(time), 6),
      ];
      return `    ${parts.join('  ')}  ${paint.dim(shortRevision(stage.revision))}`.trimEnd();
    }),
  ];
}

function notDelivered(release: ReleaseView, timeline: Timeline, { paint, now, hint }: SummaryOptions): string[] {
  const stopped =
    release.stages.find((stage) => stage.phase === 'Failed') ?? release.stages.find((stage) => stage.phase !== 'Ready');
  const where = stopped === undefined || release.state === 'suspended' ? '' : ` at stage ${paint.bold(stopped.name)}`;
  const mark = release.state === 'failed' ? paint.red('✗') : paint.yellow('○');
  const runbook = /\s*\(runbook: (\S+)\)$/.exec(release.message);
  const why = printable(runbook === null ? release.message : release.message.slice(0, runbook.index));
  const verdict = release.state === 'failed' ? 'failed' : `is ${release.state}`;
  return [
    `${mark} ${paint.bold(release.id)} ${verdict}${where}${took(timeline, release.id, now)}`,
    ...line('why', release.reason === '' ? why : `${release.reason}: ${why}`),
    ...line('waits for', stopped?.waitingFor === undefined ? '' : printable(stopped.waitingFor)),
    ...line('onFailure', stopped?.cleanUp === undefined ? '' : printable(stopped.cleanUp)),
    ...line('what to do', runbook?.[1] === undefined ? '' : `see ${runbook[1]}`),
    ...line('look closer', hint ?? ''),
  ];
}

function line(label: string, text: string): string[] {
  return text === '' ? [] : [`    ${padEnd(label, 12)}${text}`];
}

function took(timeline: Timeline, key: string, now: number): string {
  const ms = elapsedMs(timeline, key, now);
  return ms === undefined ? '' : `, ${formatElapsed(ms)}`;
}

/** A digest is told apart by its first digits; the whole of it is in the status. */
function shortRevision(revision: string): string {
  return revision.replace(/\b(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
