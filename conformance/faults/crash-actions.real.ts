import { crds, sourceCrds } from '@stageset/api';
import { type ArtifactServer, serveArtifacts } from '@stageset/artifact';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { actionChapters } from './crash-actions.ts';
import { CrashRun, isFull } from './crash-run.ts';
import { type HookReceiver, startHookReceiver } from './hook-receiver.ts';

/**
 * A controller process that is killed (SIGKILL) before or after any one of its writes, the requests of `http` actions among
 * them, while a stage with an action of each verb is delivered on a real cluster. Effects are counted by who sees them:
 * the API server, and a receiver. What each verb promises is in docs/actions.md. By default only the kill between the
 * effect and its record, every write with `STAGESET_CRASHES=all`.
 */
let suite: SuiteCluster;
let server: ArtifactServer;
let receiver: HookReceiver;

beforeAll(async () => {
  suite = await suiteCluster();
  await serveKinds(suite.cluster, [...crds(), ...sourceCrds()]);
  server = await serveArtifacts();
  receiver = await startHookReceiver();
});
afterAll(async () => {
  await receiver.stop();
  await server.stop();
  await suite.stop();
});

// The sample is a cell for each chapter; the full run has several for each already.
(isFull ? describe : describe.concurrent).each(actionChapters(() => receiver))('$name', (chapter) => {
  test('takes place once, whenever a process is killed', { timeout: isFull ? 60 * 60_000 : 300_000 }, async () => {
    const run = new CrashRun(suite, server);
    if (!isFull) {
      expect(await run.play(chapter, chapter.between)).toBe(true);
      return;
    }
    const cuts = await run.playAll(chapter);
    console.info(`${chapter.name}: once, after ${cuts} kills`);
    expect(cuts).toBeGreaterThan(5);
  });
});
