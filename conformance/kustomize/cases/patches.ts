import { configMap, deployment, secret, service, widget } from '../objects.ts';
import { type Area, area, type Case, join } from '../tree.ts';

const APP = {
  'app.yaml': `${deployment('web')}---\n${service('web')}---\n${configMap('settings', '  labels: {tier: a, env: prod}\n  annotations: {note: x}\ndata:\n  a: "1"\n  b: "2"\n')}---\n${secret('credentials', 'data:\n  k: dg==\n')}---\n${widget('gadget', '  size: 1\n  list: [a, b]\n  items:\n  - name: a\n    v: 1\n  - name: b\n    v: 2\n')}`,
};

const indented = (text: string, by: number): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `${line === '' ? '' : ' '.repeat(by)}${line}\n`)
    .join('');

const patch = (text: string, rest = ''): string =>
  `resources: [app.yaml]\npatches:\n- patch: |-\n${indented(text, 4)}${rest}`;

const web = (spec: string, metadata = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n${metadata}${spec}`;
const containers = (text: string): string =>
  web(`spec:\n  template:\n    spec:\n      containers:\n${indented(text, 6)}`);
const podSpec = (text: string): string => web(`spec:\n  template:\n    spec:\n${indented(text, 6)}`);
const cm = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n${data}`;
const gadget = (spec: string): string => widget('gadget', indented(spec, 2));

/** Strategic merges by what they merge. */
const MERGES: Readonly<Record<string, string>> = {
  'a scalar': web('spec:\n  replicas: 5\n'),
  'a scalar to null': web('spec:\n  replicas: null\n'),
  'a missing scalar to null': web('spec:\n  paused: null\n'),
  'a map to null': web('spec:\n  template:\n    metadata:\n      labels: null\n'),
  'a new map': web('spec:\n  strategy:\n    type: Recreate\n'),
  'an empty map over a map': web('spec:\n  selector: {}\n'),
  'labels added and removed': web('', '  labels: {app: null, new: "1"}\n'),
  'annotations added': web('', '  annotations: {b: "1", a: "2"}\n'),
  'a container by name': containers('- name: sidecar\n  image: proxy:2\n'),
  'a first container by name': containers('- name: main\n  image: nginx:2\n'),
  'both containers, other order': containers('- name: sidecar\n  image: proxy:2\n- name: main\n  image: nginx:2\n'),
  'a new container': containers('- name: extra\n  image: extra:1\n'),
  'a new and an old container': containers('- name: extra\n  image: extra:1\n- name: main\n  tty: true\n'),
  'a container without a name': containers('- image: extra:1\n'),
  'a container deleted': containers('- name: sidecar\n  $patch: delete\n'),
  'a missing container deleted': containers('- name: nothing\n  $patch: delete\n'),
  'all containers deleted': containers('- name: sidecar\n  $patch: delete\n- name: main\n  $patch: delete\n'),
  'a container deleted and one added': containers('- name: sidecar\n  $patch: delete\n- name: extra\n  image: e\n'),
  'containers replaced': containers('- $patch: replace\n- name: only\n  image: o\n'),
  'a container replaced': containers('- name: main\n  $patch: replace\n  image: o\n'),
  'a container merged in words': containers('- name: main\n  $patch: merge\n  tty: true\n'),
  'containers null': podSpec('containers: null\n'),
  'containers empty': podSpec('containers: []\n'),
  'initContainers new': podSpec('initContainers:\n- name: init\n  image: busybox\n'),
  'environment by name': containers('- name: main\n  env:\n  - name: MODE\n    value: test\n'),
  'environment new': containers('- name: main\n  env:\n  - name: NEW\n    value: "1"\n'),
  'environment deleted': containers('- name: main\n  env:\n  - name: MODE\n    $patch: delete\n'),
  'environment value to reference': containers(
    '- name: main\n  env:\n  - name: MODE\n    value: null\n    valueFrom:\n      fieldRef: {fieldPath: metadata.name}\n',
  ),
  'envFrom has no key': containers('- name: main\n  envFrom:\n  - configMapRef: {name: x}\n'),
  'ports by two keys': containers(
    '- name: main\n  ports:\n  - containerPort: 8080\n    protocol: TCP\n    name: http\n',
  ),
  'ports of another protocol': containers('- name: main\n  ports:\n  - containerPort: 8080\n    protocol: UDP\n'),
  'a port without protocol': containers('- name: main\n  ports:\n  - containerPort: 9090\n'),
  'a port deleted': containers('- name: main\n  ports:\n  - containerPort: 8080\n    $patch: delete\n'),
  'volumes by name': podSpec('volumes:\n- name: config\n  emptyDir: {}\n'),
  'volumes by name, the old source null': podSpec('volumes:\n- name: config\n  configMap: null\n  emptyDir: {}\n'),
  'a volume retaining keys': podSpec('volumes:\n- name: config\n  $retainKeys: [name, emptyDir]\n  emptyDir: {}\n'),
  'a volume mount new': containers('- name: main\n  volumeMounts:\n  - mountPath: /etc/x\n    name: config\n'),
  'tolerations have no key': podSpec('tolerations:\n- key: a\n  operator: Exists\n'),
  imagePullSecrets: podSpec('imagePullSecrets:\n- name: regcred\n'),
  topologySpreadConstraints: podSpec(
    'topologySpreadConstraints:\n- topologyKey: zone\n  maxSkew: 1\n  whenUnsatisfiable: DoNotSchedule\n',
  ),
  hostAliases: podSpec('hostAliases:\n- ip: 127.0.0.1\n  hostnames: [a, b]\n'),
  securityContext: podSpec('securityContext:\n  runAsNonRoot: true\n  supplementalGroups: [1, 2]\n'),
  'the whole object deleted': web('$patch: delete\n'),
  'the whole object replaced': web('$patch: replace\nspec:\n  replicas: 1\n'),
  'a map deleted': web('spec:\n  template:\n    $patch: delete\n'),
  'a map replaced': web(
    'spec:\n  template:\n    metadata:\n      labels:\n        $patch: replace\n        only: "1"\n',
  ),
  'an unknown directive': web('spec:\n  $patch: remove\n'),
  'an order of elements': web(
    'spec:\n  template:\n    spec:\n      $setElementOrder/containers:\n      - name: sidecar\n      - name: main\n',
  ),
  'deletions from a list of scalars': web('', '  finalizers: [a]\n  $deleteFromPrimitiveList/finalizers: [b]\n'),
  finalizers: web('', '  finalizers: [b, a]\n'),
  ownerReferences: web('', '  ownerReferences:\n  - apiVersion: v1\n    kind: X\n    name: y\n    uid: z\n'),
  'a quoted number by a plain one': cm('data:\n  a: 5\n'),
  'a quoted number by a word': cm('data:\n  a: yes\n'),
  'a quoted number by null': cm('data:\n  a: null\n'),
  'a quoted number by an octal one': cm('data:\n  a: 0644\n'),
  'data with a block': cm('data:\n  a: |\n    x\n    y\n'),
  'data replaced': cm('data:\n  $patch: replace\n  c: "3"\n'),
  'data to null': cm('data: null\n'),
  'data to nothing': cm('data: {}\n'),
  'data is a list': cm('data: [x]\n'),
  'data is a text': cm('data: x\n'),
  'data gets a map': cm('data:\n  a: {x: y}\n'),
  'keys of JavaScript': cm('data:\n  __proto__: "1"\n  constructor: "2"\n'),
  'an unknown top-level field': cm('extra: {a: b}\n'),
  'a number by a quoted one': gadget('size: "5"\n'),
  'a number by a float': gadget('size: 1.0\n'),
  'lists of a custom resource': gadget('list: [c]\nitems:\n- name: a\n  v: 9\n'),
  'a list of a custom resource with a directive': gadget('items:\n- name: a\n  $patch: delete\n'),
  'a list of a custom resource replaced': gadget('items:\n- $patch: replace\n- name: z\n'),
  'a map over a list': gadget('list: {a: b}\n'),
  'a list over a scalar': gadget('size: [1]\n'),
  'a scalar over a list': gadget('list: x\n'),
  'nulls in a list': gadget('list: [null, a]\n'),
  anchors: gadget('size: &s 3\nother: *s\n'),
  comments: gadget('# why\nsize: 4 # because\n'),
  'service ports by port':
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n    targetPort: 9090\n',
  'service ports with protocol':
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n    protocol: UDP\n    name: dns\n',
  'service selector':
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: null, x: "y"}\n  type: NodePort\n',
  'metadata only': web(''),
  'another apiVersion': 'apiVersion: apps/v1beta1\nkind: Deployment\nmetadata:\n  name: web\nspec: {replicas: 3}\n',
  'another kind': 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec: {replicas: 3}\n',
  'another name': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: other\nspec: {replicas: 3}\n',
  'another namespace': web('spec: {replicas: 3}\n', '  namespace: other\n'),
  'the namespace default': web('spec: {replicas: 3}\n', '  namespace: default\n'),
  'no name': 'apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 3}\n',
  'no kind': 'apiVersion: apps/v1\nmetadata: {name: web}\nspec: {replicas: 3}\n',
  'no apiVersion': 'kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n',
  'several documents': `${web('spec: {replicas: 3}\n')}---\n${cm('data: {z: "1"}\n')}`,
  'several documents, one missing': `${web('spec: {replicas: 3}\n')}---\n${configMap('nothing')}`,
  JSON: '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":3}}',
  nothing: '',
  'a text': 'hello',
  'a list of texts': '- a\n- b',
  'broken YAML': 'a: [b',
};

const merges: Record<string, Case> = {};
for (const [name, text] of Object.entries(MERGES)) merges[name] = patch(text);
for (const name of [
  'a scalar',
  'a container by name',
  'another name',
  'several documents',
  'the whole object deleted',
  'a text',
]) {
  const text = MERGES[name] ?? '';
  merges[`${name}, by path`] = {
    'kustomization.yaml': 'resources: [app.yaml]\npatches:\n- path: p.yaml\n',
    'p.yaml': text,
  };
  merges[`${name}, in patchesStrategicMerge`] =
    `resources: [app.yaml]\npatchesStrategicMerge:\n- |-\n${indented(text, 2)}`;
  merges[`${name}, by path in patchesStrategicMerge`] = {
    'kustomization.yaml': 'resources: [app.yaml]\npatchesStrategicMerge: [p.yaml]\n',
    'p.yaml': text,
  };
  merges[`${name}, with a target`] = patch(text, '  target: {kind: Deployment}\n');
  merges[`${name}, with a target that matches nothing`] = patch(text, '  target: {kind: Nothing}\n');
}

/** Targets of a JSON patch that says where it was. */
const TARGETS: Readonly<Record<string, string>> = {
  everything: '{}',
  kind: '{kind: Deployment}',
  'kind, expression': '{kind: Deploy.*}',
  'kind, part of it': '{kind: Deploy}',
  'kind, alternatives': '{kind: "Deployment|Service"}',
  name: '{name: web}',
  'name, expression': '{name: "w.b"}',
  'name, anchored already': '{name: "^web$"}',
  'name, class and count': '{name: "[a-z]{3}"}',
  'name, case ignored': '{name: "(?i)WEB"}',
  'name, POSIX class': '{name: "[[:alpha:]]+"}',
  'name, named group': '{name: "(?P<x>web)"}',
  'name, look ahead': '{name: "(?=web)web"}',
  'name, broken expression': '{name: "we["}',
  'name, back reference': '{name: "(w)\\\\1"}',
  'group and version': '{group: apps, version: v1}',
  'group expression': '{group: "app."}',
  'version expression': '{version: "v[0-9]"}',
  'another group': '{group: extensions, kind: Deployment}',
  'namespace default': '{namespace: default}',
  'namespace other': '{namespace: other}',
  'namespace expression': '{namespace: "def.*"}',
  'a label': '{labelSelector: app=web}',
  labels: '{labelSelector: "tier=a,env=prod"}',
  'label in a set': '{labelSelector: "tier in (a, b)"}',
  'label not in a set': '{labelSelector: "tier notin (a)"}',
  'label there': '{labelSelector: tier}',
  'label not there': '{labelSelector: "!tier"}',
  'label unequal': '{labelSelector: "tier!=a"}',
  'label double equals': '{labelSelector: "tier==a"}',
  'label broken': '{labelSelector: "tier in"}',
  'label value with a blank': '{labelSelector: "tier=a b"}',
  'an annotation': '{annotationSelector: note=x}',
  'annotation of a URL': '{annotationSelector: "note=https://x"}',
  'all at once':
    '{group: "", version: v1, kind: ConfigMap, name: settings, namespace: default, labelSelector: tier=a, annotationSelector: note}',
  'unknown field': '{kinds: Deployment}',
  null: '',
};
const targets: Record<string, Case> = {};
for (const [name, target] of Object.entries(TARGETS)) {
  targets[`target: ${name}`] = patch('- op: add\n  path: /metadata/marked\n  value: "1"', `  target: ${target}\n`);
  targets[`merge with target: ${name}`] = patch(
    'apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n  labels: {marked: "1"}\n',
    `  target: ${target}\n`,
  );
}

/** JSON patches of the ConfigMap, the widget and the Deployment. */
const OPERATIONS: Readonly<Record<string, readonly [kind: string, ops: string]>> = {
  'add a key': ['ConfigMap', '- {op: add, path: /data/c, value: "3"}'],
  'add over a key': ['ConfigMap', '- {op: add, path: /data/a, value: "3"}'],
  'add a number': ['ConfigMap', '- {op: add, path: /data/c, value: 3}'],
  'add a word of YAML 1.1': ['ConfigMap', '- {op: add, path: /data/c, value: yes}'],
  'add an octal number': ['ConfigMap', '- {op: add, path: /data/c, value: 0644}'],
  'add a date': ['ConfigMap', '- {op: add, path: /data/c, value: 2024-01-02}'],
  'add null': ['ConfigMap', '- {op: add, path: /data/c, value: null}'],
  'add nothing': ['ConfigMap', '- {op: add, path: /data/c}'],
  'add a map': ['ConfigMap', '- op: add\n  path: /data\n  value:\n    z: "1"\n    a: {b: c}'],
  'add below nothing': ['ConfigMap', '- {op: add, path: /none/x, value: 1}'],
  'add below a scalar': ['ConfigMap', '- {op: add, path: /data/a/x, value: 1}'],
  'add at the root': [
    'ConfigMap',
    '- {op: add, path: "", value: {apiVersion: v1, kind: ConfigMap, metadata: {name: n}}}',
  ],
  'add annotations where there are some': ['ConfigMap', '- {op: add, path: /metadata/annotations/x, value: "1"}'],
  'add annotations where there are none': ['Service', '- {op: add, path: /metadata/annotations/x, value: "1"}'],
  'add labels where there are none': ['Service', '- {op: add, path: /metadata/labels/x, value: "1"}'],
  'add escaped': ['ConfigMap', '- {op: add, path: /data/a~1b~0c, value: x}'],
  'add to a list': ['Widget', '- {op: add, path: /spec/list/-, value: z}'],
  'add in a list': ['Widget', '- {op: add, path: /spec/list/1, value: z}'],
  'add at the end by number': ['Widget', '- {op: add, path: /spec/list/2, value: z}'],
  'add beyond the end': ['Widget', '- {op: add, path: /spec/list/3, value: z}'],
  'add by a negative number': ['Widget', '- {op: add, path: /spec/list/-1, value: z}'],
  'add by a word': ['Widget', '- {op: add, path: /spec/list/x, value: z}'],
  replace: ['ConfigMap', '- {op: replace, path: /data/a, value: "3"}'],
  'replace what is missing': ['ConfigMap', '- {op: replace, path: /data/c, value: "3"}'],
  'replace an element': ['Widget', '- {op: replace, path: /spec/list/0, value: z}'],
  'replace beyond the end': ['Widget', '- {op: replace, path: /spec/list/5, value: z}'],
  'replace deep': ['Deployment', '- {op: replace, path: /spec/template/spec/containers/0/image, value: "x:1"}'],
  remove: ['ConfigMap', '- {op: remove, path: /data/a}'],
  'remove what is missing': ['ConfigMap', '- {op: remove, path: /data/c}'],
  'remove an element': ['Widget', '- {op: remove, path: /spec/list/0}'],
  'remove the last by a negative number': ['Widget', '- {op: remove, path: /spec/list/-1}'],
  'remove beyond the end': ['Widget', '- {op: remove, path: /spec/list/5}'],
  'remove a list': ['Widget', '- {op: remove, path: /spec/list}'],
  'remove the root': ['ConfigMap', '- {op: remove, path: ""}'],
  'remove all data': ['ConfigMap', '- {op: remove, path: /data/a}\n- {op: remove, path: /data/b}'],
  move: ['ConfigMap', '- {op: move, from: /data/a, path: /data/z}'],
  'move what is missing': ['ConfigMap', '- {op: move, from: /data/q, path: /data/z}'],
  'move in a list': ['Widget', '- {op: move, from: /spec/list/0, path: /spec/list/1}'],
  copy: ['ConfigMap', '- {op: copy, from: /data/a, path: /data/z}'],
  'copy a map': ['ConfigMap', '- {op: copy, from: /metadata/labels, path: /data2}'],
  'test that holds': ['ConfigMap', '- {op: test, path: /data/a, value: "1"}\n- {op: remove, path: /data/a}'],
  'test that fails': ['ConfigMap', '- {op: test, path: /data/a, value: "2"}'],
  'test of another type': ['ConfigMap', '- {op: test, path: /data/a, value: 1}'],
  'test of what is missing': ['ConfigMap', '- {op: test, path: /data/q, value: null}'],
  'test of a map': ['ConfigMap', '- {op: test, path: /data, value: {b: "2", a: "1"}}'],
  'name changed': ['ConfigMap', '- {op: replace, path: /metadata/name, value: renamed}'],
  'kind changed': ['ConfigMap', '- {op: replace, path: /kind, value: Secret}'],
  'namespace added': ['ConfigMap', '- {op: add, path: /metadata/namespace, value: n}'],
  'name removed': ['ConfigMap', '- {op: remove, path: /metadata/name}'],
  'unknown operation': ['ConfigMap', '- {op: merge, path: /data/a, value: x}'],
  'no operation': ['ConfigMap', '- {path: /data/a, value: x}'],
  'no path': ['ConfigMap', '- {op: add, value: x}'],
  'path without a slash': ['ConfigMap', '- {op: add, path: data/a, value: x}'],
  'no list': ['ConfigMap', 'op: add\npath: /data/a\nvalue: x'],
  'an empty list': ['ConfigMap', '[]'],
  'real JSON': ['ConfigMap', '[{"op":"add","path":"/data/c","value":"é\\u00e9 <x>"}]'],
  'JSON over lines': ['ConfigMap', '[\n  {"op": "add", "path": "/data/c",\n   "value": 1.0}\n]'],
  'numbers pass through doubles': [
    'Widget',
    '- {op: add, path: /spec/n, value: 9007199254740993}\n- {op: add, path: /spec/f, value: 1.0}\n- {op: add, path: /spec/e, value: 1e21}\n- {op: add, path: /spec/s, value: 1.5e-7}',
  ],
  'order of keys and text is lost': ['Deployment', '- {op: add, path: /spec/paused, value: true}'],
  'in order, each on the last': [
    'ConfigMap',
    '- {op: add, path: /data/x, value: "1"}\n- {op: replace, path: /data/x, value: "2"}\n- {op: copy, from: /data/x, path: /data/y}',
  ],
};
const operations: Record<string, Case> = {};
for (const [name, [kind, ops]] of Object.entries(OPERATIONS)) {
  operations[name] = patch(ops, `  target: {kind: ${kind}}\n`);
}
for (const name of [
  'add a key',
  'replace what is missing',
  'name changed',
  'an empty list',
  'real JSON',
  'add annotations where there are some',
]) {
  const [kind = '', ops = ''] = OPERATIONS[name] ?? [];
  operations[`${name}, by path`] = {
    'kustomization.yaml': `resources: [app.yaml]\npatches:\n- path: p.yaml\n  target: {kind: ${kind}}\n`,
    'p.yaml': ops,
  };
  operations[`${name}, without target`] = patch(ops);
  operations[`${name}, in patchesJson6902`] =
    `resources: [app.yaml]\npatchesJson6902:\n- target: {version: v1, kind: ${kind}, name: settings}\n  patch: |-\n${indented(ops, 4)}`;
  operations[`${name}, by path in patchesJson6902`] = {
    'kustomization.yaml': `resources: [app.yaml]\npatchesJson6902:\n- target: {kind: ${kind}, name: settings}\n  path: p.json\n`,
    'p.json': ops,
  };
  operations[`${name}, in patchesJson6902 without a name`] =
    `resources: [app.yaml]\npatchesJson6902:\n- target: {kind: ${kind}}\n  patch: |-\n${indented(ops, 4)}`;
}

const RENAME = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: renamed\ndata: {p: "1"}';
const REKIND = 'apiVersion: v1\nkind: Renamed\nmetadata:\n  name: settings\ndata: {p: "1"}';

export const PATCH_CASES: Area = join(
  area(APP, merges),
  area(APP, {
    'entry with patch and path': {
      'kustomization.yaml': 'resources: [app.yaml]\npatches:\n- path: p.yaml\n  patch: "x"\n',
      'p.yaml': '',
    },
    'entry with neither': 'resources: [app.yaml]\npatches:\n- target: {kind: Deployment}\n',
    'entry null': 'resources: [app.yaml]\npatches: [null]\n',
    'path that is missing': 'resources: [app.yaml]\npatches:\n- path: p.yaml\n',
    'path above the root': 'resources: [app.yaml]\npatches:\n- path: ../p.yaml\n',
    'unknown option': patch(RENAME, '  target: {kind: ConfigMap}\n  options: {allowAll: true}\n'),
    'name in a merge with a target': patch(RENAME, '  target: {kind: ConfigMap}\n'),
    'name changed by option': patch(RENAME, '  target: {kind: ConfigMap}\n  options: {allowNameChange: true}\n'),
    'kind in a merge with a target': patch(REKIND, '  target: {kind: ConfigMap}\n'),
    'kind changed by option': patch(REKIND, '  target: {kind: ConfigMap}\n  options: {allowKindChange: true}\n'),
    'both changed by option': patch(
      RENAME.replace('kind: ConfigMap', 'kind: Renamed'),
      '  target: {kind: ConfigMap}\n  options: {allowKindChange: true, allowNameChange: true}\n',
    ),
    'apiVersion in a merge with a target': patch(
      'apiVersion: other/v9\nkind: ConfigMap\nmetadata:\n  name: settings\n',
      '  target: {kind: ConfigMap}\n',
    ),
    'namespace in a merge with a target': patch(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: n\n',
      '  target: {kind: ConfigMap}\n',
    ),
    'deletion by target': patch(
      '$patch: delete\napiVersion: v1\nkind: Any\nmetadata:\n  name: any\n',
      '  target: {kind: "ConfigMap|Secret"}\n',
    ),
    'deletion of everything': patch(
      '$patch: delete\napiVersion: v1\nkind: Any\nmetadata:\n  name: any\n',
      '  target: {}\n',
    ),
    'references follow a renaming': `${patch(RENAME, '  target: {kind: ConfigMap}\n  options: {allowNameChange: true}\n')}namePrefix: p-\n`,
    'references follow a renaming by JSON patch': patch(
      '- {op: replace, path: /metadata/name, value: renamed}',
      '  target: {kind: ConfigMap}\n',
    ),
    'patches in order': `${patch(web('spec: {replicas: 1}\n'))}- patch: |-\n${indented(web('spec: {replicas: 2}\n'), 4)}`,
    'all three kinds in one kustomization': `resources: [app.yaml]\npatchesJson6902:\n- target: {kind: Deployment, name: p-web}\n  patch: |-\n    - {op: replace, path: /spec/replicas, value: 30}\npatches:\n- patch: |-\n${indented(web('spec: {replicas: 20}\n'), 4)}patchesStrategicMerge:\n- |-\n${indented(web('spec: {replicas: 10, paused: true}\n'), 2)}namePrefix: p-\n`,
    'patchesJson6902 with annotations':
      'resources: [app.yaml]\npatchesJson6902:\n- target: {kind: Service, name: web}\n  patch: |-\n    - {op: add, path: /metadata/annotations/x, value: y}\n',
    'patchesJson6902 with an expression':
      'resources: [app.yaml]\npatchesJson6902:\n- target: {kind: ".*", name: "we.*"}\n  patch: |-\n    - {op: add, path: /x, value: y}\n',
    'patchesJson6902 without target':
      'resources: [app.yaml]\npatchesJson6902:\n- patch: |-\n    - {op: add, path: /x, value: y}\n',
    'patchesStrategicMerge of what is missing': 'resources: [app.yaml]\npatchesStrategicMerge: [nothing.yaml]\n',
    'an object of a base by its old name': {
      'base/kustomization.yaml': 'resources: [../app.yaml]\nnamePrefix: b-\n',
      'kustomization.yaml': `resources: [base]\npatches:\n- patch: |-\n${indented(web('spec: {replicas: 9}\n'), 4)}`,
    },
    'an object of a base by its old name, inside the root': {
      'base/kustomization.yaml': 'resources: [cm.yaml]\nnamePrefix: b-\n',
      'base/cm.yaml': configMap('c', 'data: {a: "1"}\n'),
      'kustomization.yaml':
        'resources: [base]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c}\n    data: {a: "2"}\n',
    },
    'an object of a base by its new name': {
      'base/kustomization.yaml': 'resources: [cm.yaml]\nnamePrefix: b-\n',
      'base/cm.yaml': configMap('c', 'data: {a: "1"}\n'),
      'kustomization.yaml':
        'resources: [base]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: b-c}\n    data: {a: "2"}\n',
    },
    'a target by the old name': {
      'base/kustomization.yaml': 'resources: [cm.yaml]\nnamePrefix: b-\nnamespace: n\n',
      'base/cm.yaml': configMap('c', 'data: {a: "1"}\n'),
      'kustomization.yaml':
        'resources: [base]\npatches:\n- target: {name: c}\n  patch: |-\n    - {op: add, path: /data/old, value: "1"}\n- target: {name: b-c}\n  patch: |-\n    - {op: add, path: /data/new, value: "1"}\n- target: {namespace: default}\n  patch: |-\n    - {op: add, path: /data/default, value: "1"}\n- target: {namespace: n}\n  patch: |-\n    - {op: add, path: /data/n, value: "1"}\n',
    },
    'two objects of a name in two namespaces': {
      'two.yaml': `${configMap('c', '  namespace: x\n')}---\n${configMap('c', '  namespace: y\n')}`,
      'kustomization.yaml':
        'resources: [two.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c, namespace: y}\n    data: {a: "2"}\n',
    },
    'two objects of a name, the patch names no namespace': {
      'two.yaml': `${configMap('c', '  namespace: x\n')}---\n${configMap('c', '  namespace: y\n')}`,
      'kustomization.yaml':
        'resources: [two.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c}\n    data: {a: "2"}\n',
    },
    'a generated object by its name':
      'configMapGenerator:\n- name: g\n  literals: [a=1]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: g}\n    data: {b: "2"}\n',
    'a patch with several documents and a target': patch(
      `${web('spec: {replicas: 3}\n')}---\n${cm('data: {z: "1"}\n')}`,
      '  target: {kind: Deployment}\n',
    ),
  }),
);

export const TARGET_CASES: Area = area(APP, targets);
export const JSON_PATCH_CASES: Area = area(APP, operations);
