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

  const faults: readonly { name: string; tree: Tree; want: readonly Partial<Problem>[] }[] = [
    {
      name: 'a slip in a file name',
      tree: { 'kustomization.yaml': 'resources:\n- ap.yaml\n', 'app.yaml': POD },
      want: [
        {
          file: 'kustomization.yaml',
          line: 2,
          column: 3,
          field: 'resources[0]',
          suggestion: 'did you mean "app.yaml"?',
        },
      ],
    },
    {
      name: 'a slip in a field, and a number where text is wanted, together',
      tree: { 'kustomization.yaml': 'resource: [a.yaml]\nimages:\n- name: web\n  newTag: 1.10\n' },
      want: [
        { line: 1, field: 'resource', suggestion: 'did you mean "resources"?' },
        { line: 4, field: 'images[0].newTag', suggestion: 'put it in quotes: "1.10"' },
      ],
    },
    {
      name: 'objects without kind or name, in all files',
      tree: {
        'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
        'a.yaml': 'x: y\n',
        'b.yaml': `${POD}---\nkind: Pod\n`,
      },
      want: [
        { file: 'a.yaml', line: 1, field: 'kind' },
        { file: 'b.yaml', line: 6, field: 'metadata.name' },
      ],
    },
    {
      name: 'a cycle, with its path',
      tree: {
        'kustomization.yaml': 'resources: [a]\n',
        'a/kustomization.yaml': 'resources: [../b]\n',
        'b/kustomization.yaml': 'resources: [../a]\n',
      },
      want: [{ file: 'b/kustomization.yaml', message: expect.stringContaining('. → a → b → a') as unknown as string }],
    },
    {
      name: 'a patch of the wrong version',
      tree: {
        'kustomization.yaml':
          'resources: [a.yaml]\npatches:\n- patch: "{apiVersion: v2, kind: Pod, metadata: {name: web}}"\n',
        'a.yaml': POD,
      },
      want: [{ line: 3, field: 'patches[0]', object: 'Pod web', suggestion: 'there is one with apiVersion v1' }],
    },
    {
      name: 'what is refused',
      tree: { 'kustomization.yaml': 'resources: ["https://example.com/a.yaml", "github.com/x/y"]\n' },
      want: [{ field: 'resources[0]' }, { field: 'resources[1]' }],
    },
    {
      name: 'two objects with one identity',
      tree: { 'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n', 'a.yaml': POD, 'b.yaml': POD },
      want: [{ file: 'b.yaml', line: 1, object: 'Pod web' }],
    },
    {
      name: 'what is wrong in every file, not only the first',
      tree: {
        'kustomization.yaml':
          'resources: [a.yaml, b.yaml, base]\ncomponents: [c]\nconfigMapGenerator:\n- {name: x, files: [nope.txt]}\npatches:\n- path: p.yaml\n- patch: "a: b"\n',
        'a.yaml': 'a: [\n',
        'b.yaml': 'a: b: c\n',
        'base/kustomization.yaml': 'resources: [c.yaml]\n',
        'base/c.yaml': 'kind: Pod\n',
        'c/kustomization.yaml': 'foo: bar\nkind: Component\nresources: []\n',
      },
      want: [
        { file: 'a.yaml', line: 2 },
        { file: 'b.yaml', line: 1, column: 5 },
        { file: 'base/c.yaml', line: 1, field: 'metadata.name' },
        { file: 'kustomization.yaml', line: 4, field: 'configMapGenerator[0].files[0]' },
        { file: 'c/kustomization.yaml', line: 1, field: 'foo' },
        { file: 'kustomization.yaml', line: 6, field: 'patches[0].path' },
        { file: 'kustomization.yaml', line: 7, field: 'patches[1]' },
      ],
    },
    {
      name: 'every object that cannot be printed',
      tree: {
        'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
        'a.yaml': `${POD}kind: Pod\n`,
        'b.yaml': `${POD.replace('web', 'b')}kind: Pod\n`,
      },
      want: [
        { file: 'a.yaml', line: 5, object: 'Pod web' },
        { file: 'b.yaml', line: 5, object: 'Pod b' },
      ],
    },
    {
      name: 'remote entries of the old fields by their own names',
      tree: { 'kustomization.yaml': 'bases: ["http://example.com/x"]\ncomponents: ["github.com/x/y?ref=v1"]\n' },
      want: [
        { line: 1, field: 'bases[0]', suggestion: expect.stringContaining('copy') as unknown as string },
        { line: 2, field: 'components[0]' },
      ],
    },
    {
      name: 'a name for replicas that is nearly there',
      tree: {
        'kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: wep, count: 2}]\n',
        'a.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n',
      },
      want: [{ line: 2, field: 'replicas[0]', suggestion: 'did you mean web?' }],
    },
    {
      name: 'elements of a patch that get lost',
      tree: {
        'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
        'a.yaml':
          'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, ports: [{containerPort: 80, protocol: TCP}]}]}\n',
        'p.yaml':
          'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: main\n    ports:\n    - {containerPort: 80, name: http}\n    - {containerPort: 81, protocol: TCP}\n',
      },
      want: [
        {
          severity: 'warning',
          file: 'p.yaml',
          line: 8,
          object: 'Pod web',
          message: expect.stringContaining('spec.containers.ports') as unknown as string,
          suggestion: 'write protocol in the element',
        },
      ],
    },
    {
      name: 'references that could mean several objects and stay',
      tree: {
        'kustomization.yaml': 'resources: [p.yaml, a, b]\n',
        'p.yaml':
          'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n  - {name: v, configMap: {name: c}}\n',
        'a/kustomization.yaml': 'namePrefix: a-\nresources: [c.yaml]\n',
        'a/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
        'b/kustomization.yaml': 'namePrefix: b-\nresources: [c.yaml]\n',
        'b/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
      },
      want: [
        {
          severity: 'warning',
          file: 'p.yaml',
          line: 6,
          object: 'Pod p',
          field: 'spec.volumes.configMap.name',
          suggestion: 'write the whole name of the one that is meant, for example a-c',
        },
      ],
    },
    {
      name: 'no doubt where an object has the very name of a reference',
      tree: {
        'kustomization.yaml': 'resources: [p.yaml, a, b]\n',
        'p.yaml':
          'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n  - {name: v, configMap: {name: c}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
        'a/kustomization.yaml': 'namePrefix: a-\nresources: [c.yaml]\n',
        'a/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
        'b/kustomization.yaml': 'namePrefix: b-\nresources: [c.yaml]\n',
        'b/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
      },
      want: [],
    },
    {
      name: 'cluster-scoped kinds that get a namespace, known by name or by their definition',
      tree: {
        'kustomization.yaml': 'namespace: prod\nresources: [a.yaml]\n',
        'a.yaml':
          'apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: i}\n---\napiVersion: x.io/v1\nkind: Widget\nmetadata: {name: w}\n---\n' +
          'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.x.io}\nspec: {group: x.io, scope: Cluster, names: {kind: Widget}}\n',
      },
      want: [
        {
          severity: 'warning',
          field: 'namespace',
          message: expect.stringContaining('ClusterIssuer') as unknown as string,
        },
        { severity: 'warning', field: 'namespace', message: expect.stringContaining('Widget') as unknown as string },
      ],
    },
    {
      name: 'a tagSuffix that lands twice',
      tree: { 'kustomization.yaml': 'resources: [a.yaml]\nimages: [{name: web, tagSuffix: -x}]\n', 'a.yaml': POD },
      want: [{ severity: 'warning', line: 2, field: 'images[0]' }],
    },
    {
      name: 'integers that a JSON patch cuts, and a target of the old field that matches nothing',
      tree: {
        'kustomization.yaml':
          'resources: [a.yaml]\npatches:\n- target: {kind: X}\n  patch: "- {op: add, path: /a, value: 1}"\npatchesJson6902:\n- target: {version: v1, kind: Pod, name: w}\n  patch: "- {op: add, path: /a, value: 1}"\n',
        'a.yaml': 'apiVersion: x.io/v1\nkind: X\nmetadata: {name: x}\nn: 9007199254740993\n',
      },
      want: [
        { severity: 'warning', field: 'patchesJson6902' },
        { severity: 'warning', field: 'patches[0]', object: 'X x' },
        { severity: 'warning', field: 'patchesJson6902[0]' },
      ],
    },
    {
      name: 'a target that matches nothing, as a warning',
      tree: {
        'kustomization.yaml':
          'resources: [a.yaml]\npatches:\n- target: {kind: Nope}\n  patch: "- {op: add, path: /a, value: 1}"\n',
        'a.yaml': POD,
      },
      want: [{ severity: 'warning', line: 3, field: 'patches[0]' }],
    },
  ];
  test.each(faults)('tells $name', ({ tree, want }) => {
    expect(problems(tree)).toMatchObject(want);
  });

  const refused: readonly { what: string; tree: Tree; field: string; advice: string }[] = [
    {
      what: 'a chart',
      tree: { 'kustomization.yaml': 'helmCharts: [{name: x}]\n' },
      field: 'helmCharts',
      advice: 'helm template',
    },
    {
      what: 'a chart in the old field',
      tree: { 'kustomization.yaml': 'helmChartInflationGenerator: [{chartName: x}]\n' },
      field: 'helmChartInflationGenerator',
      advice: 'helm template',
    },
    {
      what: 'the generator of charts',
      tree: {
        'kustomization.yaml': 'generators: [g.yaml]\n',
        'g.yaml': 'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\n',
      },
      field: 'generators[0]',
      advice: 'helm template',
    },
    {
      what: 'a program',
      tree: {
        'kustomization.yaml': 'resources: [a.yaml]\ntransformers: [t.yaml]\n',
        'a.yaml': POD,
        't.yaml':
          'apiVersion: x/v1\nkind: Fn\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: "exec: {path: /bin/sh}"\n',
      },
      field: 'transformers[0]',
      advice: 'never run',
    },
    ...[
      'patches: [{path: URL}]',
      'configurations: [URL]',
      'crds: [URL]',
      'transformers: [URL]',
      'generators: [URL]',
    ].map((line) => ({
      what: `a remote file under ${line.slice(0, line.indexOf(':'))}`,
      tree: { 'kustomization.yaml': `resources: []\n${line.replace('URL', '"https://example.com/a.yaml"')}\n` },
      field: line.startsWith('patches') ? 'patches[0].path' : `${line.slice(0, line.indexOf(':'))}[0]`,
      advice: 'copy what it names into the tree',
    })),
  ];
  test.each(refused)('refuses $what by name and says what to do', ({ tree, field, advice }) => {
    expect(problems(tree)).toMatchObject([
      {
        severity: 'error',
        file: 'kustomization.yaml',
        line: expect.any(Number),
        column: expect.any(Number),
        field,
        suggestion: expect.stringContaining(advice),
      },
    ]);
  });

  test('ends a billion laughs at once', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const bomb = `${lines.join('\n')}\n`;
    const began = process.cpuUsage();
    expect(problems({ 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': POD + bomb })[0]).toMatchObject({
      file: 'a.yaml',
      message: expect.stringContaining('(limit aliasNodes)'),
    });
    expect(problems({ 'kustomization.yaml': bomb })[0]).toMatchObject({ file: 'kustomization.yaml' });
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(1_000);
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
