import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';
import { start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'packages/cli/bin/stageset.js');

let folder: string;
let kubeconfig: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-again-'));
  const { stdout, stderr } = await stageset('cluster', 'start', '--name', 'again').ended;
  kubeconfig = /export KUBECONFIG=(\S+)/.exec(stdout)?.[1] ?? '';
  expect(kubeconfig, stderr).not.toBe('');
});
afterAll(async () => {
  await stageset('cluster', 'stop', '--name', 'again').ended;
  await rm(folder, { recursive: true, force: true });
});

function stageset(...args: readonly string[]) {
  return start(process.execPath, [program, ...args], folder, { ...process.env, XDG_STATE_HOME: folder });
}

function up(name: string, ...flags: readonly string[]) {
  return stageset('up', name, '--kubeconfig', kubeconfig, ...flags).ended;
}

/** The files of a release of two stages; the second holds what is given. */
async function release(name: string, second: string): Promise<void> {
  const home = join(folder, name);
  for (const stage of ['first', 'second']) await mkdir(join(home, stage), { recursive: true });
  await cp(join(root, 'examples/minimal/manifests/greeting.yaml'), join(home, 'first/greeting.yaml'));
  const greeting = await readFile(join(home, 'first/greeting.yaml'), 'utf8');
  await writeFile(join(home, 'first/greeting.yaml'), greeting.replace(/name: \S+/, `name: ${name}`));
  await writeFile(join(home, 'second/work.yaml'), second);
  const source = (stage: string) => `---
apiVersion: source.toolkit.fluxcd.io/v1
kind: ExternalArtifact
metadata:
  name: ${name}-${stage}
  namespace: default
  annotations: { stages.metio.wtf/local-path: ./${stage} }
spec: {}
`;
  const stageSet = `apiVersion: stages.metio.wtf/v1
kind: StageSet
metadata: { name: ${name}, namespace: default }
spec:
  stages:
    - { name: first, sourceRef: { name: ${name}-first } }
    - { name: second, sourceRef: { name: ${name}-second } }
`;
  await writeFile(join(home, 'release.yaml'), `${stageSet}${source('first')}${source('second')}`);
}

function job(name: string, simulate: 'fail' | 'ready'): string {
  return `apiVersion: batch/v1
kind: Job
metadata: { name: ${name}, namespace: default }
spec:
  backoffLimit: 0
  template:
    metadata: ${simulate === 'fail' ? '{ annotations: { simulate: fail } }' : '{}'}
    spec:
      restartPolicy: Never
      containers: [{ name: work, image: registry.example.com/work:1.0.0 }]
`;
}

async function statusOf(name: string) {
  return JSON.parse(await kubectlOk(kubeconfig, ['get', `stageset/${name}`, '-o', 'json'])).status;
}

describe('stageset up on a cluster that holds a failed release of that name', () => {
  test('the new run is followed to its end when the files were mended', async () => {
    await release('mended', job('one', 'fail'));
    const failed = await up('mended');
    expect(failed.code, failed.stdout).toBe(1);
    expect(failed.stdout).toContain('default/mended failed at stage second');

    await release('mended', job('two', 'ready'));
    const { code, stdout } = await up('mended');
    expect(stdout).not.toContain('failed');
    expect(stdout).not.toContain('second Failed');
    expect(stdout).toContain('default/mended is ready: 2 stages');
    expect(code).toBe(0);
    expect((await statusOf('mended')).conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    );
  });

  test('what still fails is tried again, and told by the new run', async () => {
    await release('broken', job('three', 'fail'));
    expect((await up('broken')).code).toBe(1);
    const before = await statusOf('broken');
    await release('broken', job('four', 'fail'));
    const { code, stdout } = await up('broken');
    expect(stdout).toMatch(/default\/broken failed StageFailed.*Job default\/four has failed/);
    expect(stdout).not.toMatch(/Job default\/three has failed/);
    expect(code).toBe(1);
    expect(Number((await statusOf('broken')).run.id)).toBeGreaterThan(Number(before.run.id));
  });

  test('the same files are tried again too: what failed may have been mended beside them', async () => {
    await release('beside', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: work, namespace: not-there }\n');
    expect((await up('beside')).code).toBe(1);
    const before = await statusOf('beside');
    await kubectlOk(kubeconfig, ['create', 'namespace', 'not-there']);
    const { code, stdout } = await up('beside');
    expect(stdout).toContain('default/beside is ready: 2 stages');
    expect(code).toBe(0);
    const { run, lastHandledReconcileAt } = await statusOf('beside');
    expect(Number(run.id)).toBeGreaterThan(Number(before.run.id));
    expect(lastHandledReconcileAt).toMatch(/^\d{4}-/);
  });

  test('a release that is ready ends by the new run, not by what was said of the one before', async () => {
    await release('ready', job('five', 'ready'));
    expect((await up('ready')).code).toBe(0);
    await release('ready', job('six', 'fail'));
    const { code, stdout } = await up('ready');
    expect(stdout).not.toContain('default/ready ready');
    expect(stdout).toMatch(/default\/ready failed at stage second/);
    expect(code).toBe(1);
  });

  test('a failure is the end of the call only when onFailure has done its part', async () => {
    await cp(join(root, 'examples/migration'), join(folder, 'migration'), { recursive: true });
    const job = join(folder, 'migration/schema/job/migrate.yaml');
    const text = await readFile(job, 'utf8');
    const failing = text.replace('  template:\n', '  template:\n    metadata: { annotations: { simulate: fail } }\n');
    await writeFile(job, failing);
    const state = () => kubectlOk(kubeconfig, ['get', 'cm/maintenance', '-n', 'shop', '-o', 'jsonpath={.data.state}']);

    const server = createServer((_, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    onTestFinished(() => void server.close());
    const file = join(folder, 'migration/stageset.yaml');
    const { port } = server.address() as AddressInfo;
    await writeFile(file, (await readFile(file, 'utf8')).replace('localhost:8085', `localhost:${port}`));

    const failed = await up('migration', '--allowed-action-hosts', 'localhost');
    expect(failed.stdout).toMatch(/releases\/shop failed at stage schema/);
    expect(failed.code).toBe(1);
    expect(await state()).toBe('off');

    await writeFile(job, text);
    const { code, stdout } = await up('migration', '--allowed-action-hosts', 'localhost');
    expect(stdout).toContain('action "maintenance-on": patching');
    expect(stdout).toContain('releases/shop is ready: 3 stages');
    expect(code).toBe(0);
    expect(await state()).toBe('off');
  });
});
