import { crds, sourceCrds } from '@stageset/api';
import { type ArtifactServer, serveArtifacts } from '@stageset/artifact';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { CrashCell, type Release } from './crash-cell.ts';
import { CHAPTERS, type Chapter } from './crash-chapters.ts';
import type { Cut } from './kill-relay.ts';

/**
 * A controller process that is killed (SIGKILL) before or after any one of its writes, in each chapter of a StageSet's
 * life, on a real cluster. Another process takes over; what it ends with is what an undisturbed one ends with: no orphan,
 * nothing made anew, exactly what is wanted recorded. A sample by default, every write with `STAGESET_CRASHES=all`.
 */
const isFull = process.env['STAGESET_CRASHES'] === 'all';
/** Writes at which a sampled chapter is cut off. */
const SAMPLE: readonly Cut[] = [
  { afterWrites: 3, loses: 'answer' },
  { afterWrites: 6, loses: 'request' },
];
/** Cells that are played at the same time. */
const AT_ONCE = 4;
/** More writes than any chapter has. */
const MAX_WRITES = 60;

let suite: SuiteCluster;
let server: ArtifactServer;

beforeAll(async () => {
  suite = await suiteCluster();
  await serveKinds(suite.cluster, [...crds(), ...sourceCrds()]);
  server = await serveArtifacts();
});
afterAll(async () => {
  await server.stop();
  await suite.stop();
});

const wanted = (release: Release) =>
  Object.fromEntries(
    Object.entries(release).flatMap(([stage, objects]) =>
      Object.entries(objects).map(([name, value]) => [name, `${stage} ${value}`]),
    ),
  );

/** Plays a chapter with one cut; says whether it was met before the end. */
async function play(chapter: Chapter, cut: Cut): Promise<boolean> {
  const cell = await CrashCell.start(suite, server);
  try {
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
    return wasCut;
  } finally {
    await cell.stop();
  }
}

describe.each(CHAPTERS)('$name', (chapter) => {
  test('ends as if nobody had been killed', { timeout: isFull ? 60 * 60_000 : 300_000 }, async () => {
    if (!isFull) {
      await Promise.all(SAMPLE.map((cut) => play(chapter, cut)));
      return;
    }
    let cuts = 0;
    for (const loses of ['request', 'answer'] as const) {
      for (let from = 0; from < MAX_WRITES; from += AT_ONCE) {
        const batch = Array.from({ length: AT_ONCE }, (_, index) =>
          play(chapter, { afterWrites: from + index, loses }),
        );
        const met = (await Promise.all(batch)).filter((wasCut) => wasCut).length;
        cuts += met;
        if (met < AT_ONCE) break;
      }
    }
    console.info(`${chapter.name}: ended right after ${cuts} kills`);
    expect(cuts).toBeGreaterThan(5);
  });
});
