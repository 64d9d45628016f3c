import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, createCluster, loadAccess } from '@stageset/client';
import { systemClock } from '@stageset/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SETTINGS = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-cluster-'));
});
afterEach(async () => {
  for (const name of ['default', 'other']) await stageset('cluster', 'stop', '--name', name);
  await rm(folder, { recursive: true, force: true });
});

const places = () => join(folder, 'stageset', 'clusters');

function stageset(...args: readonly string[]) {
  const env = { ...process.env, XDG_STATE_HOME: folder };
  return start(process.execPath, ['packages/cli/bin/stageset.js', ...args], root, env).ended;
}

async function clusterOf(kubeconfig: string) {
  const { transport, close } = await connect(await loadAccess({ kubeconfigPath: kubeconfig, env: {} }), {
    clock: systemClock,
  });
  return { cluster: createCluster(transport, { clock: systemClock, random: Math.random }), close };
}

/** The path that the command tells its user to export. */
function exported(stdout: string): string {
  return /export KUBECONFIG=(\S+)/.exec(stdout)?.[1] ?? '';
}

test('start prints how to reach it, kubeconfig prints what is exported, stop ends it and leaves nothing', async () => {
  const started = await stageset('cluster', 'start');
  expect(started, started.stderr).toMatchObject({ code: 0, stderr: '' });
  const kubeconfig = exported(started.stdout);
  expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
  const { cluster, close } = await clusterOf(kubeconfig);
  await cluster.apply(SETTINGS, { fieldManager: 'test', force: true });
  await close();
  expect(await stageset('cluster', 'kubeconfig')).toMatchObject({
    code: 0,
    stdout: await readFile(kubeconfig, 'utf8'),
  });
  expect(await stageset('cluster', 'stop')).toMatchObject({
    code: 0,
    stdout: 'The local cluster "default" has stopped.\n',
  });
  expect(await readdir(places())).toEqual([]);
  expect(await stageset('cluster', 'stop')).toMatchObject({ code: 0, stdout: 'No local cluster "default" runs.\n' });
  expect((await stageset('cluster', 'kubeconfig')).code).toBe(1);
});

test('with --data it goes on after kill -9; a second cluster on the name, or on the file, is refused', async () => {
  const data = join(folder, 'cluster.db');
  const first = await stageset('cluster', 'start', '--data', data);
  const kubeconfig = exported(first.stdout);
  const before = await clusterOf(kubeconfig);
  await before.cluster.apply(SETTINGS, { fieldManager: 'test', force: true });
  await before.close();

  const sameName = await stageset('cluster', 'start');
  expect(sameName).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('"default" runs already') });
  const sameFile = await stageset('cluster', 'start', '--name', 'other', '--data', data);
  expect(sameFile).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('in use by another cluster') });

  const { pid } = JSON.parse(await readFile(join(places(), 'default', 'cluster.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  const second = await stageset('cluster', 'start', '--data', data);
  expect(second, second.stderr).toMatchObject({ code: 0 });
  const after = await clusterOf(exported(second.stdout));
  const { name, namespace } = SETTINGS.metadata;
  expect(await after.cluster.get({ ...SETTINGS, name, namespace })).toMatchObject({ metadata: { name } });
  await after.close();
});

test.each([
  { args: ['--port', '70000'], want: '--port 70000: expected a number from 0 to 65535' },
  { args: ['--name', 'A b'], want: '--name A b: expected lower-case letters' },
  { args: ['--data', '.'], want: 'cannot be opened' },
])('start $args is refused before anything is made', async ({ args, want }) => {
  const { code, stdout, stderr } = await stageset('cluster', 'start', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(want);
  expect(await readdir(places()).catch(() => [])).toEqual([]);
});
