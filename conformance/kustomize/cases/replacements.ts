import { configMap, deployment, service, widget } from '../objects.ts';
import { type Area, area, type Case, join } from '../tree.ts';

const APP = {
  'app.yaml': `${deployment('web')}---\n${service('web')}---\n${configMap('source', '  labels: {role: source}\n  annotations: {note: "a,b"}\ndata:\n  host: db.example.com\n  port: "5432"\n  list: a,b,c\n  empty: ""\n  url: http://h:80/p\n  text: |\n    one\n    two\n  json: \'{"b": 1, "a": {"c": ["x", "y"]}}\'\n  yaml: |\n    z: 1\n    server:\n      port: 80\n')}---\n${widget('gadget', '  number: 1\n  float: 1.5\n  flag: true\n  nothing: null\n  quoted: "1"\n  map: {x: 1, y: [1, 2]}\n  empty: {}\n  list: [a, b, c]\n  items:\n  - name: a\n    value: one\n  - name: b\n    value: two\n  - name: ab\n    value: three\n  "a.b/c": dotted\n  nested:\n    deep:\n      value: x\n')}`,
};

const replace = (source: string, ...targets: readonly string[]): string =>
  `resources: [app.yaml]\nreplacements:\n- source: ${source}\n  targets:\n${targets.map((target) => `  - ${target}\n`).join('')}`;

/** What can stand as a source, copied into a new field. */
const SOURCES: Readonly<Record<string, string>> = {
  name: '{kind: ConfigMap, name: source}',
  'name of nothing': '{kind: ConfigMap, name: other}',
  'by kind': '{kind: Service}',
  'by several matches': '{version: v1}',
  'by group and version': '{group: apps, version: v1, kind: Deployment}',
  'by the wrong version': '{group: apps, version: v1beta1, kind: Deployment}',
  'by namespace default': '{kind: ConfigMap, namespace: default}',
  'by an expression': '{kind: Config.*}',
  'by nothing': '{}',
  text: '{kind: ConfigMap, fieldPath: data.host}',
  'quoted number': '{kind: ConfigMap, fieldPath: data.port}',
  'empty text': '{kind: ConfigMap, fieldPath: data.empty}',
  'missing field': '{kind: ConfigMap, fieldPath: data.nothing}',
  'text of lines': '{kind: ConfigMap, fieldPath: data.text}',
  number: '{kind: Widget, fieldPath: spec.number}',
  float: '{kind: Widget, fieldPath: spec.float}',
  flag: '{kind: Widget, fieldPath: spec.flag}',
  null: '{kind: Widget, fieldPath: spec.nothing}',
  map: '{kind: Widget, fieldPath: spec.map}',
  'empty map': '{kind: Widget, fieldPath: spec.empty}',
  list: '{kind: Widget, fieldPath: spec.list}',
  'element by number': '{kind: Widget, fieldPath: spec.list.1}',
  'element by a number in brackets': '{kind: Widget, fieldPath: "spec.list.[1]"}',
  'element by a number beyond': '{kind: Widget, fieldPath: spec.list.9}',
  'element by value': '{kind: Widget, fieldPath: "spec.list.[=b]"}',
  'element by field': '{kind: Widget, fieldPath: "spec.items.[name=b].value"}',
  'element by field, missing': '{kind: Widget, fieldPath: "spec.items.[name=z].value"}',
  'every element': '{kind: Widget, fieldPath: "spec.items.*.value"}',
  'dotted key': '{kind: Widget, fieldPath: "spec.[a.b/c]"}',
  'escaped key': '{kind: Widget, fieldPath: "spec.a\\\\.b/c"}',
  'whole spec': '{kind: Widget, fieldPath: spec}',
  annotation: '{kind: ConfigMap, fieldPath: metadata.annotations.note}',
  piece: '{kind: ConfigMap, fieldPath: data.list, options: {delimiter: ",", index: 1}}',
  'first piece': '{kind: ConfigMap, fieldPath: data.list, options: {delimiter: ","}}',
  'piece beyond': '{kind: ConfigMap, fieldPath: data.list, options: {delimiter: ",", index: 5}}',
  'negative piece': '{kind: ConfigMap, fieldPath: data.list, options: {delimiter: ",", index: -1}}',
  'piece of a long delimiter': '{kind: ConfigMap, fieldPath: data.url, options: {delimiter: "://", index: 1}}',
  'piece of a map': '{kind: Widget, fieldPath: spec.map, options: {delimiter: ","}}',
  'piece of JSON': '{kind: ConfigMap, fieldPath: data.json.a.c.1}',
  'piece of YAML': '{kind: ConfigMap, fieldPath: data.yaml.server.port}',
  'unknown field': '{kind: ConfigMap, path: data.host}',
};

/** What can stand as a target of the text in `data.host`. */
const TARGETS: Readonly<Record<string, string>> = {
  'the name': '{select: {kind: Widget}}',
  'a field': '{select: {kind: Widget}, fieldPaths: [spec.nested.deep.value]}',
  'several fields': '{select: {kind: Widget}, fieldPaths: [spec.nested.deep.value, spec.quoted, metadata.name]}',
  'a number': '{select: {kind: Widget}, fieldPaths: [spec.number]}',
  'a flag': '{select: {kind: Widget}, fieldPaths: [spec.flag]}',
  'a null': '{select: {kind: Widget}, fieldPaths: [spec.nothing]}',
  'a quoted field': '{select: {kind: Widget}, fieldPaths: [spec.quoted]}',
  'a map': '{select: {kind: Widget}, fieldPaths: [spec.map]}',
  'a list': '{select: {kind: Widget}, fieldPaths: [spec.list]}',
  'a missing field': '{select: {kind: Widget}, fieldPaths: [spec.new]}',
  'a missing field, created': '{select: {kind: Widget}, fieldPaths: [spec.new], options: {create: true}}',
  'a deep missing field, created': '{select: {kind: Widget}, fieldPaths: [spec.new.deep.er], options: {create: true}}',
  'a missing element, created':
    '{select: {kind: Widget}, fieldPaths: ["spec.items.[name=new].value"], options: {create: true}}',
  'a missing list, created':
    '{select: {kind: Widget}, fieldPaths: ["spec.fresh.[name=new].value"], options: {create: true}}',
  'an element by number': '{select: {kind: Widget}, fieldPaths: [spec.list.1]}',
  'an element at the end, created': '{select: {kind: Widget}, fieldPaths: [spec.list.3], options: {create: true}}',
  'an element beyond the end': '{select: {kind: Widget}, fieldPaths: [spec.list.9], options: {create: true}}',
  'an element by the dash': '{select: {kind: Widget}, fieldPaths: [spec.list.-], options: {create: true}}',
  'an element by value': '{select: {kind: Widget}, fieldPaths: ["spec.list.[=b]"]}',
  'an element by field': '{select: {kind: Widget}, fieldPaths: ["spec.items.[name=b].value"]}',
  'elements by an expression': '{select: {kind: Widget}, fieldPaths: ["spec.items.[name=a].value"]}',
  'elements by an anchored expression': '{select: {kind: Widget}, fieldPaths: ["spec.items.[name=^a$].value"]}',
  'every element': '{select: {kind: Widget}, fieldPaths: ["spec.items.*.value"]}',
  'every element of texts': '{select: {kind: Widget}, fieldPaths: ["spec.list.*"]}',
  'every key of a map': '{select: {kind: Widget}, fieldPaths: ["spec.nested.*.value"]}',
  'a dotted key': '{select: {kind: Widget}, fieldPaths: ["spec.[a.b/c]"]}',
  'an annotation, created':
    '{select: {kind: Widget}, fieldPaths: ["metadata.annotations.[example.com/host]"], options: {create: true}}',
  'a label, created':
    '{select: {kind: Deployment}, fieldPaths: [spec.template.metadata.labels.host], options: {create: true}}',
  'an environment value':
    '{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.containers.[name=main].env.[name=MODE].value"]}',
  'a missing environment value, created':
    '{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.containers.[name=main].env.[name=HOST].value"], options: {create: true}}',
  'the image tag':
    '{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.containers.[name=main].image"], options: {delimiter: ":", index: 1}}',
  'a piece': '{select: {kind: ConfigMap}, fieldPaths: [data.list], options: {delimiter: ",", index: 1}}',
  'a piece before': '{select: {kind: ConfigMap}, fieldPaths: [data.list], options: {delimiter: ",", index: -1}}',
  'a piece after': '{select: {kind: ConfigMap}, fieldPaths: [data.list], options: {delimiter: ",", index: 9}}',
  'a piece of an empty text':
    '{select: {kind: ConfigMap}, fieldPaths: [data.empty], options: {delimiter: ",", index: 1}}',
  'a piece of a number': '{select: {kind: Widget}, fieldPaths: [spec.float], options: {delimiter: ".", index: 1}}',
  'a piece of a map': '{select: {kind: Widget}, fieldPaths: [spec.map], options: {delimiter: ".", index: 1}}',
  'a piece of a missing field':
    '{select: {kind: Widget}, fieldPaths: [spec.new], options: {delimiter: ".", index: 1, create: true}}',
  'embedded JSON': '{select: {kind: ConfigMap}, fieldPaths: [data.json.a.c.0]}',
  'embedded JSON, a new key': '{select: {kind: ConfigMap}, fieldPaths: [data.json.a.new], options: {create: true}}',
  'embedded YAML': '{select: {kind: ConfigMap}, fieldPaths: [data.yaml.server.port]}',
  'embedded in a text': '{select: {kind: ConfigMap}, fieldPaths: [data.host.x]}',
  'select all': '{select: {}, fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'select by expression':
    '{select: {kind: "Service|Deployment"}, fieldPaths: [metadata.labels.host], options: {create: true}}',
  'select by name': '{select: {name: w.b}, fieldPaths: [metadata.labels.host], options: {create: true}}',
  'select by label':
    '{select: {labelSelector: app=web}, fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'select by annotation':
    '{select: {annotationSelector: note}, fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'select by namespace':
    '{select: {namespace: default}, fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'select nothing': '{select: {kind: Nothing}, fieldPaths: [metadata.name]}',
  'reject one':
    '{select: {}, reject: [{kind: Widget}], fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'reject several':
    '{select: {}, reject: [{kind: Widget}, {name: web}], fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'reject by name and kind':
    '{select: {}, reject: [{kind: Service, name: web}], fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'reject all': '{select: {}, reject: [{}], fieldPaths: [metadata.annotations.host], options: {create: true}}',
  'no select': '{fieldPaths: [metadata.name]}',
  'an empty path': '{select: {kind: Widget}, fieldPaths: [""]}',
  'a path below a number': '{select: {kind: Widget}, fieldPaths: [spec.number.x]}',
  'a name that two would have': '{select: {}, fieldPaths: [metadata.name]}',
  'the kind': '{select: {kind: Widget}, fieldPaths: [kind]}',
  'an encoding': '{select: {kind: Widget}, fieldPaths: [spec.quoted], options: {encoding: base64}}',
  'an unknown option': '{select: {kind: Widget}, fieldPaths: [spec.quoted], options: {make: true}}',
};

const cases: Record<string, Case> = {};
for (const [name, source] of Object.entries(SOURCES)) {
  cases[`from ${name}`] = replace(
    source,
    '{select: {kind: Widget}, fieldPaths: [spec.copied], options: {create: true}}',
  );
  cases[`from ${name} onto a text`] = replace(source, '{select: {kind: Widget}, fieldPaths: [spec.quoted]}');
  cases[`from ${name} onto a number`] = replace(source, '{select: {kind: Widget}, fieldPaths: [spec.number]}');
}
for (const [name, target] of Object.entries(TARGETS)) {
  cases[`to ${name}`] = replace('{kind: ConfigMap, fieldPath: data.host}', target);
  cases[`number to ${name}`] = replace('{kind: Widget, fieldPath: spec.number}', target);
}

export const REPLACEMENT_CASES: Area = join(
  area(APP, cases),
  area(APP, {
    'by path': {
      'kustomization.yaml': 'resources: [app.yaml]\nreplacements:\n- path: r.yaml\n',
      'r.yaml':
        'source: {kind: ConfigMap, fieldPath: data.host}\ntargets:\n- {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n',
    },
    'by path, a list': {
      'kustomization.yaml': 'resources: [app.yaml]\nreplacements:\n- path: r.yaml\n',
      'r.yaml':
        '- source: {kind: ConfigMap, fieldPath: data.host}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n- source: {kind: ConfigMap, fieldPath: data.port}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.number]}\n',
    },
    'by path that is missing': 'resources: [app.yaml]\nreplacements:\n- path: r.yaml\n',
    'by path and inline': {
      'kustomization.yaml': 'resources: [app.yaml]\nreplacements:\n- path: r.yaml\n  source: {kind: ConfigMap}\n',
      'r.yaml': '',
    },
    'by path, unknown field': {
      'kustomization.yaml': 'resources: [app.yaml]\nreplacements:\n- path: r.yaml\n',
      'r.yaml': 'sources: {kind: ConfigMap}\n',
    },
    'a value of its own':
      'resources: [app.yaml]\nreplacements:\n- sourceValue: hello\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted, spec.number]}\n',
    'a value that looks like a number':
      'resources: [app.yaml]\nreplacements:\n- sourceValue: "5"\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted, spec.number]}\n  - {select: {kind: Widget}, fieldPaths: [spec.new], options: {create: true}}\n',
    'an empty value':
      'resources: [app.yaml]\nreplacements:\n- sourceValue: ""\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n',
    'a value and a source':
      'resources: [app.yaml]\nreplacements:\n- sourceValue: a\n  source: {kind: ConfigMap}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n',
    'neither value nor source':
      'resources: [app.yaml]\nreplacements:\n- targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n',
    'no targets': 'resources: [app.yaml]\nreplacements:\n- source: {kind: ConfigMap}\n',
    'empty targets': 'resources: [app.yaml]\nreplacements:\n- source: {kind: ConfigMap}\n  targets: []\n',
    'one after another':
      'resources: [app.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: data.host}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n- source: {kind: Widget, fieldPath: spec.quoted}\n  targets:\n  - {select: {kind: Service}, fieldPaths: [metadata.labels.host], options: {create: true}}\n',
    'of a name with a prefix': `${replace('{kind: ConfigMap, name: source}', '{select: {kind: Widget}, fieldPaths: [spec.quoted]}')}namePrefix: p-\n`,
    'of a namespace': `${replace('{kind: ConfigMap, fieldPath: metadata.namespace}', '{select: {kind: Widget}, fieldPaths: [spec.quoted]}')}namespace: n\n`,
    'of an image after images': `${replace('{kind: Deployment, fieldPath: "spec.template.spec.containers.[name=main].image"}', '{select: {kind: Widget}, fieldPaths: [spec.quoted]}')}images: [{name: nginx, newTag: "9"}]\n`,
    'of replicas': `${replace('{kind: Deployment, fieldPath: spec.replicas}', '{select: {kind: Widget}, fieldPaths: [spec.number]}')}replicas: [{name: web, count: 9}]\n`,
    'of a generated name':
      'resources: [app.yaml]\nconfigMapGenerator:\n- name: gen\n  literals: [a=1]\nnamePrefix: p-\nreplacements:\n- source: {kind: ConfigMap, name: gen}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n',
    'of a generated value':
      'resources: [app.yaml]\nconfigMapGenerator:\n- name: gen\n  literals: [a=value]\nreplacements:\n- source: {kind: ConfigMap, name: gen, fieldPath: data.a}\n  targets:\n  - {select: {kind: Widget}, fieldPaths: [spec.quoted]}\n',
    'into a generated object changes its hash':
      'resources: [app.yaml]\nconfigMapGenerator:\n- name: gen\n  literals: [a=value]\nreplacements:\n- source: {kind: ConfigMap, name: source, fieldPath: data.host}\n  targets:\n  - {select: {name: gen}, fieldPaths: [data.a]}\n',
    'by the old name in a base': {
      'kustomization.yaml':
        'resources: [b]\nreplacements:\n- source: {kind: ConfigMap, name: c, fieldPath: data.x}\n  targets:\n  - {select: {name: d}, fieldPaths: [data.y], options: {create: true}}\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\nnamespace: n\n',
      'b/c.yaml': `${configMap('c', 'data: {x: "1"}\n')}---\n${configMap('d')}`,
    },
    'by the new name in a base': {
      'kustomization.yaml':
        'resources: [b]\nreplacements:\n- source: {kind: ConfigMap, name: p-c, namespace: n, fieldPath: data.x}\n  targets:\n  - {select: {name: p-d, namespace: n}, fieldPaths: [data.y], options: {create: true}}\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\nnamespace: n\n',
      'b/c.yaml': `${configMap('c', 'data: {x: "1"}\n')}---\n${configMap('d')}`,
    },
    'by the old namespace': {
      'kustomization.yaml':
        'resources: [b]\nreplacements:\n- source: {kind: ConfigMap, name: c, namespace: default, fieldPath: data.x}\n  targets:\n  - {select: {namespace: default}, fieldPaths: [data.y], options: {create: true}}\n',
      'b/kustomization.yaml': 'resources: [c.yaml]\nnamespace: n\n',
      'b/c.yaml': `${configMap('c', 'data: {x: "1"}\n')}---\n${configMap('d')}`,
    },
    'in a base, seen by the parent': {
      'kustomization.yaml': 'resources: [b]\nnamePrefix: t-\n',
      'b/kustomization.yaml':
        'resources: [c.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: c, fieldPath: data.x}\n  targets:\n  - {select: {name: d}, fieldPaths: [data.y], options: {create: true}}\n',
      'b/c.yaml': `${configMap('c', 'data: {x: "1"}\n')}---\n${configMap('d')}`,
    },
    'of a name into a reference': `resources: [app.yaml]\nnamePrefix: p-\nreplacements:\n- source: {kind: ConfigMap, name: source}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ["spec.template.spec.volumes.[name=config].configMap.name"]}\n`,
    'of a block into JSON': `${replace('{kind: ConfigMap, fieldPath: data.text}', '{select: {kind: ConfigMap}, fieldPaths: [data.json.a.c.0]}')}`,
    'JSON over lines': {
      'kustomization.yaml':
        'resources: [c.yaml]\nreplacements:\n- sourceValue: new\n  targets:\n  - {select: {kind: ConfigMap}, fieldPaths: [data.j.b, data.k.b]}\n',
      'c.yaml': configMap(
        'c',
        'data:\n  j: |-\n    {\n      "b": "old",\n      "a": [1, {"x": null}]\n    }\n  k: |\n    {"b": "old", "a": "<x>"}\n',
      ),
    },
  }),
);
