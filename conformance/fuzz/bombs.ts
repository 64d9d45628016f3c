import type { Tree } from '../kustomize/tree.ts';

const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const one = (text: string, kustomization = 'resources: [a.yaml]\n'): Tree => ({
  files: { 'kustomization.yaml': kustomization, 'a.yaml': text },
});
const lines = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('');

/** Small or middling inputs made to cost much. */
export const BOMBS: Readonly<Record<string, () => Tree>> = {
  'a billion laughs': () =>
    one(
      `${CM}a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${lines(12, (i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]\n`)}`,
    ),
  'a billion laughs of maps': () =>
    one(`${CM}a0: &a0 {k: x}\n${lines(30, (i) => `a${i + 1}: &a${i + 1} {l: *a${i}, r: *a${i}}\n`)}`),
  'merge keys that double': () =>
    one(`${CM}a0: &a0 {k: x}\n${lines(30, (i) => `a${i + 1}: &a${i + 1}\n  <<: [*a${i}, *a${i}]\n  k${i}: *a${i}\n`)}`),
  'an alias in itself': () => one(`${CM}x: &x\n  y: *x\n`),
  'a billion laughs in a kustomization': () =>
    one(CM, `x0: &a0 [a.yaml, a.yaml]\n${lines(30, (i) => `x${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`)}`),
  'deep flow': () => one(`${CM}x: ${'['.repeat(100_000)}`),
  'deep flow, closed': () => one(`${CM}x: ${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  'deep flow maps': () => one(`${CM}x: ${'{a: '.repeat(50_000)}`),
  'deep blocks': () => one(`${CM}x:\n${lines(3_000, (i) => `${' '.repeat(i + 2)}a:\n`)}`),
  'deep lists in a line': () => one(`${CM}x:\n  ${'- '.repeat(50_000)}a\n`),
  'deep keys in a line': () => one(`${CM}x:\n  ${'? '.repeat(50_000)}a\n`),
  'a long plain text': () => one(`${CM}x: ${'word '.repeat(200_000)}\n`),
  'a long text without breaks': () => one(`${CM}x: ${'a'.repeat(2_000_000)}\n`),
  'a long quoted text of escapes': () => one(`${CM}x: "${'\\u0041'.repeat(200_000)}"\n`),
  'a text of blank lines': () => one(`${CM}x: "${'\n'.repeat(300_000)}"\n`),
  'a block of blank lines': () => one(`${CM}x: |\n${'\n'.repeat(300_000)}  a\n`),
  'quotes that never end': () => one(lines(2_000, (i) => `k${i}: "\n`)),
  'many comments': () => one(`${CM}${'# x\n'.repeat(200_000)}`),
  'many documents of nothing': () => one('---\n'.repeat(200_000)),
  'many objects': () => one(lines(5_000, (i) => `${CM.replace('name: a', `name: a${i}`)}---\n`)),
  'many objects of one id': () => one(lines(5_000, () => `${CM}---\n`)),
  'many keys': () => one(`${CM}data:\n${lines(50_000, (i) => `  k${i}: v\n`)}`),
  'many equal keys': () => one(`${CM}data:\n${lines(50_000, () => '  k: v\n')}`),
  'many anchors': () => one(`${CM}data:\n${lines(30_000, (i) => `  k${i}: &a${i} v\n`)}`),
  'keys alike to the end': () => one(`${CM}data:\n${lines(2_000, (i) => `  ${'k'.repeat(500)}${i}: v\n`)}`),
  'keys of digits': () => one(`${CM}data:\n${lines(2_000, (i) => `  k${'0'.repeat(500)}${i}: v\n`)}`),
  'a number of many digits': () => one(`${CM}x: ${'9'.repeat(200_000)}\ny: 1_${'0_'.repeat(100_000)}1\n`),
  'text like dates': () =>
    one(`${CM}x:\n${lines(20_000, () => '- 2024-01-02T03:04:05.000000000000000000001+00:00x\n')}`),
  'a separator of blanks': () => one(`${CM}---${' '.repeat(200_000)}x\n`),
  'Lists in Lists': () => one(`${'{apiVersion: v1, kind: List, items: ['.repeat(200)}${']}'.repeat(200)}`),
  'a layer that doubles': () => doubling(40),
  'bases without end': () => ({
    files: Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [
        i === 0 ? 'kustomization.yaml' : `l${i}/kustomization.yaml`,
        `resources: [${i === 0 ? '' : '../'}l${i + 1}]\n`,
      ]),
    ),
  }),
  'a component listed often': () => ({
    files: {
      'kustomization.yaml': `resources: [a.yaml]\ncomponents:\n${'- c\n'.repeat(2_000)}`,
      'a.yaml': CM,
      'c/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: p-\ncommonAnnotations: {a: b}\n',
    },
  }),
  'components that double': () => ({
    files: {
      'kustomization.yaml': 'resources: [a.yaml]\ncomponents: [c0]\n',
      'a.yaml': CM,
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `c${i}/kustomization.yaml`,
          `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${i === 39 ? 'namePrefix: p-\n' : `components: [../c${i + 1}, ../c${i + 1}]\n`}`,
        ]),
      ),
    },
  }),
  'copies that double': () =>
    one(
      `${CM}x: [1]\n`,
      `resources: [a.yaml]\npatches:\n- target: {}\n  patch: |-\n${lines(60, () => '    - {op: copy, from: /x, path: /x/-}\n')}`,
    ),
  'copies of the root': () =>
    one(
      CM,
      `resources: [a.yaml]\npatches:\n- target: {}\n  patch: |-\n${lines(60, (i) => `    - {op: copy, from: "", path: /k${i}}\n`)}`,
    ),
  'an expression that backtracks': () =>
    one(
      CM.replace('name: a', `name: ${'a'.repeat(60)}`),
      'resources: [a.yaml]\npatches:\n- target: {name: "(a+)+b"}\n  patch: "[]"\n- target: {name: "(a|a)*b"}\n  patch: "[]"\n- target: {name: "(.*)(.*)(.*)(.*)(.*)(.*)b"}\n  patch: "[]"\n',
    ),
  'an expression that counts': () =>
    one(
      CM,
      'resources: [a.yaml]\npatches:\n- target: {name: "(((a{1,1000}){1,1000}){1,1000}){1,1000}"}\n  patch: "[]"\n- target: {name: "a{1,100000}"}\n  patch: "[]"\n',
    ),
  'an expression of groups': () =>
    one(
      CM,
      `resources: [a.yaml]\npatches:\n- target: {name: "${'('.repeat(400)}a${')'.repeat(400)}"}\n  patch: "[]"\n`,
    ),
  'an image that backtracks': () =>
    one(
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: ${'a'.repeat(60)}}]}\n`,
      'resources: [a.yaml]\nimages:\n- {name: "(a+)+b", newTag: x}\n',
    ),
  'vars that double': () =>
    one(
      `${CM}data: {x: y}\n`,
      `resources: [a.yaml]\nvars:\n- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: a}\n  fieldref: {fieldpath: data.x}\npatches:\n- target: {}\n  patch: |-\n    - {op: add, path: /metadata/annotations, value: {x: "${'$(X)'.repeat(20_000)}"}}\n`,
    ),
  'replacements that double': () =>
    one(
      `${CM}data:\n  a: ${'x'.repeat(10)}\n  b: y,y\n`,
      `resources: [a.yaml]\nreplacements:\n${lines(40, () => '- source: {kind: ConfigMap, fieldPath: data.a}\n  targets: [{select: {}, fieldPaths: [data.b], options: {delimiter: ",", index: 0}}]\n- source: {kind: ConfigMap, fieldPath: data.b}\n  targets: [{select: {}, fieldPaths: [data.a], options: {delimiter: "#", index: 1}}]\n')}`,
    ),
  'replacements of the root': () =>
    one(
      `${CM}x: {a: 1}\n`,
      `resources: [a.yaml]\nreplacements:\n${lines(40, (i) => `- source: {kind: ConfigMap, fieldPath: x}\n  targets: [{select: {}, fieldPaths: [x.k${i}], options: {create: true}}]\n`)}`,
    ),
  'an element far behind the end': () =>
    one(
      `${CM}x: []\n`,
      'resources: [a.yaml]\nreplacements:\n- sourceValue: x\n  targets: [{select: {}, fieldPaths: [x.999999999], options: {create: true}}]\n- sourceValue: x\n  targets: [{select: {}, fieldPaths: [metadata.name], options: {delimiter: "-", index: 999999999}}]\n',
    ),
  'many prefixes': () => one(CM, `resources: [a.yaml]\nnamePrefix: ${'p'.repeat(1_000_000)}\n`),
  'many generated': () => ({
    files: {
      'kustomization.yaml': `configMapGenerator:\n${lines(5_000, (i) => `- name: g${i}\n  literals: [a=${i}]\n`)}`,
    },
  }),
  'a literal twice, often': () => ({
    files: {
      'kustomization.yaml': `configMapGenerator:\n- name: g\n  literals:\n${lines(20_000, (i) => `  - k${i}=v\n`)}`,
    },
  }),
  'an env file of many lines': () => ({
    files: {
      'kustomization.yaml': 'configMapGenerator:\n- name: g\n  envs: [e]\n',
      e: lines(50_000, (i) => `K${i}=v\n`),
    },
  }),
  'a patch of many elements': () =>
    one(
      `apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n${lines(3_000, (i) => `  - {port: ${i}, protocol: TCP}\n`)}`,
      `resources: [a.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: s}\n    spec:\n      ports:\n${lines(3_000, (i) => `      - {port: ${i + 1_500}, protocol: TCP, name: x}\n`)}`,
    ),
  'many patches of nothing': () =>
    one(CM, `resources: [a.yaml]\npatches:\n${lines(3_000, () => '- {target: {kind: "X.*"}, patch: "[]"}\n')}`),
  'many labels in a selector': () =>
    one(
      CM,
      `resources: [a.yaml]\npatches:\n- target: {labelSelector: "${'a in (b,c),'.repeat(5_000)}d"}\n  patch: "[]"\n`,
    ),
  'expressions in expressions': () => one(`${CM}data:\n  x: "${'${a:-'.repeat(5_000)}"\n`),
  'many expressions': () => one(`${CM}data:\n  x: "${'${a}$$'.repeat(50_000)}"\n`),
  'a path of many parts': () => one(CM, `resources: ["${'b/../'.repeat(50_000)}a.yaml"]\n`),
};

/** Layers that each take the one below twice under two names. */
function doubling(levels: number): Tree {
  const files: Record<string, string> = { 'l0/kustomization.yaml': 'resources: [a.yaml]\n', 'l0/a.yaml': CM };
  for (let i = 1; i <= levels; i++) {
    files[`l${i}/kustomization.yaml`] = 'resources: [left, right]\n';
    for (const side of ['left', 'right'])
      files[`l${i}/${side}/kustomization.yaml`] = `resources: [../../l${i - 1}]\nnamePrefix: ${side}-\n`;
  }
  return { files, path: `l${levels}` };
}
