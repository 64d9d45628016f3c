import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from './process.ts';
import { strangersShell } from './shell.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the released package', () => {
  let folder: string;
  let installed: string;
  const env = strangersShell();
  /** The same shell on the project's Node: a host with a new one. */
  const newNode = { ...env, PATH: `${dirname(process.execPath)}:${env['PATH']}` };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stageset-release-'));
    installed = join(folder, 'empty');
    await mkdir(installed);
    await run('npm', ['pack', '--pack-destination', folder], { cwd: join(root, 'packages/cli'), env: newNode });
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await run('npm', ['install', '--no-save', join(folder, tarball)], { cwd: installed, env: newNode });
    await cp(join(root, 'examples/platform'), join(installed, 'platform'), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('rolls a release out in an empty folder', async () => {
    const { code, stdout } = await start('npx', ['stageset', 'up', 'platform'], installed, newNode).ended;
    expect(stdout).toContain('releases/platform is ready: 3 stages');
    expect(code).toBe(0);
  });

  test('builds a large artifact, in a worker of its own', async () => {
    const manifests = join(installed, 'manifests');
    await mkdir(manifests);
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `c${index}`, namespace: 'default' },
      data: { key: 'value '.repeat(20) },
    }));
    await writeFile(join(manifests, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: many }));
    await cp(join(root, 'examples/minimal/stageset.yaml'), join(installed, 'stageset.yaml'));
    const args = ['stageset', 'up', 'stageset.yaml', '--source', 'hello=manifests'];
    const { code, stdout } = await start('npx', args, installed, newNode).ended;
    expect(stdout).toContain('1000 objects');
    expect(code).toBe(0);
  });

  test('says in one line that a Node is too old', async (context) => {
    const { stdout } = await run('node', ['--version'], { env });
    const [, major = '0'] = /^v(\d+)/.exec(stdout) ?? [];
    if (Number(major) >= 22) return context.skip('this host has no Node older than 22');
    const { code, stderr } = await start('node', ['node_modules/stageset/bin/stageset.js', 'version'], installed, env)
      .ended;
    expect(stderr).toMatch(/^stageset needs Node\.js 22\.19 or newer; this is .*\n$/);
    expect(code).toBe(2);
  });
});
