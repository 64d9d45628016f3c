import { configMap, deployment, service, widget } from '../objects.ts';
import { type Area, area } from '../tree.ts';

const one = (text: string): Readonly<Record<string, string>> => ({ 'w.yaml': text });

/** Files as a whole: documents, anchors, comments, lists. */
export const DOCUMENT_CASES: Area = area(
  { 'kustomization.yaml': 'resources: [w.yaml]\n' },
  {
    'two documents': one(`${configMap('a')}---\n${configMap('b')}`),
    'separator first': one(`---\n${configMap('a')}`),
    'separators all around': one(`---\n---\n${configMap('a')}---\n---\n${configMap('b')}---\n`),
    'separator with a comment': one(`${configMap('a')}--- # next\n${configMap('b')}`),
    'separator with blanks': one(`${configMap('a')}---   \n${configMap('b')}`),
    'separator with content': one(`${configMap('a')}--- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n`),
    'separator with a tag': one(`--- !!map\n${configMap('a')}`),
    'end of document': one(`${configMap('a')}...\n`),
    'end of document and another': one(`${configMap('a')}...\n---\n${configMap('b')}`),
    directive: one(`%YAML 1.2\n---\n${configMap('a')}`),
    'carriage returns': one(
      `${configMap('a')}---\n${configMap('b', 'data:\n  x: |\n    1\n    2\n')}`.replaceAll('\n', '\r\n'),
    ),
    'byte order mark': one(`\ufeff${configMap('a')}`),
    'no line break at the end': one(configMap('a').trimEnd()),
    'comments everywhere': one(
      `# head\n${configMap('a', '# before data\ndata: # beside\n  # inside\n  k: v # after\n# foot\n')}# end\n`,
    ),
    'comments only': one('# nothing\n# here\n'),
    'empty file': one(''),
    'blank file': one('\n\n   \n'),
    'null document': one('null\n'),
    'empty map': one('{}\n'),
    'a text': one('hello\n'),
    'a number': one('1\n'),
    'a list of objects': one('- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n'),
    'JSON object': one(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"b":"1","a":"x\\u00e9"}}',
    ),
    'JSON over lines': one(
      '{\n  "apiVersion": "v1",\n  "kind": "ConfigMap",\n  "metadata": {"name": "a"},\n  "data": {"n": "1.0", "y": "yes"}\n}\n',
    ),
    'JSON file': {
      'kustomization.yaml': 'resources: [w.json]\n',
      'w.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}',
    },
    'tabs for indentation': one('apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n'),
    'broken indentation': one('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n   labels: {}\n'),
    'unclosed quote': one(configMap('a', 'data:\n  k: "x\n')),
    'unclosed flow': one(configMap('a', 'data: {k: v\n')),
    'duplicate key': one(configMap('a', 'data:\n  k: x\n  k: y\n')),
    'duplicate top-level key': one(`${configMap('a')}kind: ConfigMap\n`),
    'duplicate name': one('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\n'),
    anchor: one(widget('a', '  x: &x {p: 1, q: [a, b]}\n  y: *x\n')),
    'anchor of a scalar': one(widget('a', '  x: &x "yes"\n  y: *x\n  z: [*x, *x]\n')),
    'anchor of a key': one(widget('a', '  &k x: 1\n  y: *k\n')),
    'anchor defined again': one(widget('a', '  x: &x 1\n  y: *x\n  z: &x 2\n  w: *x\n')),
    'alias without anchor': one(widget('a', '  x: *nothing\n')),
    'anchor of another document': one(`${widget('a', '  x: &x 1\n')}---\n${widget('b', '  y: *x\n')}`),
    'merge key': one(widget('a', '  x: &x {p: 1, q: 2}\n  y:\n    <<: *x\n    q: 3\n    r: 4\n')),
    'merge key last': one(widget('a', '  x: &x {p: 1, q: 2}\n  y:\n    q: 3\n    <<: *x\n')),
    'merge of a list': one(widget('a', '  x: &x {p: 1}\n  z: &z {p: 2, s: 3}\n  y:\n    <<: [*x, *z]\n    r: 4\n')),
    'merge of a map itself': one(widget('a', '  y:\n    <<: {p: 1}\n    r: 4\n')),
    'merge of a scalar': one(widget('a', '  x: &x 1\n  y:\n    <<: *x\n')),
    'merge in a merge': one(widget('a', '  x: &x {p: 1}\n  z: &z\n    <<: *x\n    q: 2\n  y:\n    <<: *z\n')),
    'merge at the top': one(
      'x-common: &c\n  k: v\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  <<: *c\n',
    ),
    'anchored labels': one(
      `${deployment('web').replace('  labels:\n    app: web', '  labels: &l\n    app: web').replace('matchLabels:\n      app: web', 'matchLabels: *l')}`,
    ),
    List: one(
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: b}\n',
    ),
    ConfigMapList: one(
      'apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n',
    ),
    'List and others': one(
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n---\n${configMap('b')}---\n${service('c')}`,
    ),
    'others and a List': one(
      `${configMap('b')}---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n`,
    ),
    'empty List': one('apiVersion: v1\nkind: List\nitems: []\n'),
    'List of nothing': one('apiVersion: v1\nkind: List\nitems: null\n'),
    'List without items': one('apiVersion: v1\nkind: List\n'),
    'List of Lists': one(
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}\n',
    ),
    'List with a null': one('apiVersion: v1\nkind: List\nitems:\n- null\n'),
    'kind that ends in List, without items': one(
      'apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {x: 1}\n',
    ),
    'kind that ends in List, without a name': one('apiVersion: example.com/v1\nkind: AllowList\nspec: {x: 1}\n'),
    'kind that ends in List, with items of texts': one(
      'apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [x, y]\n',
    ),
    'no kind': one('apiVersion: v1\nmetadata: {name: a}\n'),
    'no apiVersion': one('kind: ConfigMap\nmetadata: {name: a}\n'),
    'no metadata': one('apiVersion: v1\nkind: ConfigMap\n'),
    'metadata null': one('apiVersion: v1\nkind: ConfigMap\nmetadata: null\n'),
    'no name': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n'),
    'empty name': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ""}\n'),
    'null name': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: null}\n'),
    generateName: one('apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n'),
    'name is a number': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 123}\n'),
    'name is a boolean': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: true}\n'),
    'name is a map': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {a: b}}\n'),
    'name reads as yes': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yes}\n'),
    'kind is a number': one('apiVersion: v1\nkind: 1\nmetadata: {name: a}\n'),
    'kind null': one('apiVersion: v1\nkind: null\nmetadata: {name: a}\n'),
    'metadata is a list': one('apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n'),
    'labels are a list': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: [x]}\n'),
    'labels null': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: null, annotations: null}\n'),
    'labels empty': one('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {}, annotations: {}}\n'),
    'label values of other types': one(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {n: 1, b: true, v: 1.10}}\n',
    ),
    'annotations of other types': one(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {n: 1, b: true, x: null}}\n',
    ),
    'creationTimestamp null and status': one(
      `${deployment('web')}status: {}\n`.replace(
        '  name: web\n  labels',
        '  name: web\n  creationTimestamp: null\n  labels',
      ),
    ),
    'nulls in lists': one(widget('a', '  x: [null, 1, ~]\n')),
    'nested deeply': one(widget('a', `  x: ${'{a: '.repeat(30)}1${'}'.repeat(30)}\n`)),
    'keys that objects of JavaScript have': one(
      configMap('a', 'data:\n  __proto__: x\n  constructor: y\n  prototype: z\n'),
    ),
    'a kustomization as a resource': one(
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a}\n',
    ),
    'a custom resource definition': one(
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec:\n  group: example.com\n  names: {kind: Widget, plural: widgets}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, description: "a: long\\ntext"}}\n',
    ),
    'local config': one(
      `${configMap('a').replace('  name: a', '  name: a\n  annotations: {config.kubernetes.io/local-config: "true"}')}---\n${configMap('b')}`,
    ),
    'local config false': one(
      configMap('a').replace('  name: a', '  name: a\n  annotations: {config.kubernetes.io/local-config: "false"}'),
    ),
    'local config empty': one(
      `${configMap('a').replace('  name: a', '  name: a\n  annotations: {config.kubernetes.io/local-config: ""}')}---\n${configMap('b')}`,
    ),
    'internal annotations of a user': one(
      configMap('a').replace(
        '  name: a',
        '  name: a\n  annotations: {internal.config.kubernetes.io/needsHashSuffix: enabled, internal.config.kubernetes.io/x: y, config.kubernetes.io/path: p}',
      ),
    ),
    'quoted top-level keys': one('"apiVersion": "v1"\n"kind": \'ConfigMap\'\n"metadata": {"name": "a"}\n'),
    'a long description': one(
      widget(
        'a',
        `  description: ${'some words, and: '.repeat(2).replaceAll(': ', ' ')}${'text '.repeat(60)}\n  list:\n  - ${'text '.repeat(60)}\n  - - ${'text '.repeat(60)}\n`,
      ),
    ),
    'block scalars in a ConfigMap': one(
      configMap(
        'a',
        'data:\n  nginx.conf: |\n    server {\n      listen 80;\n      location / { return 200 "ok"; }\n    }\n  app.properties: "a=1\\nb=2\\n"\n  empty: ""\n  script.sh: |-\n    #!/bin/sh\n    echo "hi"   \n    exit 0\n',
      ),
    ),
    'binary data': one(configMap('a', 'binaryData:\n  b: !!binary |\n    aGVsbG8=\n')),
    'a Secret with stringData': one(
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: Opaque\nstringData:\n  password: "p@ss: word"\n  n: "123"\n',
    ),
  },
);
