import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../exit.ts';
import { runCli } from '../program.ts';
import { memoryIo } from '../testing/memory-io.ts';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, image: web:1}]}\n';
const PRINTED =
  'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: prod\nspec:\n  containers:\n  - image: web:2\n    name: main\n';

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'stageset-build-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function write(tree: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
}

async function call(argv: readonly string[], stdin?: string) {
  const io = memoryIo({ cwd, ...(stdin === undefined ? {} : { stdin }) });
  const code = await runCli(['build', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

const OVERLAY = {
  'app/base/kustomization.yaml': 'resources: [a.yaml]\n',
  'app/base/a.yaml': POD,
  'app/prod/kustomization.yaml': 'resources: [../base]\nnamespace: prod\nimages: [{name: web, newTag: "2"}]\n',
};

describe('stageset build DIR', () => {
  test('prints the YAML of an overlay and nothing else', async () => {
    await write(OVERLAY);
    expect(await call(['app/prod'])).toEqual({ code: EXIT.ok, out: PRINTED, err: '' });
  });

  test('-o json prints the objects', async () => {
    await write(OVERLAY);
    const { code, out, err } = await call(['app/prod', '-o', 'json']);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    expect(JSON.parse(out)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', namespace: 'prod' },
        spec: { containers: [{ name: 'main', image: 'web:2' }] },
      },
    ]);
    expect((await call(['app/prod', '-o', 'xml'])).code).toBe(EXIT.usage);
  });

  test('tells every problem with its source line, a caret and what to do, and prints no YAML', async () => {
    await write({
      'app/kustomization.yaml': 'resources:\n- ap.yaml\n- b.yaml\n',
      'app/app.yaml': POD,
      'app/b.yaml': 'a: b: c\n',
    });
    const { code, out, err } = await call(['app']);
    expect({ code, out }).toEqual({ code: EXIT.failed, out: '' });
    expect(err).toBe(
      'app/kustomization.yaml:2:3: error: there is no file or directory "ap.yaml" (resources[0])\n' +
        '   2 | - ap.yaml\n     |   ^\n' +
        '  → did you mean "app.yaml"?\n' +
        'app/b.yaml:1:5: error: mapping values are not allowed in this context (resources[1], from app/kustomization.yaml)\n' +
        '   1 | a: b: c\n     |     ^\n',
    );
  });

  test('prints with warnings; --strict fails on them', async () => {
    await write({
      'app/kustomization.yaml': 'bases: [b]\n',
      'app/b/kustomization.yaml': 'resources: [a.yaml]\n',
      'app/b/a.yaml': POD,
    });
    const lenient = await call(['app']);
    expect(lenient.code).toBe(EXIT.ok);
    expect(lenient.out).toContain('image: web:1');
    expect(lenient.err).toContain('app/kustomization.yaml:1:8: warning: bases is deprecated');
    expect(await call(['app', '--strict'])).toEqual({ code: EXIT.failed, out: '', err: lenient.err });
  });

  test.each([
    ['no folder', [], 'stageset build DIR'],
    ['a folder that is not there', ['nope'], 'nope: no such folder'],
    ['a file', ['app/app.yaml'], 'app/app.yaml: not a folder'],
    ['--stage without --file', ['--stage', 'x'], '--stage and --file go together'],
  ])('a wrong call: %s', async (_, argv, message) => {
    await write({ 'app/app.yaml': POD });
    const { code, out, err } = await call(argv);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(message);
  });

  test('a link that leads round in a circle does no harm', async () => {
    await write(OVERLAY);
    await symlink('..', join(cwd, 'app/prod/up'));
    await symlink('../..', join(cwd, 'app/prod/upper'));
    expect((await call(['app/prod'])).out).toBe(PRINTED);
  });
});

describe('stageset build --batch', () => {
  test('answers each line with one of JSON, whatever is wrong with the others', async () => {
    await write({ ...OVERLAY, 'bad/kustomization.yaml': 'resources: [x.yaml]\n' });
    const { code, out, err } = await call(['--batch'], 'app/prod\nbad\n\nnope\r\napp/base');
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toEqual([
      { dir: 'app/prod', ok: true, stdout: PRINTED },
      {
        dir: 'bad',
        ok: false,
        stderr: expect.stringContaining('bad/kustomization.yaml:1:13: error: there is no file'),
      },
      { dir: 'nope', ok: false, stderr: 'nope: no such folder' },
      { dir: 'app/base', ok: true, stdout: expect.stringContaining('image: web:1') },
    ]);
  });

  // Root may read every folder, so there is nothing to see for it.
  test.skipIf(process.getuid?.() === 0)('a folder that may not be read is an answer, too', async () => {
    await write(OVERLAY);
    await chmod(join(cwd, 'app/base'), 0);
    const { code, out } = await call(['--batch'], 'app/base\n');
    await chmod(join(cwd, 'app/base'), 0o755);
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({ dir: 'app/base', ok: false });
  });
});

const STAGESET = (more: string): string => `apiVersion: stages.metio.wtf/v1
kind: StageSet
metadata: {name: shop, namespace: default}
spec:
  stages:
  - name: canary
    sourceRef: {name: shop}
    path: deploy
${more}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: ExternalArtifact
metadata:
  name: shop
  namespace: default
  annotations: {stages.metio.wtf/local-path: ./artifact}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: default}
data: {tag: "7"}
`;

describe('stageset build --stage', () => {
  const artifact = {
    'artifact/.sourceignore': 'notes.yaml\n',
    'artifact/deploy/pod.yaml': POD.replace('web:1', '"web:${tag}"'),
    'artifact/deploy/notes.yaml': 'no: object\n',
  };
  const patched = `    patches:
    - target: {kind: Pod}
      patch: '[{"op": "add", "path": "/metadata/labels", "value": {"stage": "canary"}}]'
    postBuild:
      substituteFrom: [{kind: ConfigMap, name: values}]`;

  test('builds the folder of the stage as its artifact, with patches and variables', async () => {
    await write({ ...artifact, 'stageset.yaml': STAGESET(patched) });
    expect(await call(['--file', 'stageset.yaml', '--stage', 'canary'])).toEqual({
      code: EXIT.ok,
      out: 'apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    stage: canary\n  name: web\nspec:\n  containers:\n  - image: web:7\n    name: main\n',
      err: '',
    });
  });

  test('takes another folder for the artifact', async () => {
    await write({ 'other/deploy/pod.yaml': POD, 'stageset.yaml': STAGESET('') });
    const { code, out } = await call(['other', '--file', 'stageset.yaml', '--stage', 'canary']);
    expect({ code, out }).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('image: web:1') });
  });

  test('a missing variable is named with object, field and place', async () => {
    await write({
      ...artifact,
      'artifact/deploy/pod.yaml': POD.replace('web:1', '"web:${tog}"'),
      'stageset.yaml': STAGESET(patched),
    });
    const { code, out, err } = await call(['--file', 'stageset.yaml', '--stage', 'canary']);
    expect({ code, out }).toEqual({ code: EXIT.failed, out: '' });
    expect(err).toContain('artifact/deploy/pod.yaml:4:');
    expect(err).toContain('Pod web');
    expect(err).toContain('tog');
  });

  test.each([
    ['a stage that is not there', 'canary2', '', 'no stage canary2; the StageSet has canary'],
    [
      'variables that are not there',
      'canary',
      '    postBuild:\n      substituteFrom: [{kind: ConfigMap, name: nope}]',
      'ConfigMap nope',
    ],
  ])('%s', async (_, stage, more, message) => {
    await write({ ...artifact, 'stageset.yaml': STAGESET(more) });
    const { code, out, err } = await call(['--file', 'stageset.yaml', '--stage', stage]);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toContain(message);
  });
});
