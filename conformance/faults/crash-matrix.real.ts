import { crds, sourceCrds } from '@stageset/api';
import { type ArtifactServer, serveArtifacts } from '@stageset/artifact';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { CHAPTERS } from './crash-chapters.ts';
import { CrashRun, isFull } from './crash-run.ts';
import type { Cut } from './kill-relay.ts';

/**
 * A controller process that is killed (SIGKILL) before or after any one of its writes, in each chapter of a StageSet's
 * life, on a real cluster. Another process takes over; what it ends with is what an undisturbed one ends with: no orphan,
 * nothing made anew, exactly what is wanted recorded. A sample by default, every write with `STAGESET_CRASHES=all`.
 */
const SAMPLE: readonly Cut[] = [
  { afterWrites: 3, loses: 'answer' },
  { afterWrites: 6, loses: 'request' },
];

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

describe.each(CHAPTERS)('$name', (chapter) => {
  test('ends as if nobody had been killed', { timeout: isFull ? 60 * 60_000 : 300_000 }, async () => {
    const run = new CrashRun(suite, server);
    if (!isFull) {
      await Promise.all(SAMPLE.map((cut) => run.play(chapter, cut)));
      return;
    }
    const cuts = await run.playAll(chapter);
    console.info(`${chapter.name}: ended right after ${cuts} kills`);
    expect(cuts).toBeGreaterThan(5);
  });
});
