import { configMap, deployment, secret, service, widget, workload } from '../objects.ts';
import { type Area, area, type Case, join } from '../tree.ts';

const APP = {
  'app.yaml': `${deployment('web')}---\n${service('web')}---\n${configMap('settings', 'data: {a: "1"}\n')}---\n${widget('gadget', '  ref: settings\n  image: nginx:1\n  size: 1\n  items:\n  - name: a\n    v: 1\n  - name: b\n    v: 2\n')}`,
};
const configured = (
  configuration: string,
  rest = 'namePrefix: p-\ncommonLabels: {l: "1"}\ncommonAnnotations: {n: "1"}\nnamespace: ns\nimages: [{name: nginx, newTag: "9"}]\n',
): Case => ({
  'kustomization.yaml': `resources: [app.yaml]\nconfigurations: [c.yaml]\n${rest}`,
  'c.yaml': configuration,
});

const CONFIGURATIONS: Readonly<Record<string, string>> = {
  empty: '',
  'name references':
    'nameReference:\n- kind: ConfigMap\n  version: v1\n  fieldSpecs:\n  - {kind: Widget, path: spec/ref}\n',
  'name references without version':
    'nameReference:\n- kind: ConfigMap\n  fieldSpecs:\n  - {path: spec/ref, kind: Widget, group: example.com, version: v1}\n',
  'a prefix for another field': 'namePrefix:\n- {kind: Widget, path: spec/ref}\n',
  'a suffix for another field': 'nameSuffix:\n- {kind: Widget, path: spec/ref}\n',
  'a namespace for another field': 'namespace:\n- {kind: Widget, path: spec/ns, create: true}\n',
  'labels for another field': 'commonLabels:\n- {kind: Widget, path: spec/labels, create: true}\n',
  'labels for a missing field': 'commonLabels:\n- {kind: Widget, path: spec/labels}\n',
  'annotations for another field': 'commonAnnotations:\n- {kind: Widget, path: spec/notes, create: true}\n',
  'images for another field': 'images:\n- {kind: Widget, path: spec/image}\n',
  'a path with a list': 'namePrefix:\n- {kind: Widget, path: "spec/items/name"}\n',
  'a path with a list in brackets': 'namePrefix:\n- {kind: Widget, path: "spec/items[]/name"}\n',
  'a path with a slash first': 'namePrefix:\n- {kind: Widget, path: /spec/ref}\n',
  'a path that is escaped': 'commonAnnotations:\n- {kind: Widget, path: "spec/a\\\\/b", create: true}\n',
  'the default again': 'commonLabels:\n- {path: metadata/labels, create: true}\n',
  'a conflict with the default': 'commonLabels:\n- {path: metadata/labels, create: false}\n',
  'unknown field': 'nameReferences:\n- kind: ConfigMap\n',
  'unknown field in a spec': 'namePrefix:\n- {kind: Widget, field: spec/ref}\n',
  broken: 'namePrefix: [',
  'of a map into a scalar': 'commonLabels:\n- {kind: Widget, path: spec/ref, create: true}\n',
};
const configurations: Record<string, Case> = {};
for (const [name, text] of Object.entries(CONFIGURATIONS)) configurations[`configuration: ${name}`] = configured(text);

const SWAGGER = (extra: string): string =>
  JSON.stringify({
    definitions: {
      'com.example.v1.Widget': {
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec: { $ref: '#/definitions/com.example.v1.WidgetSpec' },
        },
        type: 'object',
        'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Widget', version: 'v1' }],
      },
      'com.example.v1.WidgetSpec': {
        properties: {
          items: {
            items: { type: 'object' },
            type: 'array',
            'x-kubernetes-patch-merge-key': 'name',
            'x-kubernetes-patch-strategy': 'merge',
          },
        },
        type: 'object',
      },
      ...JSON.parse(extra),
    },
  });

const GADGET_PATCH =
  'patches:\n- patch: |-\n    apiVersion: example.com/v1\n    kind: Widget\n    metadata: {name: gadget}\n    spec:\n      items:\n      - name: b\n        v: 20\n';
const WEB_PATCH =
  'patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {template: {spec: {containers: [{name: sidecar, image: "x:1"}]}}}\n';

const plugin = (field: string, kind: string, body: string): string =>
  `resources: [app.yaml]\n${field}:\n- |-\n  apiVersion: builtin\n  kind: ${kind}\n  metadata: {name: x}\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;

const vars = (rest: string, file: string, more = ''): Case => ({
  'kustomization.yaml': `resources: [app.yaml, v.yaml]\n${more}vars:\n${rest}`,
  'v.yaml': file,
});
const VARS =
  '- name: NAME\n  objref: {apiVersion: v1, kind: ConfigMap, name: settings}\n- name: SIZE\n  objref: {apiVersion: example.com/v1, kind: Widget, name: gadget}\n  fieldref: {fieldpath: spec.size}\n';

const MIXED = [
  'Namespace',
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'Endpoints',
  'LimitRange',
  'ResourceQuota',
  'PersistentVolume',
  'PersistentVolumeClaim',
]
  .map((kind) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${kind.toLowerCase()}}\n`)
  .concat(
    ['ClusterRole', 'Role', 'RoleBinding', 'ClusterRoleBinding'].map(
      (kind) => `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: {name: ${kind.toLowerCase()}}\n`,
    ),
    ['Deployment', 'StatefulSet', 'DaemonSet'].map(
      (kind) => `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${kind.toLowerCase()}}\n`,
    ),
    ['b', 'a'].map((name) => configMap(name)),
    ['y', 'x'].map((namespace) => configMap('a', `  namespace: ${namespace}\n`)),
    [
      'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\n',
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\n',
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: d}\n',
      'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: v}\n',
      'apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: m}\n',
      'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: s}\n',
      'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: p}\n',
      widget('w'),
    ],
  )
  .join('---\n');

export const CONFIGURATION_CASES: Area = join(
  area(APP, configurations),
  area(APP, {
    'configuration of a base travels up': {
      'kustomization.yaml': 'resources: [b]\nnamePrefix: t-\n',
      'b/kustomization.yaml': 'resources: [w.yaml]\nconfigurations: [c.yaml]\n',
      'b/w.yaml': `${configMap('settings')}---\n${widget('w', '  ref: settings\n')}`,
      'b/c.yaml': 'nameReference:\n- kind: ConfigMap\n  fieldSpecs: [{kind: Widget, path: spec/ref}]\n',
    },
    'configuration that is missing': 'resources: [app.yaml]\nconfigurations: [c.yaml]\n',
    'two configurations': {
      'kustomization.yaml': 'resources: [app.yaml]\nconfigurations: [c.yaml, d.yaml]\nnamePrefix: p-\n',
      'c.yaml': 'nameReference:\n- kind: ConfigMap\n  fieldSpecs: [{kind: Widget, path: spec/ref}]\n',
      'd.yaml': 'namePrefix:\n- {kind: Widget, path: spec/image}\n',
    },
    'crds: a reference': {
      'kustomization.yaml': 'resources: [app.yaml]\ncrds: [crd.json]\nnamePrefix: p-\n',
      'crd.json': JSON.stringify({
        'example.Widget': {
          Schema: {
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              spec: { $ref: 'example.WidgetSpec' },
            },
            'x-kubernetes-group-version-kind': [],
          },
          Dependencies: [],
        },
        'example.WidgetSpec': {
          Schema: {
            properties: {
              ref: { 'x-kubernetes-object-ref-api-version': 'v1', 'x-kubernetes-object-ref-kind': 'ConfigMap' },
            },
          },
        },
      }),
    },
    'crds: a definition by kind': {
      'kustomization.yaml':
        'resources: [app.yaml]\ncrds: [crd.json]\nnamePrefix: p-\ncommonLabels: {a: b}\ncommonAnnotations: {c: d}\n',
      'crd.json': JSON.stringify({
        'example.com/v1.Widget': {
          Schema: {
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: { $ref: 'example.com/v1.WidgetSpec' },
            },
          },
        },
        'example.com/v1.WidgetSpec': {
          Schema: {
            properties: {
              ref: {
                type: 'object',
                'x-kubernetes-object-ref-api-version': 'v1',
                'x-kubernetes-object-ref-kind': 'ConfigMap',
                'x-kubernetes-object-ref-name-key': 'name',
              },
              sel: { 'x-kubernetes-label-selector': '' },
              ann: { 'x-kubernetes-annotation': '' },
            },
          },
        },
      }),
    },
    'crds: a real CustomResourceDefinition': {
      'kustomization.yaml': 'resources: [app.yaml]\ncrds: [crd.yaml]\n',
      'crd.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: w}\n',
    },
    'crds: missing': 'resources: [app.yaml]\ncrds: [crd.json]\n',
    'crds: empty': { 'kustomization.yaml': 'resources: [app.yaml]\ncrds: [crd.json]\n', 'crd.json': '{}' },
    'openapi: merge keys of a custom resource': {
      'kustomization.yaml': `resources: [app.yaml]\nopenapi: {path: s.json}\n${GADGET_PATCH}`,
      's.json': SWAGGER('{}'),
    },
    'openapi: without it lists are replaced': `resources: [app.yaml]\n${GADGET_PATCH}`,
    'openapi: built-in kinds lose their keys': {
      'kustomization.yaml': `resources: [app.yaml]\nopenapi: {path: s.json}\n${WEB_PATCH}`,
      's.json': SWAGGER('{}'),
    },
    'openapi: YAML': {
      'kustomization.yaml': `resources: [app.yaml]\nopenapi: {path: s.yaml}\n${GADGET_PATCH}`,
      's.yaml': SWAGGER('{}'),
    },
    'openapi: missing': 'resources: [app.yaml]\nopenapi: {path: s.json}\n',
    'openapi: broken': { 'kustomization.yaml': 'resources: [app.yaml]\nopenapi: {path: s.json}\n', 's.json': '{' },
    'openapi: the version built in': 'resources: [app.yaml]\nopenapi: {version: v1.21.2}\n',
    'openapi: another version': 'resources: [app.yaml]\nopenapi: {version: v1.18.8}\n',
    'openapi: version and path': {
      'kustomization.yaml': 'resources: [app.yaml]\nopenapi: {version: v1.21.2, path: s.json}\n',
      's.json': SWAGGER('{}'),
    },
    'openapi: of a base': {
      'kustomization.yaml': `resources: [b]\n${GADGET_PATCH}`,
      'b/kustomization.yaml': 'resources: [w.yaml]\nopenapi: {path: s.json}\n',
      'b/s.json': SWAGGER('{}'),
      'b/w.yaml': widget('gadget', '  items:\n  - name: a\n    v: 1\n  - name: b\n    v: 2\n'),
    },
  }),
);

const order = (text: string): Case => `resources: [all.yaml]\n${text}`;
export const ORDER_CASES: Area = area(
  { 'all.yaml': MIXED },
  {
    'as listed': order(''),
    fifo: order('sortOptions: {order: fifo}\n'),
    legacy: order('sortOptions: {order: legacy}\n'),
    'legacy with lists of its own': order(
      'sortOptions:\n  order: legacy\n  legacySortOptions:\n    orderFirst: [Secret, Widget]\n    orderLast: [Namespace, ConfigMap]\n',
    ),
    'legacy with empty lists': order('sortOptions: {order: legacy, legacySortOptions: {}}\n'),
    'legacy with only a first': order('sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Widget]}}\n'),
    'legacy with a prefix': order(
      'sortOptions: {order: legacy}\nnamePrefix: p-\nnamespace: n\n'.replace('namespace: n\n', ''),
    ),
    'unknown order': order('sortOptions: {order: alphabetic}\n'),
    'no order': order('sortOptions: {}\n'),
    'lists without legacy': order('sortOptions: {order: fifo, legacySortOptions: {orderFirst: [Widget]}}\n'),
    'of a base': {
      'kustomization.yaml': 'resources: [b]\n',
      'b/kustomization.yaml': 'resources: [all.yaml]\nsortOptions: {order: legacy}\n',
      'b/all.yaml': `${service('z')}---\n${configMap('a')}`,
    },
    'of the root over a base': {
      'kustomization.yaml':
        'resources: [b]\nsortOptions: {order: legacy}\nconfigMapGenerator: [{name: g, literals: [a=1]}]\n',
      'b/kustomization.yaml': 'resources: [all.yaml]\n',
      'b/all.yaml': `${service('z')}---\n${configMap('a')}`,
    },
  },
);

export const METADATA_CASES: Area = area(APP, {
  originAnnotations: 'resources: [app.yaml]\nbuildMetadata: [originAnnotations]\n',
  transformerAnnotations:
    'resources: [app.yaml]\nnamePrefix: p-\ncommonLabels: {a: b}\nbuildMetadata: [transformerAnnotations]\n',
  managedByLabel: 'resources: [app.yaml]\nbuildMetadata: [managedByLabel]\n',
  'all of them':
    'resources: [app.yaml]\nnamePrefix: p-\nbuildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]\nconfigMapGenerator: [{name: g, literals: [a=1]}]\n',
  unknown: 'resources: [app.yaml]\nbuildMetadata: [origin]\n',
  'origin through a base': {
    'kustomization.yaml': 'resources: [b]\nbuildMetadata: [originAnnotations]\n',
    'b/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\nconfigMapGenerator: [{name: g, literals: [a=1]}]\n',
    'b/c.yaml': configMap('c'),
  },
  'transformers through a base': {
    'kustomization.yaml':
      'resources: [b]\nnameSuffix: -s\nbuildMetadata: [transformerAnnotations, originAnnotations]\n',
    'b/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\nconfigMapGenerator: [{name: g, literals: [a=1]}]\n',
    'b/c.yaml': configMap('c'),
  },
  'of a base': {
    'kustomization.yaml': 'resources: [b]\n',
    'b/kustomization.yaml': 'resources: [c.yaml]\nbuildMetadata: [originAnnotations]\n',
    'b/c.yaml': configMap('c'),
  },
  'origin of a merged generator': {
    'kustomization.yaml':
      'resources: [b]\nbuildMetadata: [originAnnotations]\nconfigMapGenerator: [{name: g, behavior: merge, literals: [b=1]}]\n',
    'b/kustomization.yaml': 'configMapGenerator: [{name: g, literals: [a=1]}]\n',
  },
  'origin of a component': {
    'kustomization.yaml':
      'resources: [app.yaml]\ncomponents: [c]\nbuildMetadata: [originAnnotations, transformerAnnotations]\n',
    'c/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [r.yaml]\nnamePrefix: c-\n',
    'c/r.yaml': configMap('r'),
  },
  'transformers: patches and others': `resources: [app.yaml]\nbuildMetadata: [transformerAnnotations]\nnamespace: n\nimages: [{name: nginx, newTag: "2"}]\nreplicas: [{name: web, count: 1}]\n${WEB_PATCH}replacements:\n- source: {kind: ConfigMap}\n  targets: [{select: {kind: Widget}, fieldPaths: [spec.ref]}]\n`,
  'managed by, with selectors': 'resources: [app.yaml]\nbuildMetadata: [managedByLabel]\ncommonLabels: {x: "y"}\n',
});

export const VAR_CASES: Area = area(APP, {
  'a name in arguments': vars(
    VARS,
    workload(
      'Pod',
      'p',
      'containers:\n- name: c\n  image: i\n  command: ["$(NAME)", "x-$(NAME)-$(SIZE)"]\n  args: ["$(SIZE)", "$$(NAME)", "$(OTHER)", "$(NAME", "$NAME", "$(NAME)$(NAME)"]\n  env: [{name: A, value: "$(NAME)"}, {name: B, value: "$(SIZE)"}]\n',
    ),
    'namePrefix: p-\n',
  ),
  'in labels and annotations': vars(
    VARS,
    configMap('c', '  labels: {a: $(NAME)}\n  annotations: {b: "$(SIZE) and $(NAME)"}\ndata: {a: $(NAME)}\n'),
  ),
  'in a Service and an Ingress': vars(
    VARS,
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{host: $(NAME).example.com}], tls: [{hosts: ["$(NAME).example.com"], secretName: $(NAME)}]}\n',
  ),
  'in a field of a configuration': {
    'kustomization.yaml': `resources: [app.yaml, v.yaml]\nconfigurations: [c.yaml]\nvars:\n${VARS}`,
    'v.yaml': widget('w', '  x: $(NAME)\n  n: $(SIZE)\n  m: {a: "$(NAME)"}\n'),
    'c.yaml':
      'varReference:\n- {kind: Widget, path: spec/x}\n- {kind: Widget, path: spec/n}\n- {kind: Widget, path: spec/m}\n',
  },
  'of an object that is missing': vars(
    '- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: nothing}\n',
    configMap('c'),
  ),
  'of a field that is missing': vars(
    '- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: settings}\n  fieldref: {fieldpath: data.nothing}\n',
    configMap('c', '  labels: {a: $(X)}\n'),
  ),
  'of a list element': vars(
    '- name: X\n  objref: {apiVersion: apps/v1, kind: Deployment, name: web}\n  fieldref: {fieldpath: "spec.template.spec.containers[0].image"}\n',
    configMap('c', '  annotations: {a: $(X)}\n'),
  ),
  'twice of a name': vars(`${VARS}${VARS}`, configMap('c')),
  'twice of a name in a base': {
    'kustomization.yaml': `resources: [b]\nvars:\n- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: c}\n`,
    'b/kustomization.yaml': `resources: [c.yaml]\nvars:\n- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: c}\n`,
    'b/c.yaml': configMap('c'),
  },
  'in a base, resolved at the root': {
    'kustomization.yaml': 'resources: [b]\nnamePrefix: t-\n',
    'b/kustomization.yaml':
      'resources: [c.yaml]\nnameSuffix: -s\nvars:\n- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: c}\n',
    'b/c.yaml': `${configMap('c')}---\n${workload('Pod', 'p', 'containers:\n- args: ["$(X)"]\n')}`,
  },
  'of a generated name': {
    'kustomization.yaml':
      'resources: [p.yaml]\nconfigMapGenerator: [{name: g, literals: [a=1]}]\nvars:\n- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: g}\n',
    'p.yaml': workload('Pod', 'p', 'containers:\n- args: ["$(X)"]\n'),
  },
  'without a name': vars('- objref: {apiVersion: v1, kind: ConfigMap, name: settings}\n', configMap('c')),
  'without an object': vars('- name: X\n', configMap('c')),
  unused: vars(VARS, configMap('c')),
  'of a map': vars(
    '- name: X\n  objref: {apiVersion: v1, kind: ConfigMap, name: settings}\n  fieldref: {fieldpath: data}\n',
    configMap('c', '  annotations: {a: $(X)}\n'),
  ),
  'of a boolean': {
    'kustomization.yaml':
      'resources: [v.yaml]\nvars:\n- name: X\n  objref: {apiVersion: example.com/v1, kind: Widget, name: w}\n  fieldref: {fieldpath: spec.b}\n',
    'v.yaml': `${widget('w', '  b: true\n')}---\n${workload('Pod', 'p', 'containers:\n- args: ["$(X)", "is $(X)"]\n')}`,
  },
});

const PLUGINS: Readonly<Record<string, readonly [field: string, kind: string, body: string]>> = {
  PrefixTransformer: ['transformers', 'PrefixTransformer', 'prefix: p-\nfieldSpecs:\n- {path: metadata/name}'],
  'PrefixTransformer on another field': [
    'transformers',
    'PrefixTransformer',
    'prefix: p-\nfieldSpecs:\n- {kind: Widget, path: spec/ref}',
  ],
  'PrefixTransformer without fields': ['transformers', 'PrefixTransformer', 'prefix: p-'],
  SuffixTransformer: ['transformers', 'SuffixTransformer', 'suffix: -s\nfieldSpecs:\n- {path: metadata/name}'],
  NamespaceTransformer: [
    'transformers',
    'NamespaceTransformer',
    ''.concat('fieldSpecs:\n- {path: metadata/namespace, create: true}'),
  ],
  LabelTransformer: [
    'transformers',
    'LabelTransformer',
    'labels: {a: b}\nfieldSpecs:\n- {path: metadata/labels, create: true}\n- {kind: Widget, path: spec/labels, create: true}',
  ],
  AnnotationsTransformer: [
    'transformers',
    'AnnotationsTransformer',
    'annotations: {a: b}\nfieldSpecs:\n- {path: metadata/annotations, create: true}',
  ],
  ImageTagTransformer: [
    'transformers',
    'ImageTagTransformer',
    'imageTag: {name: nginx, newTag: "7"}\nfieldSpecs:\n- {kind: Widget, path: spec/image}',
  ],
  ReplicaCountTransformer: [
    'transformers',
    'ReplicaCountTransformer',
    'replica: {name: web, count: 8}\nfieldSpecs:\n- {kind: Deployment, path: spec/replicas, create: true}',
  ],
  PatchTransformer: [
    'transformers',
    'PatchTransformer',
    'target: {kind: Deployment}\npatch: |-\n  - {op: replace, path: /spec/replicas, value: 6}',
  ],
  PatchStrategicMergeTransformer: [
    'transformers',
    'PatchStrategicMergeTransformer',
    'patches: |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec: {replicas: 6}',
  ],
  PatchJson6902Transformer: [
    'transformers',
    'PatchJson6902Transformer',
    'target: {group: apps, version: v1, kind: Deployment, name: web}\njsonOp: |-\n  [{"op": "replace", "path": "/spec/replicas", "value": 6}]',
  ],
  ReplacementTransformer: [
    'transformers',
    'ReplacementTransformer',
    'replacements:\n- source: {kind: ConfigMap}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.ref]}',
  ],
  ValueAddTransformer: [
    'transformers',
    'ValueAddTransformer',
    'value: v\ntargets:\n- fieldPath: metadata/annotations/x',
  ],
  NamespaceUnset: [
    'transformers',
    'NamespaceTransformer',
    'unsetOnly: true\nfieldSpecs:\n- {path: metadata/namespace, create: true}',
  ],
  SortOrderTransformer: ['transformers', 'SortOrderTransformer', 'sortOptions: {order: legacy}'],
  HashTransformer: ['transformers', 'HashTransformer', ''],
  ConfigMapGenerator: ['generators', 'ConfigMapGenerator', 'literals: [a=1]'],
  SecretGenerator: ['generators', 'SecretGenerator', 'literals: [a=1]\ntype: x/y'],
  'unknown builtin': ['transformers', 'UnknownTransformer', 'x: y'],
  HelmChartInflationGenerator: ['generators', 'HelmChartInflationGenerator', 'repo: https://x\nname: y'],
};
const plugins: Record<string, Case> = {};
for (const [name, [field, kind, body]] of Object.entries(PLUGINS)) {
  plugins[name] = plugin(field, kind, body);
  plugins[`${name} as a file`] = {
    'kustomization.yaml': `resources: [app.yaml]\n${field}: [t.yaml]\n`,
    't.yaml': `apiVersion: builtin\nkind: ${kind}\nmetadata: {name: x, namespace: other}\n${body}\n`,
  };
}
export const PLUGIN_CASES: Area = join(
  area(APP, plugins),
  area(APP, {
    'an external plugin': plugin('transformers', 'X', 'a: b').replace(
      'apiVersion: builtin',
      'apiVersion: example.com/v1',
    ),
    'a container function': {
      'kustomization.yaml': 'resources: [app.yaml]\ntransformers: [t.yaml]\n',
      't.yaml':
        'apiVersion: example.com/v1\nkind: F\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: example/f}\n',
    },
    'an exec function': {
      'kustomization.yaml': 'resources: [app.yaml]\ngenerators: [t.yaml]\n',
      't.yaml':
        'apiVersion: example.com/v1\nkind: F\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n',
    },
    'a validator that is builtin': plugin(
      'validators',
      'LabelTransformer',
      'labels: {a: b}\nfieldSpecs:\n- {path: metadata/labels, create: true}',
    ),
    'a validator that changes nothing': plugin(
      'validators',
      'PrefixTransformer',
      'prefix: ""\nfieldSpecs:\n- {path: metadata/name}',
    ),
    'a transformer from a folder': {
      'kustomization.yaml': 'resources: [app.yaml]\ntransformers: [t]\n',
      't/kustomization.yaml': 'resources: [x.yaml]\n',
      't/x.yaml':
        'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: f-\nfieldSpecs: [{path: metadata/name}]\n',
    },
    'two transformers in a file': {
      'kustomization.yaml': 'resources: [app.yaml]\ntransformers: [t.yaml]\n',
      't.yaml':
        'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: f-\nfieldSpecs: [{path: metadata/name}]\n---\napiVersion: builtin\nkind: SuffixTransformer\nmetadata: {name: y}\nsuffix: -g\nfieldSpecs: [{path: metadata/name}]\n',
    },
    'a transformer after the fields':
      'resources: [app.yaml]\nnamePrefix: p-\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PrefixTransformer\n  metadata: {name: x}\n  prefix: t-\n  fieldSpecs: [{path: metadata/name}]\n',
    'a transformer that is missing': 'resources: [app.yaml]\ntransformers: [t.yaml]\n',
    'a transformer with an unknown field': plugin(
      'transformers',
      'PrefixTransformer',
      'prefix: p-\nfoo: bar\nfieldSpecs:\n- {path: metadata/name}',
    ),
    'a generator from a folder': {
      'kustomization.yaml': 'resources: [app.yaml]\ngenerators: [g]\n',
      'g/kustomization.yaml': 'resources: [x.yaml]\n',
      'g/x.yaml': 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nliterals: [a=1]\n',
    },
  }),
);

/** What meets in real trees. */
export const INTERACTION_CASES: Area = area(
  {},
  {
    'a whole application': {
      'overlay/kustomization.yaml':
        'resources: [../base]\nnamespace: prod\nnamePrefix: prod-\nlabels:\n- pairs: {env: prod}\n  includeTemplates: true\ncommonAnnotations: {owner: team}\nimages:\n- {name: nginx, newName: registry.example.com/nginx, newTag: "1.27"}\nreplicas: [{name: web, count: 4}]\nconfigMapGenerator:\n- name: settings\n  behavior: merge\n  literals: [level=warn]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - {op: add, path: /spec/template/spec/priorityClassName, value: high}\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {template: {spec: {containers: [{name: main, resources: {limits: {memory: 1Gi}}}]}}}\ncomponents: [../monitoring]\n',
      'base/kustomization.yaml':
        'resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n  literals: [level=debug, mode=a]\nsecretGenerator:\n- name: credentials\n  literals: [password=x]\ncommonLabels: {app.kubernetes.io/name: web}\n',
      'base/web.yaml': `${deployment('web')}---\n${service('web')}`,
      'monitoring/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [monitor.yaml]\npatches:\n- target: {kind: Service}\n  patch: |-\n    - {op: add, path: /metadata/labels/monitored, value: "true"}\n',
      'monitoring/monitor.yaml': widget('monitor', '  selector: {app: web}\n'),
      '@path': 'overlay',
    },
    'a component merges a generator under a prefix': {
      'kustomization.yaml': 'resources: [b]\ncomponents: [c]\nnamePrefix: t-\n',
      'b/kustomization.yaml':
        'resources: [d.yaml]\nnamePrefix: b-\nconfigMapGenerator: [{name: settings, literals: [level=1]}]\n',
      'b/d.yaml': deployment('web'),
      'c/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator: [{name: settings, behavior: merge, literals: [level=2, extra=x]}]\n',
    },
    'a reference that a patch adds': {
      'kustomization.yaml':
        'resources: [d.yaml]\nconfigMapGenerator: [{name: late, literals: [a=1]}]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {template: {spec: {volumes: [{name: late, configMap: {name: late}}]}}}\n',
      'd.yaml': deployment('web'),
    },
    'a reference that a JSON patch adds': {
      'kustomization.yaml':
        'resources: [d.yaml]\nconfigMapGenerator: [{name: late, literals: [a=1]}]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - {op: add, path: /spec/template/spec/volumes/-, value: {name: late, configMap: {name: late}}}\n',
      'd.yaml': deployment('web'),
    },
    'labels on what a component brings': {
      'kustomization.yaml': 'components: [c]\ncommonLabels: {top: "1"}\nnamespace: n\n',
      'c/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [d.yaml]\ncommonLabels: {comp: "1"}\n',
      'c/d.yaml': deployment('web'),
    },
    'a deleted object is not referenced': {
      'kustomization.yaml':
        'resources: [d.yaml]\nnamePrefix: p-\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: settings}\n    $patch: delete\n',
      'd.yaml': `${deployment('web')}---\n${configMap('settings')}`,
    },
    'replicas after a patch, images after both': {
      'kustomization.yaml':
        'resources: [d.yaml]\nreplicas: [{name: web, count: 9}]\nimages: [{name: patched, newTag: "9"}]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {replicas: 1, template: {spec: {containers: [{name: main, image: "patched:1"}]}}}\n',
      'd.yaml': deployment('web'),
    },
    'a Secret of long data in a List': {
      'kustomization.yaml': 'resources: [l.yaml]\nnamePrefix: p-\ncommonLabels: {a: b}\n',
      'l.yaml': `apiVersion: v1\nkind: List\nitems:\n${secret('s', `data:\n  k: ${'QUJD'.repeat(40)}\n`)
        .split('\n')
        .map((line, i) => (line === '' ? '' : `${i === 0 ? '- ' : '  '}${line}`))
        .join('\n')}`,
    },
    'an overlay of an overlay with the same patch': {
      'kustomization.yaml': 'resources: [o]\npatches: [{path: p.yaml}]\n',
      'p.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: new, image: "b"}]}}}\n',
      'o/kustomization.yaml': 'resources: [d.yaml]\npatches: [{path: p.yaml}]\n',
      'o/p.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: new, image: "a"}, {name: main, tty: true}]}}}\n',
      'o/d.yaml': deployment('web'),
    },
    'expressions of substitution stay': {
      'kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: "${PREFIX}-"\n',
      'c.yaml': configMap('c', '  labels: {a: "${LABEL:=x}"}\ndata:\n  a: ${A}\n  b: "${B}: c"\n  "${KEY}": $$x\n'),
    },
  },
);
