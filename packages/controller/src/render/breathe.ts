import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop go round once, so that probes, watches and other StageSets are served between two pieces of a long
 * computation. No time passes by it: a clock that is told to stand still does.
 */
export async function breathe(): Promise<void> {
  await setImmediate();
}
