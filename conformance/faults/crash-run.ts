import type { ArtifactServer } from '@stageset/artifact';
import { expect } from 'vitest';
import type { SuiteCluster } from '../support/suite-cluster.ts';
import { CrashCell, type Release } from './crash-cell.ts';
import type { Cut } from './kill-relay.ts';

/** One chapter of a StageSet's life, to be cut off anywhere. */
export interface Chapter {
  readonly name: string;
  /** What is delivered before, by a process that lives. */
  readonly before: Release | undefined;
  /** What happens then; resolves when nothing more is to happen. */
  happen(cell: CrashCell): Promise<void>;
  /** What is there at the end. */
  readonly after: Release;
  /** Waits for the end. */
  over(cell: CrashCell): Promise<true>;
  /** What else holds at the end. */
  check?(cell: CrashCell): Promise<void>;
}

/** Every write of a chapter instead of a sample, by `STAGESET_CRASHES=all`. */
export const isFull = process.env['STAGESET_CRASHES'] === 'all';
/** Cells that are played at the same time. */
const AT_ONCE = 4;
/** More writes than any chapter has. */
const MAX_WRITES = 60;

const wanted = (release: Release) =>
  Object.fromEntries(
    Object.entries(release).flatMap(([stage, objects]) =>
      Object.entries(objects).map(([name, value]) => [name, `${stage} ${value}`]),
    ),
  );

export class CrashRun {
  readonly #suite: SuiteCluster;
  readonly #server: ArtifactServer;

  constructor(suite: SuiteCluster, server: ArtifactServer) {
    this.#suite = suite;
    this.#server = server;
  }

  /** Plays a chapter with one cut; says whether it was met before the end. */
  async play(chapter: Chapter, cut: Cut): Promise<boolean> {
    const cell = await CrashCell.start(this.#suite, this.#server);
    try {
      return await cell.whileRunning(this.#playIn(cell, chapter, cut));
    } finally {
      await cell.stop();
    }
  }

  async #playIn(cell: CrashCell, chapter: Chapter, cut: Cut): Promise<boolean> {
    await cell.startProcess();
    if (chapter.before !== undefined) {
      await cell.publish(chapter.before);
      await cell.applyStages(chapter.before);
      await cell.delivered(chapter.before);
    }
    const uids = new Map<string, string | undefined>();
    for (const name of Object.keys(wanted(chapter.before ?? {}))) uids.set(name, await cell.uidOf(name));
    const killed = cell.killedAt(cut);
    const happened = chapter.happen(cell);
    const over = happened.then(() => chapter.over(cell));
    const wasCut = await Promise.race([killed, over.then(() => false)]);
    if (wasCut) {
      await cell.startProcess();
      await over;
    }
    expect(await cell.world()).toEqual(wanted(chapter.after));
    await cell.recorded(chapter.after);
    expect(await cell.world()).toEqual(wanted(chapter.after));
    for (const [name, uid] of uids) {
      if (Object.hasOwn(wanted(chapter.after), name)) expect(await cell.uidOf(name), `${name} is the same`).toBe(uid);
    }
    await chapter.check?.(cell);
    return wasCut;
  }

  /** Plays a chapter once for each write that it has, before and after it; returns how many there were. */
  async playAll(chapter: Chapter): Promise<number> {
    let cuts = 0;
    for (const loses of ['request', 'answer'] as const) {
      for (let from = 0; from < MAX_WRITES; from += AT_ONCE) {
        const batch = Array.from({ length: AT_ONCE }, (_, index) =>
          this.play(chapter, { afterWrites: from + index, loses }),
        );
        const met = (await Promise.all(batch)).filter((wasCut) => wasCut).length;
        cuts += met;
        if (met < AT_ONCE) break;
      }
    }
    return cuts;
  }
}
