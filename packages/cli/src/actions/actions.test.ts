import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_VERSION, crds } from '@stageset/api';
import { type LocalCluster, startCluster } from '@stageset/apiserver';
import { createCluster } from '@stageset/client';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../exit.ts';
import { runCli } from '../program.ts';
import { memoryIo } from '../testing/memory-io.ts';

let local: LocalCluster;
let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  local = await startCluster({ clock: systemClock });
  cluster = createCluster(local.transport, { clock: systemClock, random: Math.random });
  for (const crd of crds()) await cluster.apply({ ...crd } as KubeObject, WRITE);
  await cluster.resource(LEDGER, { refresh: true });
  folder = await mkdtemp(join(tmpdir(), 'stageset-actions-'));
  await writeFile(join(folder, 'config'), local.kubeconfig);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await local.stop();
});

const WRITE = { fieldManager: 'suite', force: true } as const;
const LEDGER = { apiVersion: API_VERSION, kind: 'StageLedger', namespace: 'default', name: 'app' } as const;
const STAGE_SET = { ...LEDGER, kind: 'StageSet' } as const;
const done = ['seed', 'migrate'].map((action) => ({
  stage: 'first',
  action,
  origin: 'Executed',
  completedAt: '2026-01-01T00:00:00Z',
}));

async function stageset(...argv: readonly string[]) {
  const io = memoryIo();
  const code = await runCli([...argv, '--kubeconfig', join(folder, 'config')], io);
  return { code, out: io.out(), err: io.err() };
}

/** A StageSet with two actions that are done once ever, and one that is not. */
beforeEach(async () => {
  for (const ref of [LEDGER, STAGE_SET]) if ((await cluster.get(ref)) !== undefined) await cluster.delete(ref);
  const { namespace, name, ...kind } = STAGE_SET;
  const http = { url: 'http://hooks.example.com/told' };
  const pre = [
    { name: 'seed', scope: 'Lifetime', http },
    { name: 'migrate', scope: 'Lifetime', http },
    { name: 'tell', http },
  ];
  const spec = { interval: '1m', stages: [{ name: 'first', sourceRef: { name: 'one' }, actions: { pre } }] };
  await cluster.create({ ...kind, metadata: { namespace, name }, spec });
});

/** A StageLedger in which two actions are done. */
async function ledgerWith(baseline: readonly { stage: string; action: string }[] = []): Promise<void> {
  const { namespace, name, apiVersion, kind } = LEDGER;
  await cluster.create({ apiVersion, kind, metadata: { namespace, name }, spec: { baseline } });
  const patch = { status: { completedActions: done } };
  await cluster.patch(LEDGER, { type: 'merge', patch }, { subresource: 'status' });
}

const completed = async () => {
  const status = (await cluster.get(LEDGER))?.['status'] as { completedActions?: { action: string }[] } | undefined;
  return status?.completedActions?.map(({ action }) => action);
};
const baselined = async () => ((await cluster.get(LEDGER))?.['spec'] as { baseline?: unknown } | undefined)?.baseline;

describe('stageset actions reset', () => {
  test('forgets one action, and the baseline that would bring it back', async () => {
    await ledgerWith([{ stage: 'first', action: 'seed' }]);
    const { code, out } = await stageset('actions', 'reset', 'app', '--stage', 'first', '--action', 'seed');
    expect({ code, out }).toEqual({ code: EXIT.ok, out: 'Reset 1 completion(s) in StageLedger app\n' });
    expect(await completed()).toEqual(['migrate']);
    expect(await baselined()).toEqual([]);
  });

  test('says what is done, when that is not what was named', async () => {
    await ledgerWith();
    const { code, out, err } = await stageset('actions', 'reset', 'app', '--stage', 'first', '--action', 'sead');
    expect({ code, out }).toEqual({ code: EXIT.ok, out: 'Reset 0 completion(s) in StageLedger app\n' });
    expect(err).toBe('note: first/sead is not done; what is: first/seed, first/migrate\n');
    expect(await completed()).toEqual(['seed', 'migrate']);
  });

  test('forgets all of them when that is said', async () => {
    await ledgerWith();
    expect((await stageset('actions', 'reset', 'app', '--all')).out).toBe('Reset 2 completion(s) in StageLedger app\n');
    expect(await completed()).toEqual([]);
  });

  test.each([
    { name: 'neither', args: [] },
    { name: 'both', args: ['--all', '--stage', 'first', '--action', 'seed'] },
    { name: 'half of a name', args: ['--stage', 'first'] },
  ])('wants one action or all of them, not $name', async ({ args }) => {
    await ledgerWith();
    const { code, err } = await stageset('actions', 'reset', 'app', ...args);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('name one action with --stage and --action, or all of them with --all');
    expect(await completed()).toEqual(['seed', 'migrate']);
  });

  test('says that there is no ledger', async () => {
    const { code, err } = await stageset('actions', 'reset', 'app', '--all');
    expect(code).toBe(EXIT.runtime);
    expect(err).toContain('no StageLedger app in namespace default');
  });
});

describe('stageset actions baseline', () => {
  const seed = ['actions', 'baseline', 'app', '--stage', 'first', '--action', 'seed'];

  test('creates the ledger, and says a second time that it is there', async () => {
    expect((await stageset(...seed)).out).toBe('Created StageLedger app and baselined first/seed\n');
    expect((await stageset(...seed)).out).toBe('first/seed is already in the baseline of StageLedger app\n');
    await stageset('actions', 'baseline', 'app', '--stage', 'first', '--action', 'migrate');
    expect(await baselined()).toEqual([
      { stage: 'first', action: 'seed' },
      { stage: 'first', action: 'migrate' },
    ]);
  });

  test.each([
    { action: 'tell', why: 'first/tell cannot be baselined: it is not of scope Lifetime' },
    { action: 'sead', why: 'first/sead cannot be baselined: there is no such action in pre or post' },
  ])('refuses $action', async ({ action, why }) => {
    const { code, err } = await stageset('actions', 'baseline', 'app', '--stage', 'first', '--action', action);
    expect(code).toBe(EXIT.runtime);
    expect(err).toContain(why);
    expect(await cluster.get(LEDGER)).toBeUndefined();
  });

  test('before there is a StageSet, it says so and does it', async () => {
    await cluster.delete(STAGE_SET);
    const { code, err } = await stageset(...seed);
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('there is no StageSet app in namespace default yet');
    expect(await baselined()).toEqual([{ stage: 'first', action: 'seed' }]);
  });

  test('prints what is done as a StageLedger for another cluster', async () => {
    await ledgerWith();
    const { out } = await stageset('actions', 'baseline', 'app', '--export');
    expect(out).toContain('kind: StageLedger');
    expect(out).toContain('- stage: first\n      action: seed');
    expect(out).not.toContain('completedAt');
  });
});

describe('stageset actions force', () => {
  const annotations = async () => (await cluster.get(STAGE_SET))?.metadata.annotations ?? {};

  test('asks for one stage, or for what counts by version', async () => {
    const { code, out } = await stageset('actions', 'force', 'app', '--stage', 'first');
    expect(code).toBe(EXIT.ok);
    const token = /^Reconcile requested for stage "first" of StageSet app \(token (.+)\)\n$/.exec(out)?.[1];
    expect(await annotations()).toEqual({ 'stages.metio.wtf/reconcile-stage': `first@${token}` });
    await stageset('actions', 'force', 'app', '--scope', 'Version');
    expect(Object.keys(await annotations()).sort()).toEqual([
      'reconcile.fluxcd.io/requestedAt',
      'stages.metio.wtf/reconcile-stage',
      'stages.metio.wtf/reset-scope',
    ]);
  });

  test.each([
    { args: [], code: EXIT.usage, says: 'name the stage with --stage' },
    { args: ['--scope', 'Lifetime'], code: EXIT.usage, says: '--scope Lifetime: write Revision or Version' },
    { args: ['--stage', 'frist'], code: EXIT.runtime, says: 'StageSet app has no stage "frist", only first' },
  ])('refuses $args', async ({ args, code, says }) => {
    expect(await stageset('actions', 'force', 'app', ...args)).toMatchObject({
      code,
      err: expect.stringContaining(says),
    });
    expect(await annotations()).toEqual({});
  });
});

test('stageset get shows what actions have done, and what is done once ever', async () => {
  await ledgerWith();
  const digest = 'abc';
  const run = { name: 'tell', scope: 'Revision', key: 'k', digest, attempts: 1, result: 'Failed' };
  const finishedAt = '2026-01-01T00:00:05Z';
  const actionRuns = [{ ...run, finishedAt, message: 'hooks.example.com answered 500, expected 2xx' }];
  const status = { stages: [{ name: 'first', phase: 'Failed', actionRuns }] };
  await cluster.patch(STAGE_SET, { type: 'merge', patch: { status } }, { subresource: 'status' });
  const { code, out } = await stageset('get', 'app');
  expect(code).toBe(EXIT.ok);
  expect(out).toMatch(
    /Actions:\n.*\n {2}first +tell +Revision +Failed +2026-01-01T00:00:05Z +hooks.example.com answered 500/,
  );
  expect(out).toMatch(/Done once ever:\n.*\n {2}first +seed +Executed +2026-01-01T00:00:00Z +-\n {2}first +migrate /);
});
