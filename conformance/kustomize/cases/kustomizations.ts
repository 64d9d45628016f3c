import { configMap, deployment, service } from '../objects.ts';
import { type Area, area, type Case, join } from '../tree.ts';

const CM = { 'a.yaml': configMap('a') };

/** Reading the kustomization itself: names, shape, errors, legacy fields, paths, cycles. */
export const KUSTOMIZATION_CASES: Area = join(
  area(CM, {
    'the whole head':
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata:\n  name: x\n  labels: {a: b}\nresources:\n- a.yaml\n',
    'without head': 'resources:\n- a.yaml\n',
    'kustomization.yml': { 'kustomization.yml': 'resources: [a.yaml]\n' },
    Kustomization: { Kustomization: 'resources: [a.yaml]\n' },
    'two names': { 'kustomization.yaml': 'resources: [a.yaml]\n', 'kustomization.yml': 'resources: [a.yaml]\n' },
    'no kustomization': { 'other.yaml': '' },
    'empty file': '',
    'comments only': '# nothing\n',
    'head only': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
    'empty resources': 'resources: []\n',
    'resources null': 'resources:\n',
    'empty prefix only': 'namePrefix: ""\n',
    'prefix only': 'namePrefix: a-\n',
    'wrong kind': 'kind: Deployment\nresources: [a.yaml]\n',
    'wrong version': 'apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\nresources: [a.yaml]\n',
    'version without kind': 'apiVersion: kustomize.config.k8s.io/v1beta1\nresources: [a.yaml]\n',
    'kind without version': 'kind: Kustomization\nresources: [a.yaml]\n',
    'a component as the root': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n',
    'component with the wrong version':
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\nresources: [a.yaml]\n',
    'unknown field': 'resource: [a.yaml]\n',
    'unknown field beside others': 'resources: [a.yaml]\nfoo: bar\n',
    'field in another case': 'Resources: [a.yaml]\nNAMEPREFIX: x-\n',
    'nested field in another case': 'resources: [a.yaml]\nimages:\n- Name: x\n  NewTag: y\n',
    'duplicate field': 'resources: [b.yaml]\nresources: [a.yaml]\n',
    'resources is a text': 'resources: a.yaml\n',
    'resources is a map': 'resources: {a: a.yaml}\n',
    'a resource is a number': 'resources: [1]\n',
    'a resource reads as a boolean': { 'kustomization.yaml': 'resources:\n- y\n', y: configMap('y') },
    'a resource is null': 'resources: [null]\n',
    'a resource is empty': 'resources: [""]\n',
    'prefix is a number': 'resources: [a.yaml]\nnamePrefix: 1\n',
    'prefix reads as a boolean': 'resources: [a.yaml]\nnamePrefix: yes\n',
    'prefix null': 'resources: [a.yaml]\nnamePrefix: null\n',
    'namespace is a number': 'resources: [a.yaml]\nnamespace: 1\n',
    'label value is a number': 'resources: [a.yaml]\ncommonLabels: {a: 1}\n',
    'label value is a boolean': 'resources: [a.yaml]\ncommonLabels: {a: true}\n',
    'label value null': 'resources: [a.yaml]\ncommonLabels: {a: null}\n',
    'tag is a number': 'resources: [a.yaml]\nimages: [{name: x, newTag: 1.10}]\n',
    'several documents': 'resources: [a.yaml]\n---\nnamePrefix: x-\n',
    'a separator first': '---\nresources: [a.yaml]\n',
    'no map': '- a.yaml\n',
    'a text': 'hello\n',
    'broken YAML': 'resources: [a.yaml\n',
    tabs: 'resources:\n\t- a.yaml\n',
    JSON: '{"resources": ["a.yaml"], "namePrefix": "j-"}',
    anchors: 'commonLabels: &l {a: b}\ncommonAnnotations: *l\nresources: [a.yaml]\n',
    'merge key': 'x: &x {name: c}\nresources: [a.yaml]\n',
    'resource with a dot': 'resources: [./a.yaml]\n',
    'resource with dots inside': { 'kustomization.yaml': 'resources: [b/../a.yaml]\n', 'b/x.yaml': '' },
    'resource twice': 'resources: [a.yaml, a.yaml]\n',
    'resource twice by other spelling': 'resources: [a.yaml, ./a.yaml]\n',
    'resource that is missing': 'resources: [b.yaml]\n',
    'resource above the root': { 'over/kustomization.yaml': 'resources: [../a.yaml]\n', '@path': 'over' },
    'resource absolute': 'resources: [/etc/a.yaml]\n',
    'resource of a folder without kustomization': {
      'kustomization.yaml': 'resources: [b]\n',
      'b/a.yaml': configMap('b'),
    },
    'two objects of an id': { 'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n', 'b.yaml': configMap('a') },
    'the same in default': {
      'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
      'b.yaml': configMap('a', '  namespace: default\n'),
    },
    'the same in another namespace': {
      'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
      'b.yaml': configMap('a', '  namespace: other\n'),
    },
    'the same of another version': {
      'kustomization.yaml': 'resources: [b.yaml, c.yaml]\n',
      'b.yaml': 'apiVersion: example.com/v1\nkind: W\nmetadata: {name: a}\n',
      'c.yaml': 'apiVersion: example.com/v2\nkind: W\nmetadata: {name: a}\n',
    },
    'cluster-scoped with namespaces': {
      'kustomization.yaml': 'resources: [b.yaml]\n',
      'b.yaml':
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: x}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: y}\n',
    },
    'empty file as a resource': { 'kustomization.yaml': 'resources: [a.yaml, e.yaml]\n', 'e.yaml': '# nothing\n' },
    'patches: no list': 'resources: [a.yaml]\npatches: {}\n',
    helmCharts: 'helmCharts:\n- name: x\n  repo: https://charts.example.com\n',
    helmGlobals: 'resources: [a.yaml]\nhelmGlobals: {chartHome: x}\n',
    helmChartInflationGenerator: 'helmChartInflationGenerator:\n- chartName: x\n',
    'openapi without path': 'resources: [a.yaml]\nopenapi: {}\n',
    inventory: 'resources: [a.yaml]\ninventory: {type: ConfigMap, configMap: {name: x, namespace: y}}\n',
  }),
  area(CM, {
    bases: {
      'kustomization.yaml': 'bases: [b]\nresources: [a.yaml]\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': configMap('c'),
    },
    'bases with a file': 'bases: [a.yaml]\n',
    'bases and the same in resources': {
      'kustomization.yaml': 'bases: [b]\nresources: [b]\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': configMap('c'),
    },
    imageTags: {
      'kustomization.yaml': 'resources: [d.yaml]\nimageTags:\n- name: nginx\n  newTag: "2"\n',
      'd.yaml': deployment('d'),
    },
    'imageTags and images': {
      'kustomization.yaml':
        'resources: [d.yaml]\nimageTags:\n- name: nginx\n  newTag: "2"\nimages:\n- name: nginx\n  newTag: "3"\n',
      'd.yaml': deployment('d'),
    },
    'a base in two ways': {
      'kustomization.yaml': 'resources: [x, y]\n',
      'x/kustomization.yaml': 'namePrefix: x-\nresources: [../b]\n',
      'y/kustomization.yaml': 'namePrefix: y-\nresources: [../b]\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': `${configMap('c')}---\n${service('s')}`,
    },
    'a base twice without change': {
      'kustomization.yaml': 'resources: [x, y]\n',
      'x/kustomization.yaml': 'resources: [../b]\n',
      'y/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': configMap('c'),
    },
    'a base of itself': 'resources: [a.yaml, .]\n',
    'a cycle': {
      'kustomization.yaml': 'resources: [b]\n',
      'b/kustomization.yaml': 'resources: [../c]\n',
      'c/kustomization.yaml': 'resources: [../b]\n',
    },
    'a base above': {
      'b/kustomization.yaml': 'resources: [..]\n',
      'kustomization.yaml': 'resources: [a.yaml]\n',
      '@path': 'b',
    },
    'a base that includes its parent': {
      'kustomization.yaml': 'resources: [b]\n',
      'b/kustomization.yaml': 'resources: [..]\n',
    },
    'a base beside': {
      'o/kustomization.yaml': 'resources: [../b]\nnamePrefix: o-\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': configMap('c'),
      '@path': 'o',
    },
    'twelve layers': Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        i === 0 ? 'kustomization.yaml' : `l${i}/kustomization.yaml`,
        i === 11 ? 'resources: [a.yaml]\n' : `resources: [${i === 0 ? '' : '../'}l${i + 1}]\nnamePrefix: l${i}-\n`,
      ]).concat([['l11/a.yaml', configMap('deep')]]),
    ),
    'an empty base': { 'kustomization.yaml': 'resources: [a.yaml, b]\n', 'b/kustomization.yaml': '' },
    'a base without objects': {
      'kustomization.yaml': 'resources: [a.yaml, b]\n',
      'b/kustomization.yaml': 'resources: []\n',
    },
    'a base with an error': {
      'kustomization.yaml': 'resources: [a.yaml, b]\n',
      'b/kustomization.yaml': 'resources: [x.yaml]\n',
    },
    'a base with a trailing slash': {
      'kustomization.yaml': 'resources: [b/]\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': configMap('c'),
    },
    'a base that is a component': {
      'kustomization.yaml': 'resources: [b]\n',
      'b/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [c.yaml]\n',
      'b/c.yaml': configMap('c'),
    },
    'an indentation slip': 'resources:\n- a.yaml\n  - b.yaml\n',
    'collision of bases': {
      'kustomization.yaml': 'resources: [a.yaml, b]\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\n',
      'b/c.yaml': configMap('a'),
    },
    'collision after a prefix': {
      'kustomization.yaml': 'resources: [c.yaml, b]\n',
      'c.yaml': configMap('p-a'),
      'b/kustomization.yaml': 'namePrefix: p-\nresources: [c.yaml]\n',
      'b/c.yaml': configMap('a'),
    },
  }),
);

const COMPONENT = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n';
const components: Record<string, Case> = {
  'a label': { 'c/kustomization.yaml': `${COMPONENT}commonLabels: {c: x}\n` },
  'a resource': { 'c/kustomization.yaml': `${COMPONENT}resources: [r.yaml]\n`, 'c/r.yaml': configMap('r') },
  'a resource and a prefix': {
    'c/kustomization.yaml': `${COMPONENT}namePrefix: c-\nresources: [r.yaml]\n`,
    'c/r.yaml': configMap('r'),
  },
  'a prefix': { 'c/kustomization.yaml': `${COMPONENT}namePrefix: c-\n` },
  'a namespace': { 'c/kustomization.yaml': `${COMPONENT}namespace: n\n` },
  'a patch': {
    'c/kustomization.yaml': `${COMPONENT}patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {replicas: 9}\n`,
  },
  'a patch of what is missing': {
    'c/kustomization.yaml': `${COMPONENT}patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: other}\n    spec: {replicas: 9}\n`,
  },
  'a generator': { 'c/kustomization.yaml': `${COMPONENT}configMapGenerator:\n- name: settings\n  literals: [a=1]\n` },
  'a generator that merges': {
    'c/kustomization.yaml': `${COMPONENT}configMapGenerator:\n- name: gen\n  behavior: merge\n  literals: [c=1]\n`,
  },
  'an image': { 'c/kustomization.yaml': `${COMPONENT}images: [{name: nginx, newTag: c}]\n` },
  replicas: { 'c/kustomization.yaml': `${COMPONENT}replicas: [{name: web, count: 7}]\n` },
  'a replacement': {
    'c/kustomization.yaml': `${COMPONENT}replacements:\n- source: {kind: Service, fieldPath: spec.ports.0.port}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [spec.template.spec.containers.0.ports.0.containerPort]\n`,
  },
  'a component of its own': {
    'c/kustomization.yaml': `${COMPONENT}components: [../d]\nnamePrefix: c-\n`,
    'd/kustomization.yaml': `${COMPONENT}namePrefix: d-\n`,
  },
  nothing: { 'c/kustomization.yaml': COMPONENT },
  'an error': { 'c/kustomization.yaml': `${COMPONENT}resources: [missing.yaml]\n` },
  'no component': { 'c/kustomization.yaml': 'namePrefix: c-\n' },
  missing: {},
  'a collision': { 'c/kustomization.yaml': `${COMPONENT}resources: [r.yaml]\n`, 'c/r.yaml': deployment('web') },
};
const componentTrees: Record<string, Case> = {};
for (const [name, files] of Object.entries(components)) {
  componentTrees[`component with ${name}`] = {
    'kustomization.yaml':
      'resources: [web.yaml]\ncomponents: [c]\nconfigMapGenerator:\n- name: gen\n  literals: [a=1]\n',
    ...(files as Record<string, string>),
  };
  componentTrees[`component with ${name}, over a prefix`] = {
    'kustomization.yaml': 'resources: [base]\ncomponents: [c]\nnamePrefix: top-\ncommonLabels: {top: "1"}\n',
    'base/kustomization.yaml':
      'resources: [web.yaml]\nnamePrefix: base-\nconfigMapGenerator:\n- name: gen\n  literals: [a=1]\n',
    'base/web.yaml': `${deployment('web')}---\n${service('web')}`,
    ...(files as Record<string, string>),
  };
}

export const COMPONENT_CASES: Area = join(
  area({ 'web.yaml': `${deployment('web')}---\n${service('web')}` }, componentTrees),
  area(
    { 'a.yaml': configMap('a') },
    {
      'a component twice': {
        'kustomization.yaml': 'resources: [a.yaml]\ncomponents: [c, c]\n',
        'c/kustomization.yaml': `${COMPONENT}namePrefix: c-\n`,
      },
      'two components in order': {
        'kustomization.yaml': 'resources: [a.yaml]\ncomponents: [c, d]\n',
        'c/kustomization.yaml': `${COMPONENT}namePrefix: c-\n`,
        'd/kustomization.yaml': `${COMPONENT}namePrefix: d-\nnameSuffix: -d\n`,
      },
      'a file as a component': 'resources: [a.yaml]\ncomponents: [a.yaml]\n',
      'only components': {
        'kustomization.yaml': 'components: [c]\n',
        'c/kustomization.yaml': `${COMPONENT}resources: [r.yaml]\n`,
        'c/r.yaml': configMap('r'),
      },
      'a component of itself': {
        'kustomization.yaml': 'components: [c]\n',
        'c/kustomization.yaml': `${COMPONENT}components: [.]\n`,
      },
      'a component and generated names': {
        'kustomization.yaml': 'resources: [web.yaml]\ncomponents: [c]\nnameSuffix: -x\n',
        'web.yaml': deployment('web'),
        'c/kustomization.yaml': `${COMPONENT}secretGenerator:\n- name: credentials\n  literals: [p=1]\npatches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: replace, path: /spec/replicas, value: 5}\n`,
      },
      'a component in a base': {
        'kustomization.yaml': 'resources: [base]\nnamePrefix: t-\n',
        'base/kustomization.yaml': 'resources: [a.yaml]\ncomponents: [../c]\n',
        'base/a.yaml': configMap('a'),
        'c/kustomization.yaml': `${COMPONENT}commonAnnotations: {c: d}\nresources: [r.yaml]\n`,
        'c/r.yaml': configMap('r'),
      },
      'configurations of a component': {
        'kustomization.yaml': 'resources: [a.yaml]\ncomponents: [c]\nnamePrefix: x-\n',
        'c/kustomization.yaml': `${COMPONENT}configurations: [cfg.yaml]\nresources: [w.yaml]\n`,
        'c/cfg.yaml':
          'namePrefix:\n- path: metadata/name\nnameReference:\n- kind: ConfigMap\n  fieldSpecs: [{kind: Widget, path: spec/config}]\n',
        'c/w.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {config: a}\n',
      },
    },
  ),
);
