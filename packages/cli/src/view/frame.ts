import type { Paint } from '../output/paint.ts';
import { columnsOf, padEnd, printable, truncate } from '../output/width.ts';
import {
  elapsedMs,
  formatElapsed,
  type ReleaseView,
  type RolloutView,
  type StageView,
  stageKey,
  type Timeline,
} from './rollout.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
export const SPINNER_MS = 80;
const BAR = 12;
/** Below this many columns the bar goes. */
const WITH_BAR = 72;

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
  readonly now: number;
}

/** The live view, line by line; no line is wider than the terminal and there are no more of them than fit. Pure. */
export function frame(view: RolloutView, timeline: Timeline, options: FrameOptions): string[] {
  const lines = view.releases.flatMap((release, index) => [
    ...(index === 0 ? [] : ['']),
    ...releaseLines(release, timeline, options),
  ]);
  const fitting = Math.max(1, options.rows - 1);
  if (lines.length <= fitting) return lines;
  return [...lines.slice(0, fitting - 1), options.paint.dim(`… ${lines.length - fitting + 1} more lines`)];
}

function releaseLines(release: ReleaseView, timeline: Timeline, options: FrameOptions): string[] {
  const { paint, columns, now } = options;
  const elapsed = elapsedMs(timeline, release.id, now);
  const time = elapsed === undefined ? '' : formatElapsed(elapsed);
  const title = truncate(release.id, Math.max(8, columns - time.length - 4));
  const gap = ' '.repeat(Math.max(1, columns - columnsOf(title) - time.length - 1));
  const nameWidth = Math.min(24, Math.max(...release.stages.map((stage) => columnsOf(stage.name)), 0));
  return [
    `${paint.bold(title)}${gap}${paint.dim(time)}`,
    ...release.stages.flatMap((stage) => stageLines(release, stage, nameWidth, timeline, options)),
    ...verdictLines(release, options),
  ];
}

function stageLines(
  release: ReleaseView,
  stage: StageView,
  nameWidth: number,
  timeline: Timeline,
  { columns, paint, now }: FrameOptions,
): string[] {
  const elapsed = elapsedMs(timeline, stageKey(release, stage), now);
  const time = elapsed === undefined ? '' : formatElapsed(elapsed);
  const name = padEnd(truncate(stage.name, nameWidth), nameWidth);
  const count = stage.total > 0 ? `${stage.ready}/${stage.total}` : '';
  const bar = columns >= WITH_BAR ? `${progressBar(stage, paint)}  ` : '';
  const head = `  ${mark(stage, paint, now)} ${stage.phase === 'Pending' ? paint.dim(name) : name}  ${bar}${padEnd(count, 7)} ${padEnd(stage.phase, 9)}`;
  const wait = stage.phase === 'Ready' ? '' : printable(stage.action ?? stage.waitingFor ?? '');
  const room = columns - columnsOf(head) - time.length - 3;
  if (columnsOf(wait) > room) {
    return [withTime(head, '', time, columns, paint), `      ${paint.dim(truncate(wait, columns - 7))}`];
  }
  return [withTime(head, wait === '' ? '' : paint.dim(wait), time, columns, paint)];
}

function withTime(head: string, wait: string, time: string, columns: number, paint: Paint): string {
  const text = wait === '' ? head.trimEnd() : `${head} ${wait}`;
  if (time === '' || columnsOf(text) + time.length + 1 >= columns) return cut(text, columns);
  return `${text}${' '.repeat(columns - columnsOf(text) - time.length - 1)}${paint.dim(time)}`;
}

/** On a terminal too narrow even for the head of a line, colours give way to the words. */
function cut(text: string, columns: number): string {
  return columnsOf(text) < columns ? text : truncate(printable(text), columns - 1);
}

function verdictLines(release: ReleaseView, { columns, paint }: FrameOptions): string[] {
  const failed = release.state === 'failed';
  if (release.message === '' || !(failed || release.isHeld)) return [];
  const line = truncate(printable(`${release.reason}: ${release.message}`), columns - 3);
  return [`  ${failed ? paint.red(line) : paint.yellow(line)}`];
}

function mark(stage: StageView, paint: Paint, now: number): string {
  switch (stage.phase) {
    case 'Ready':
      return paint.green('✓');
    case 'Failed':
      return paint.red('✗');
    case 'Pending':
      return paint.dim('·');
    case 'Applying':
    case 'Pruning':
    case 'Verifying':
      return paint.cyan(SPINNER[Math.floor(now / SPINNER_MS) % SPINNER.length] ?? '⠋');
  }
}

function progressBar({ phase, ready, total }: StageView, paint: Paint): string {
  const filled = phase === 'Ready' ? BAR : total === 0 ? 0 : Math.min(BAR, Math.floor((ready / total) * BAR));
  const color = phase === 'Ready' ? paint.green : phase === 'Failed' ? paint.red : paint.cyan;
  return `${color('━'.repeat(filled))}${paint.dim('─'.repeat(BAR - filled))}`;
}
