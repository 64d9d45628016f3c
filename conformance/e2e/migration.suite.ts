import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { kubectl, kubectlOk } from '../support/kubectl.ts';
import { type RunningProcess, start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'packages/cli/bin/stageset.js');
const isReal = process.env['STAGESET_SUITE_CLUSTER'] === 'real';

interface Received {
  readonly request: string;
  readonly key: string | undefined;
  readonly body: string;
}

/** A real HTTP server that is announced to. */
async function receiver() {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url, headers } = request;
    const key = headers['idempotency-key'];
    received.push({
      request: `${method} ${url}`,
      key: typeof key === 'string' ? key : undefined,
      body: Buffer.concat(chunks).toString('utf8'),
    });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return { received, port, stop: () => new Promise((resolve) => server.close(resolve)) };
}

let folder: string;
let hooks: Awaited<ReturnType<typeof receiver>>;
let running: RunningProcess | undefined;
/** Of the shop; on a cluster that is shared between runs its name is unique. */
let namespace: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-migration-'));
  hooks = await receiver();
  namespace = `shop-${process.pid}-${hooks.port}`;
});
afterEach(async () => {
  running?.child.kill('SIGINT');
  await running?.ended;
  running = undefined;
  await hooks.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The example with names of its own, announcing to the receiver. */
async function example(change: (file: string, text: string) => string = (_, text) => text): Promise<string> {
  const copy = join(folder, 'migration');
  await cp(join(root, 'examples/migration'), copy, { recursive: true });
  for (const file of await readdir(copy, { recursive: true })) {
    if (!file.endsWith('.yaml')) continue;
    const text = await readFile(join(copy, file), 'utf8');
    const named = text
      .replaceAll('namespace: shop', `namespace: ${namespace}`)
      .replaceAll('namespace: releases', `namespace: ${namespace}-releases`)
      .replaceAll('kind: Namespace\nmetadata:\n  name: shop', `kind: Namespace\nmetadata:\n  name: ${namespace}`)
      .replaceAll('  name: releases', `  name: ${namespace}-releases`)
      .replaceAll('Deployment/shop/', `Deployment/${namespace}/`)
      .replaceAll('localhost:8085', `localhost:${hooks.port}`);
    await writeFile(join(copy, file), change(file, named));
  }
  return copy;
}

/** Starts the release and resolves with how to reach its cluster. On a real one the test is the operator of databases. */
async function up(copy: string): Promise<string> {
  const where = isReal ? ['--kubeconfig', inject('kubeconfig')] : [];
  const args = [program, 'up', copy, '--keep', '--allowed-action-hosts', 'localhost', ...where];
  running = start(process.execPath, args, folder);
  if (!isReal) return (await running.printed(/export KUBECONFIG=(\S+)/))[1] ?? '';
  const kubeconfig = inject('kubeconfig');
  await running.printed(/waiting for Database \S+\/orders/);
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'Up', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ];
  const status = JSON.stringify({ status: { observedGeneration: 1, conditions } });
  const patch = [
    'patch',
    'databases.data.example.com/orders',
    '-n',
    namespace,
    '--subresource=status',
    '--type=merge',
    '-p',
    status,
  ];
  await kubectlOk(kubeconfig, patch);
  return kubeconfig;
}

async function stageSet(kubeconfig: string) {
  const args = ['get', 'stageset/shop', '-n', `${namespace}-releases`, '-o', 'json'];
  const { status } = JSON.parse(await kubectlOk(kubeconfig, args));
  return new Map<string, Record<string, unknown>>(status.stages.map((stage: { name: string }) => [stage.name, stage]));
}

function maintenance(kubeconfig: string): Promise<string> {
  return kubectlOk(kubeconfig, ['get', 'cm/maintenance', '-n', namespace, '-o', 'jsonpath={.data.state}']);
}

/** Takes the release down with the controller that has delivered it, so that the next finds the definition free. */
async function takeDown(kubeconfig: string): Promise<void> {
  await kubectlOk(kubeconfig, ['delete', 'stageset/shop', '-n', `${namespace}-releases`, '--wait', '--timeout=60s']);
}

test('the migration release goes through maintenance, waits for its database, and is announced once', async () => {
  const kubeconfig = await up(await example());
  await running?.printed(/Ctrl-C ends it/);
  await running?.printed(new RegExp(`${namespace}-releases/shop ready Succeeded`));
  const stages = await stageSet(kubeconfig);
  expect(stages.get('schema')).toMatchObject({ phase: 'Ready', executedActions: ['maintenance-on', 'migrate'] });
  expect(stages.get('shop')).toMatchObject({ phase: 'Ready', executedActions: ['maintenance-off', 'announce'] });
  expect(await maintenance(kubeconfig)).toBe('off');
  const jobs = await kubectlOk(kubeconfig, [
    'get',
    'jobs',
    '-n',
    namespace,
    '-o',
    'jsonpath={.items[*].status.succeeded}',
  ]);
  expect(jobs).toBe('1');
  expect(hooks.received).toEqual([
    {
      request: 'POST /releases',
      key: expect.stringMatching(/./),
      body: '{"release": "shop", "version": "2.0.0"}',
    },
  ]);
  await takeDown(kubeconfig);
  expect((await kubectl(kubeconfig, ['get', 'deployment/shop', '-n', namespace])).code).toBe(1);
});

test('a migration that fails ends maintenance, and nothing after it begins', async () => {
  const copy = await example((file, text) =>
    file.endsWith('migrate.yaml')
      ? text.replace('  template:\n', '  template:\n    metadata:\n      annotations:\n        simulate: fail\n')
      : text,
  );
  const kubeconfig = await up(copy);
  await running?.printed(new RegExp(`${namespace}-releases/shop failed StageFailed`));
  await running?.printed(/schema Verifying 1\/1 action "migrate": /);
  await running?.printed(
    /post-action: action "migrate": Job shop-\S+\/shop-schema-migrate-\S+ has failed: BackoffLimitExceeded/,
  );
  await kubectlOk(kubeconfig, [
    'wait',
    'cm/maintenance',
    '-n',
    namespace,
    '--for=jsonpath={.data.state}=off',
    '--timeout=100s',
  ]);
  const stages = await stageSet(kubeconfig);
  expect(stages.get('schema')?.['executedActions']).toContain('maintenance-on');
  expect((await kubectl(kubeconfig, ['get', 'deployment/shop', '-n', namespace])).code).toBe(1);
  expect(hooks.received).toEqual([]);
  await takeDown(kubeconfig);
});
