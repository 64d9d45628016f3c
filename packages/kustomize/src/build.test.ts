import { describe, expect, test } from 'vitest';
import type { BuildOptions, StageOptions } from './api.ts';
import { build, buildStage, toObjects, toYaml } from './build.ts';
import type { Problem } from './diagnostics/problem.ts';

type Tree = Readonly<Record<string, string>>;

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, image: web:1}]}\n';

function problems(tree: Tree, options?: BuildOptions): readonly Problem[] {
  const result = build(new Map(Object.entries(tree)), options);
  return result.ok ? result.warnings : result.problems;
}

function text(tree: Tree, options?: BuildOptions): string {
  const result = build(new Map(Object.entries(tree)), options);
  if (!result.ok) throw new Error(result.problems.map((p) => p.message).join('\n'));
  return toYaml(result);
}

describe('build', () => {
  test('gives objects that are fresh each time', () => {
    const result = build(
      new Map([
        ['kustomization.yaml', 'resources: [a.yaml]\n'],
        ['a.yaml', POD],
      ]),
    );
    if (!result.ok) throw new Error('the build failed');
    expect(toObjects(result)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web' },
        spec: { containers: [{ name: 'main', image: 'web:1' }] },
      },
    ]);
    expect(result.resources[0]?.toObject()).not.toBe(result.resources[0]?.toObject());
  });

  test('does not depend on the order of files', () => {
    const tree = {
      'kustomization.yaml': 'resources: [a.yaml, b]\n',
      'a.yaml': POD,
      'b/kustomization.yaml': 'namePrefix: b-\nresources: [a.yaml]\n',
      'b/a.yaml': POD,
    };
    expect(text(Object.fromEntries(Object.entries(tree).reverse()))).toBe(text(tree));
  });

  test('learns from openapi.path which kinds have no namespace', () => {
    const get = (kind: string): object => ({
      get: { 'x-kubernetes-group-version-kind': { group: 'x.io', version: 'v1', kind } },
    });
    const openapi = JSON.stringify({
      paths: {
        '/apis/x.io/v1/widgets': get('Widget'),
        '/apis/x.io/v1/gadgets': get('Gadget'),
        '/apis/x.io/v1/namespaces/{namespace}/gadgets': get('Gadget'),
      },
    });
    const object = (kind: string): string => `apiVersion: x.io/v1\nkind: ${kind}\nmetadata: {name: x}\n`;
    const tree = {
      'kustomization.yaml': 'namespace: prod\nresources: [a.yaml]\nopenapi: {path: api.json}\n',
      'a.yaml': `${object('Widget')}---\n${object('Gadget')}`,
      'api.json': openapi,
    };
    expect(text(tree)).toBe(
      'apiVersion: x.io/v1\nkind: Widget\nmetadata:\n  name: x\n---\n' +
        'apiVersion: x.io/v1\nkind: Gadget\nmetadata:\n  name: x\n  namespace: prod\n',
    );
  });

  const bounded: readonly { limit: string; tree: Tree; options: BuildOptions }[] = [
    {
      limit: 'files',
      tree: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': POD },
      options: { limits: { files: 1 } },
    },
    {
      limit: 'fileBytes',
      tree: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': POD },
      options: { limits: { fileBytes: 30 } },
    },
    {
      limit: 'totalBytes',
      tree: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': POD },
      options: { limits: { totalBytes: 60 } },
    },
    {
      limit: 'documents',
      tree: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': `${POD}---\n${POD}` },
      options: { limits: { documents: 1 } },
    },
    {
      limit: 'outputBytes',
      tree: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': POD },
      options: { limits: { outputBytes: 10 } },
    },
    {
      limit: 'baseDepth',
      tree: {
        'kustomization.yaml': 'resources: [a]\n',
        'a/kustomization.yaml': 'resources: [b]\n',
        'a/b/kustomization.yaml': 'namePrefix: a\n',
      },
      options: { limits: { baseDepth: 1 } },
    },
    {
      limit: 'kustomizations',
      tree: { 'kustomization.yaml': 'resources: [a, a, a]\n', 'a/kustomization.yaml': 'namePrefix: a\n' },
      options: { limits: { kustomizations: 2 } },
    },
    {
      limit: 'copiedNodes',
      tree: {
        'kustomization.yaml': `resources: [a.yaml]\npatches:\n- target: {kind: Pod}\n  patch: |-\n${Array.from({ length: 30 }, (_, i) => `    - {op: copy, from: /spec, path: /spec/k${i}}\n`).join('')}`,
        'a.yaml': POD,
      },
      options: { limits: { copiedNodes: 1000 } },
    },
  ];
  test.each(bounded)('is bounded by $limit', ({ limit, tree, options }) => {
    expect(problems(tree, options)[0]?.message).toContain(`(limit ${limit})`);
  });
});

function stage(tree: Tree, options?: StageOptions): ReturnType<typeof buildStage> {
  return buildStage(new Map(Object.entries(tree)), options);
}

function stageText(tree: Tree, options?: StageOptions): string {
  const result = stage(tree, options);
  if (!result.ok) throw new Error(result.problems.map((p) => p.message).join('\n'));
  return toYaml(result);
}

const CONFIG = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {v: "${value}"}\n`;

describe('buildStage', () => {
  test('takes what a folder holds, in order of names', () => {
    const tree = {
      'app/b.yaml': CONFIG('b', 'x'),
      'app/a/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
      'app/k/kustomization.yaml': 'resources: [d.yaml]\nnamePrefix: k-\n',
      'app/k/d.yaml': CONFIG('d', 'x'),
      'app/k/values.yaml': 'not: an object\n',
      'app/.hidden/e.yaml': 'not: an object\n',
      'app/README.md': '# text',
      'other/f.yaml': CONFIG('f', 'x'),
    };
    const result = stage(tree, { path: 'app' });
    expect(result.ok && result.resources.map((r) => r.name)).toEqual(['c', 'b', 'k-d']);
  });

  test('patches after the kustomization and substitutes per object', () => {
    const tree = {
      'kustomization.yaml':
        'resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: "- {op: add, path: /data/p, value: own}"\n',
      'a.yaml': `${CONFIG('a', '${x} $${y}')}---\n${CONFIG('b', '${x}').replace('{name: b}', '{name: b, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}')}`,
    };
    const patches = [{ patch: '- {op: replace, path: /data/p, value: "${x}"}', target: { kind: 'ConfigMap' } }];
    expect(stageText(tree, { patches, variables: new Map([['x', 'one']]) })).toBe(
      'apiVersion: v1\ndata:\n  p: one\n  v: one ${y}\nkind: ConfigMap\nmetadata:\n  name: a\n---\n' +
        'apiVersion: v1\ndata:\n  p: ${x}\n  v: ${x}\nkind: ConfigMap\nmetadata:\n  annotations:\n' +
        '    kustomize.toolkit.fluxcd.io/substitute: disabled\n  name: b\n',
    );
    expect(stageText(tree)).toContain('v: ${x} $${y}');
  });

  test('names object, field and variable of what is missing, never a value', () => {
    const result = stage(
      { 'a.yaml': CONFIG('a', '${secret}${nope}') },
      { variables: new Map([['secret', 'hunter2']]) },
    );
    expect(result.ok ? [] : result.problems).toMatchObject([
      { file: 'a.yaml', line: 4, object: 'ConfigMap a', field: 'data.v', variable: 'nope' },
    ]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
    const broken = stage({ 'a.yaml': CONFIG('a', 'x${secret}') }, { variables: new Map([['secret', ': hunter2: [']]) });
    expect(broken.ok ? [] : broken.problems).toMatchObject([{ object: 'ConfigMap a', field: 'data.v' }]);
    expect(JSON.stringify(broken)).not.toContain('hunter2');
  });

  test('keeps places where patches leave a field alone, and gives none to what a patch brought', () => {
    const patches = [
      { patch: '- {op: add, path: /data/new, value: x}', target: { kind: 'ConfigMap' } },
      { patch: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n\n\n  brought: "${two}"\n' },
    ];
    const result = stage({ 'a.yaml': CONFIG('a', '${one}') }, { patches, variables: new Map() });
    const faults = result.ok ? [] : result.problems;
    expect(faults).toMatchObject([
      { file: 'a.yaml', line: 4, object: 'ConfigMap a', field: 'data.v', variable: 'one' },
      { file: 'a.yaml', object: 'ConfigMap a', field: 'data.brought', variable: 'two' },
    ]);
    expect(faults[1]).not.toHaveProperty('line');
  });

  test('normalises nothing but what it says', () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s, creationTimestamp: null}\nstringData: {a: "é"}\ndata: {b: eA==}\nunknown: 1\nstatus: {}\n';
    expect(stageText({ 'a.yaml': secret })).toBe(
      'apiVersion: v1\ndata:\n  a: w6k=\n  b: eA==\nkind: Secret\nmetadata:\n  name: s\nunknown: 1\n',
    );
  });

  test('fails for what Flux would drop without a word', () => {
    const result = stage({
      'a.yaml': 'foo: bar\n',
      'd/b.json': '{"kind":"X"}',
      'c.yaml': 'kind: X\nmetadata: {name: x}\n',
    });
    expect(result.ok ? [] : result.problems).toMatchObject([{ file: 'a.yaml' }, { file: 'd/b.json' }]);
    const version = stage({ 'c.yaml': 'kind: X\nmetadata: {name: x}\n' });
    expect(version.ok ? [] : version.problems).toMatchObject([{ file: 'c.yaml', field: 'apiVersion' }]);
    expect(stage({ 'README.md': 'x' })).toMatchObject({ ok: false });
  });
});
