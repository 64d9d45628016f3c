import type { Clock } from '@stageset/ports';
import type { Io } from '../io.ts';
import { paint, wantsColor } from '../output/paint.ts';
import { frame, SPINNER_MS } from './frame.ts';
import { EMPTY_TIMELINE, observe, type RolloutView, type Timeline } from './rollout.ts';
import { transitionJson, transitionLine, transitions } from './transitions.ts';

/** Shows a rollout as it goes. */
export interface Display {
  show(view: RolloutView): void;
  /** A line about something beside the rollout; it stays above the live part. */
  note(text: string): void;
  /** Leaves the last state standing and gives back the timeline for the summary. Again: nothing more is drawn. */
  end(): Timeline;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';

/** The display for where the output goes: redrawn frames on a terminal, one line a change elsewhere, JSON if asked. */
export function createDisplay(io: Io, clock: Clock, output: 'text' | 'json'): Display {
  if (output === 'json')
    return lineDisplay(io, clock, (change) => transitionJson(change, new Date(clock.now()).toISOString()));
  if (io.stdout.isTerminal && io.env['TERM'] !== 'dumb') return liveDisplay(io, clock);
  return lineDisplay(io, clock, transitionLine);
}

function lineDisplay(
  io: Io,
  clock: Clock,
  format: (change: ReturnType<typeof transitions>[number]) => string,
): Display {
  let shown: RolloutView = { releases: [] };
  let timeline = EMPTY_TIMELINE;
  return {
    show(view) {
      timeline = observe(timeline, view, clock.now());
      for (const change of transitions(shown, view)) io.stdout.write(`${format(change)}\n`);
      shown = view;
    },
    note: (text) => io.stderr.write(`${text}\n`),
    end: () => timeline,
  };
}

function liveDisplay(io: Io, clock: Clock): Display {
  const colors = paint(wantsColor(io.stdout.isTerminal, io.env));
  let view: RolloutView = { releases: [] };
  let timeline = EMPTY_TIMELINE;
  let drawn = 0;
  let cancel: (() => void) | undefined;
  let ended = false;

  const draw = (above = '') => {
    const { columns, rows } = io.stdout.size();
    const lines = frame(view, timeline, { columns, rows, paint: colors, now: clock.now() });
    const up = drawn > 0 ? `\u001b[${drawn}F` : '';
    // One write a frame, so that a terminal never shows half of one.
    io.stdout.write(`${up}${CLEAR_BELOW}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const tick = () => {
    draw();
    cancel = clock.schedule(SPINNER_MS, tick);
  };

  io.stdout.write(HIDE_CURSOR);
  tick();
  return {
    show(next) {
      view = next;
      timeline = observe(timeline, view, clock.now());
    },
    note: (text) => draw(`${text}\n`),
    end() {
      cancel?.();
      if (!ended) {
        draw();
        io.stdout.write(SHOW_CURSOR);
      }
      ended = true;
      return timeline;
    },
  };
}
