import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';
import { expectPlatformRelease } from './platform-release.ts';
import { start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'packages/cli/bin/stageset.js');
const up = (args: readonly string[], cwd = root) => start(process.execPath, [program, 'up', ...args], cwd);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('stageset up', () => {
  test('rolls the platform release out on the local cluster, in order, and ends in a summary', async () => {
    const { code, stdout } = await up(['examples/platform']).ended;
    expect(stdout).toContain('releases/platform is ready: 3 stages');
    expect(stdout.indexOf('releases/platform crds Ready')).toBeLessThan(
      stdout.indexOf('releases/platform operator Ready'),
    );
    expect(stdout.indexOf('releases/platform operator Ready')).toBeLessThan(
      stdout.indexOf('releases/platform workloads Ready'),
    );
    expect(code).toBe(0);
  });

  test('--keep leaves what kubectl can look at, rolls a change of a folder out at once, and ends cleanly on Ctrl-C', async () => {
    const release = join(folder, 'platform');
    await cp(join(root, 'examples/platform'), release, { recursive: true });
    const running = up(['platform', '--keep'], folder);
    const [, kubeconfig = ''] = await running.printed(/export KUBECONFIG=(\S+)/);
    await expectPlatformRelease(kubeconfig);

    await running.printed(/Ctrl-C ends it/);
    const added =
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: added\n  namespace: platform-system\ndata:\n  key: ${operator_version}\n';
    await writeFile(join(release, 'operator', 'added.yaml'), added);
    await running.printed(/ExternalArtifact releases\/platform-operator is now local@sha256:/);
    const value = await kubectlOk(kubeconfig, [
      'wait',
      '--for=jsonpath={.data.key}=1.4.2',
      'configmap/added',
      '-n',
      'platform-system',
      '--timeout=100s',
    ]);
    expect(value).toContain('configmap/added condition met');

    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  test('--output json prints one document a change', async () => {
    const { code, stdout } = await up(['examples/minimal', '--output', 'json']).ended;
    const changes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(changes.at(-1)).toMatchObject({ type: 'release', stageSet: 'default/hello', state: 'ready' });
    expect(code).toBe(0);
  });
});

describe('bad input', () => {
  const stageSet = (spec: string) =>
    `apiVersion: stages.metio.wtf/v1\nkind: StageSet\nmetadata:\n  name: bad\nspec:\n${spec}`;
  const one = stageSet('  stages:\n    - name: a\n      sourceRef:\n        name: src\n');
  const write = async (name: string, files: Readonly<Record<string, string>>) => {
    const dir = join(folder, name);
    for (const [path, text] of Object.entries(files)) {
      const target = join(dir, path);
      await cp(join(root, 'examples/minimal/stageset.yaml'), target); // makes the folders
      await writeFile(target, text);
    }
    return dir;
  };

  const cases: readonly {
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    readonly code: number;
    readonly says: RegExp;
  }[] = [
    {
      name: 'no such file',
      files: { 'x.yaml': one },
      args: ['absent.yaml'],
      code: 2,
      says: /absent\.yaml: no such file or folder/,
    },
    {
      name: 'YAML that does not parse',
      files: { 'x.yaml': 'a: [1,\nb: 2\n' },
      code: 2,
      says: /x\.yaml:\d+:\d+: not valid YAML/,
    },
    {
      name: 'an unknown field, with the nearest one',
      files: { 'x.yaml': stageSet('  stagse: []\n') },
      code: 2,
      says: /x\.yaml:6: StageSet bad: .*spec\.stagse.*stages/s,
    },
    {
      name: 'two stages of one name',
      files: {
        'x.yaml': stageSet(
          '  stages:\n    - name: a\n      sourceRef: {name: s}\n    - name: a\n      sourceRef: {name: s}\n',
        ),
      },
      code: 2,
      says: /spec\.stages\[1\]\.name/,
    },
    {
      name: 'a field that does nothing yet',
      files: {
        'x.yaml': stageSet('  rollbackOnFailure: true\n  stages:\n    - name: a\n      sourceRef: {name: s}\n'),
      },
      code: 2,
      says: /x\.yaml:6: .*rollbackOnFailure/,
    },
    {
      name: 'a manifest without kind in the input',
      files: { 'x.yaml': `${one}---\napiVersion: v1\nmetadata: {name: a}\n` },
      code: 2,
      says: /x\.yaml:\d+: not a Kubernetes object: kind missing/,
    },
    {
      name: 'a kubeconfig that points nowhere',
      files: { 'x.yaml': one },
      args: ['x.yaml', '--kubeconfig', 'absent'],
      code: 2,
      says: /absent/,
    },
    {
      name: 'a source that is no folder',
      files: { 'x.yaml': one },
      args: ['x.yaml', '--source', 'src=nowhere'],
      code: 2,
      says: /nowhere is no folder/,
    },
    {
      name: 'a manifest without kind in the artifact',
      files: { 'x.yaml': one, 'm/a.yaml': 'apiVersion: v1\nmetadata: {name: a}\n' },
      args: ['x.yaml', '--source', 'src=m'],
      code: 1,
      says: /stage "a" build: .*a\.yaml/,
    },
    {
      name: 'a required substitution source that is missing',
      files: {
        'x.yaml': stageSet(
          '  stages:\n    - name: a\n      sourceRef: {name: src}\n      postBuild:\n        substituteFrom:\n          - {kind: ConfigMap, name: nowhere}\n',
        ),
        'm/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n',
      },
      args: ['x.yaml', '--source', 'src=m'],
      code: 1,
      says: /ConfigMap.*nowhere/,
    },
    {
      name: 'a kind that the cluster does not know',
      files: {
        'x.yaml': one,
        'm/a.yaml': 'apiVersion: acme.example.com/v1\nkind: Gizmo\nmetadata: {name: a, namespace: default}\n',
      },
      args: ['x.yaml', '--source', 'src=m'],
      code: 1,
      says: /Gizmo.*acme\.example\.com/s,
    },
  ];
  test.each(cases)('$name', async ({ name, files, args = ['x.yaml'], code, says }) => {
    const dir = await write(name.replaceAll(/\W+/g, '-'), files);
    const ended = await up(args, dir).ended;
    expect(`${ended.stdout}\n${ended.stderr}`).toMatch(says);
    expect(`${ended.stdout}\n${ended.stderr}`).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(ended.code).toBe(code);
  });
});
