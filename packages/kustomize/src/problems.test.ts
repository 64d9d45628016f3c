import { describe, expect, test } from 'vitest';
import { build } from './build.ts';
import type { Problem } from './diagnostics/problem.ts';

type Tree = Readonly<Record<string, string>>;

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, image: web:1}]}\n';

function problems(tree: Tree): readonly Problem[] {
  const result = build(new Map(Object.entries(tree)));
  return result.ok ? result.warnings : result.problems;
}

describe('problems', () => {
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
});
