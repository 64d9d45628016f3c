import { configMap } from '../objects.ts';
import { type Area, area } from '../tree.ts';

const JOB =
  'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: web\nspec:\n  schedule: "*/5 * * * *"\n  note: a b\n';
const BINDING = (subject: string): string =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects:\n- ${subject}\n`;

/** What random trees found, made small by hand. */
export const FOUND_CASES: Area = area(
  { 'a.yaml': configMap('a') },
  {
    'paths of openapi.path tell which kinds have no namespace': {
      'kustomization.yaml': 'namespace: prod\nresources: [a.yaml, w.yaml]\nopenapi: {path: api.json}\n',
      'w.yaml':
        'apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: w}\n---\napiVersion: x.io/v1\nkind: Gadget\nmetadata: {name: g}\n---\napiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: c}\n',
      'api.json': JSON.stringify({
        paths: Object.fromEntries(
          [
            ['/apis/x.io/v1/widgets', 'x.io', 'Widget'],
            ['/apis/x.io/v1/gadgets', 'x.io', 'Gadget'],
            ['/apis/x.io/v1/namespaces/{namespace}/gadgets', 'x.io', 'Gadget'],
            ['/apis/apps/v1/controllerrevisions', 'apps', 'ControllerRevision'],
          ].map(([path, group, kind]) => [
            path,
            { get: { 'x-kubernetes-group-version-kind': { group, version: 'v1', kind } } },
          ]),
        ),
      }),
    },
    'labels to null in patchesStrategicMerge count as text': {
      'kustomization.yaml': 'resources: [a.yaml]\npatchesStrategicMerge: [p.yaml]\n',
      'p.yaml': configMap('a', '  labels: {app: null, b: x}\n  annotations: {c: null}\n'),
    },
    'labels to null in patches with a target count as text': {
      'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n',
      'p.yaml': configMap('a', '  labels: {app: null, b: x}\n  annotations: {c: null}\n'),
    },
    'a text that needs quotes has them after a JSON patch': {
      'kustomization.yaml':
        'resources: [a.yaml]\npatches:\n- target: {}\n  patch: |-\n    - {op: add, path: /metadata/labels, value: {a: b}}\n- path: p.yaml\n',
      'a.yaml': JOB,
      'p.yaml': JOB.replace('"*/5 * * * *"', '7').replace('a b', '8'),
    },
    'a subject whose kind is a number': {
      'kustomization.yaml': 'resources: [a.yaml]\nnamespace: ns\n',
      'a.yaml': BINDING('{kind: 7, name: default}'),
    },
    'a subject whose kind is null': {
      'kustomization.yaml': 'resources: [a.yaml]\n',
      'a.yaml': BINDING('{kind: null, name: x, namespace: y}'),
    },
    'a subject that is a text': { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': BINDING('text') },
    'operations of which one is a text, in patchesJson6902':
      'resources: [a.yaml]\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: a}\n  patch: |-\n    - {op: add, path: /data, value: {}}\n    - text\n',
    'a block that ends the operations, in patchesJson6902':
      'resources: [a.yaml]\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: a}\n  patch: "- op: add\\n  path: /data\\n  value:\\n    k: |\\n      one\\n      two\\n"\n',
    'a block that ends the operations, in patches':
      'resources: [a.yaml]\npatches:\n- target: {version: v1, kind: ConfigMap, name: a}\n  patch: "- op: add\\n  path: /data\\n  value:\\n    k: |\\n      one\\n      two\\n"\n',
    'a block that ends a merge, in patchesStrategicMerge':
      'resources: [a.yaml]\npatchesStrategicMerge:\n- "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata:\\n  k: |\\n    one\\n    two\\n"\n',
    'operations of which one is null, in patchesJson6902, for nothing':
      'resources: []\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: a}\n  patch: "- {op: add, path: /data, value: {}}\\n-"\n',
    'operations of which one is null, in patchesJson6902':
      'resources: [a.yaml]\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: a}\n  patch: "- {op: add, path: /data, value: {}}\\n-"\n',
    'a patch on generated text that needs quotes':
      "configMapGenerator: [{name: a, literals: ['q=1', 'w=&x', 'e=plain', 'n=yes', 'l=a: b', 'z=']}]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}\n    data: {q: 7, w: 7, e: 7, n: 7, l: 7, z: 7}\n",
    'a patch on generated text that no reader takes for something else':
      "configMapGenerator: [{name: a, literals: ['t=!x', 's=*', 'a=@x', 'b=> x', 'c={{ x }}', 'd=[1]', 'e={a: b}', 'f=# c', 'g=- a', 'h= lead', 'i=%x', 'j=`x`', 'k=~']}]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}\n    data: {t: 7, s: 7, a: 7, b: 7, c: 7, d: 7, e: 7, f: 7, g: 7, h: 7, i: 7, j: 7, k: 7}\n",
    'a patch on merged text that needs quotes': {
      'kustomization.yaml':
        'resources: [a.yaml]\nconfigMapGenerator: [{name: a, behavior: merge}]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}\n    data: {a: 7, b: 7, c: 7, d: 7}\n',
      'a.yaml': configMap('a', 'data: {a: "&a", b: plain, c: "quoted", d: "1"}\n'),
    },
  },
);
