import { get, type Json, jsonPatch, merge, post, put, strategic } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const configMap = (rest: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}', ...metadata },
  ...rest,
});
const at = 'configmaps/{n}';
const make = post(
  'configmaps',
  configMap({ data: { a: '1', b: '2' } }, { labels: { l: '1' }, annotations: { note: 'x' } }),
);
const see = [
  'metadata.name',
  'metadata.labels',
  'metadata.annotations',
  'metadata.finalizers',
  'metadata.generation',
  'data',
  'spec',
];

const update: Case[] = [
  { name: 'an update replaces the whole object', steps: [make, put(at, configMap({ data: { c: '3' } }))] },
  { name: 'an update of what is not there is not found', steps: [put(at, configMap())] },
  {
    name: 'an update as of the version that was read is made',
    steps: [make, put(at, configMap({}, { resourceVersion: '{rv}' }))],
    see,
  },
  {
    name: 'an update as of an old version is a conflict',
    steps: [make, put(at, configMap({}, { resourceVersion: '1' }))],
  },
  {
    name: 'an update as of a version that is none is refused',
    steps: [make, put(at, configMap({}, { resourceVersion: 'abc' }))],
  },
  {
    name: 'an update of an object with another uid is a conflict',
    steps: [make, put(at, configMap({}, { uid: 'other' }))],
  },
  {
    name: 'an update under another name than the path’s is refused',
    steps: [make, put(at, configMap({}, { name: 'other' }))],
  },
  {
    name: 'an update without a name is refused',
    steps: [make, put(at, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })],
  },
  {
    name: 'an update in another namespace than the path’s is refused',
    steps: [make, put(at, configMap({}, { namespace: 'default' }))],
  },
  { name: 'an update to another kind is refused', steps: [make, put(at, { ...configMap(), kind: 'Secret' })] },
  { name: 'an update of a collection does not exist', steps: [put('configmaps', configMap())] },
  {
    name: 'an update keeps uid, creation time and generation',
    steps: [make, put(at, configMap({}, { creationTimestamp: '2001-01-01T00:00:00Z', generation: 9 }))],
    see,
  },
  { name: 'an update with a bad label is refused', steps: [make, put(at, configMap({}, { labels: { a: 'x y' } }))] },
];

const JSON_PATCHES: readonly (readonly [name: string, patch: unknown])[] = [
  ['add a key', [{ op: 'add', path: '/data/c', value: '3' }]],
  ['add over a key', [{ op: 'add', path: '/data/a', value: '9' }]],
  ['add below what is not there', [{ op: 'add', path: '/binaryData/x', value: 'AAAA' }]],
  ['replace a key', [{ op: 'replace', path: '/data/a', value: '9' }]],
  ['replace a key that is not there', [{ op: 'replace', path: '/data/zzz', value: '9' }]],
  ['replace below what is not there', [{ op: 'replace', path: '/binaryData/x', value: 'AAAA' }]],
  ['remove a key', [{ op: 'remove', path: '/data/a' }]],
  ['remove a key that is not there', [{ op: 'remove', path: '/data/zzz' }]],
  ['move a key', [{ op: 'move', from: '/data/a', path: '/data/c' }]],
  ['copy a key', [{ op: 'copy', from: '/data/a', path: '/data/c' }]],
  ['copy a key that is not there', [{ op: 'copy', from: '/data/zzz', path: '/data/c' }]],
  ['move a key that is not there', [{ op: 'move', from: '/data/zzz', path: '/data/c' }]],
  [
    'a test that holds',
    [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '2' },
    ],
  ],
  [
    'a test that fails',
    [
      { op: 'test', path: '/data/a', value: '2' },
      { op: 'replace', path: '/data/a', value: '3' },
    ],
  ],
  ['a test of what is not there', [{ op: 'test', path: '/data/zzz', value: '2' }]],
  ['a test of what is not there against null', [{ op: 'test', path: '/data/zzz', value: null }]],
  [
    'add to a list',
    [
      { op: 'add', path: '/metadata/finalizers', value: [] },
      { op: 'add', path: '/metadata/finalizers/-', value: 'example.com/a' },
    ],
  ],
  [
    'add at an index',
    [
      { op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] },
      { op: 'add', path: '/metadata/finalizers/0', value: 'example.com/b' },
    ],
  ],
  [
    'add beyond the end',
    [
      { op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] },
      { op: 'add', path: '/metadata/finalizers/7', value: 'example.com/b' },
    ],
  ],
  [
    'remove an index',
    [
      { op: 'add', path: '/metadata/finalizers', value: ['example.com/a', 'example.com/b'] },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ],
  ],
  [
    'replace an index that is not there',
    [
      { op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] },
      { op: 'replace', path: '/metadata/finalizers/3', value: 'example.com/b' },
    ],
  ],
  ['an escaped slash', [{ op: 'add', path: '/metadata/annotations/example.com~1a', value: 'x' }]],
  ['an escaped tilde', [{ op: 'add', path: '/metadata/annotations/a~0b', value: 'x' }]],
  ['an operation that nobody knows', [{ op: 'frob', path: '/data/a' }]],
  ['no operation', [{ path: '/data/a', value: '1' }]],
  ['no path', [{ op: 'add', value: '1' }]],
  ['a path without a slash', [{ op: 'add', path: 'data', value: {} }]],
  ['no value', [{ op: 'add', path: '/data/c' }]],
  ['null as a value', [{ op: 'add', path: '/data/c', value: null }]],
  [
    'the whole object',
    [{ op: 'replace', path: '', value: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{n}' } } }],
  ],
  ['an empty patch', []],
  ['an object in place of a list', { op: 'add' }],
  ['operations that are texts', ['add']],
  ['another name', [{ op: 'replace', path: '/metadata/name', value: 'other' }]],
  ['an old version is a conflict', [{ op: 'add', path: '/metadata/resourceVersion', value: '1' }]],
  ['the version that was read', [{ op: 'add', path: '/metadata/resourceVersion', value: '{rv}' }]],
  ['another kind', [{ op: 'replace', path: '/kind', value: 'Secret' }]],
  ['a number for a text', [{ op: 'add', path: '/data/a', value: 1 }]],
];
const MERGE_PATCHES: readonly (readonly [name: string, patch: unknown])[] = [
  ['a key is added', { data: { c: '3' } }],
  ['a key is replaced', { data: { a: '9' } }],
  ['null removes a key', { data: { a: null } }],
  ['null removes a map', { data: null }],
  ['null removes what is not there', { data: { zzz: null } }],
  ['a list is replaced', { metadata: { finalizers: ['example.com/x'] } }],
  ['nothing changes nothing', {}],
  ['labels are merged', { metadata: { labels: { m: '2', l: null } } }],
  ['a text in place of a map', { data: 'x' }],
  ['a number in place of a text', { data: { a: 1 } }],
  ['another name', { metadata: { name: 'other' } }],
  ['another namespace', { metadata: { namespace: 'default' } }],
  ['an old version is a conflict', { metadata: { resourceVersion: '1' } }],
  ['the version that was read', { metadata: { resourceVersion: '{rv}' } }],
  ['another uid', { metadata: { uid: 'other' } }],
  ['a list in place of an object', []],
  ['a bad label', { metadata: { labels: { a: 'x y' } } }],
  ['another kind', { kind: 'Secret' }],
  ['an empty map for labels', { metadata: { labels: {} } }],
];

const podTemplate = (spec: Json): Json => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: '{n}' },
  template: { metadata: { labels: { a: 'b' } }, spec },
});
const template = post(
  'podtemplates',
  podTemplate({
    containers: [
      {
        name: 'one',
        image: 'i',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        args: ['x', 'y'],
        ports: [
          { containerPort: 80, name: 'http' },
          { containerPort: 81, name: 'more' },
        ],
      },
      { name: 'two', image: 'j' },
    ],
    tolerations: [{ key: 'k', operator: 'Exists' }],
    volumes: [{ name: 'v', emptyDir: {} }],
    nodeSelector: { disk: 'ssd' },
  }),
);
const inSpec = (spec: Json): Json => ({ template: { spec } });
const STRATEGIC_PATCHES: readonly (readonly [name: string, patch: Json])[] = [
  ['a container is changed by its name', inSpec({ containers: [{ name: 'two', image: 'new' }] })],
  ['a container is added in front', inSpec({ containers: [{ name: 'three', image: 'k' }] })],
  ['a container is deleted', inSpec({ containers: [{ name: 'one', $patch: 'delete' }] })],
  ['a container that is not there is deleted', inSpec({ containers: [{ name: 'zzz', $patch: 'delete' }] })],
  ['all containers are replaced', inSpec({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'k' }] })],
  [
    'an environment variable is changed by its name',
    inSpec({ containers: [{ name: 'one', env: [{ name: 'B', value: '9' }] }] }),
  ],
  [
    'environment variables are deleted',
    inSpec({ containers: [{ name: 'one', env: [{ name: 'A', $patch: 'delete' }] }] }),
  ],
  ['a list without keys is replaced', inSpec({ containers: [{ name: 'one', args: ['z'] }] })],
  ['tolerations are replaced', inSpec({ tolerations: [{ key: 'other', operator: 'Exists' }] })],
  [
    'ports are merged by their number',
    inSpec({ containers: [{ name: 'one', ports: [{ containerPort: 81, name: 'changed' }] }] }),
  ],
  ['a volume takes another source', inSpec({ volumes: [{ name: 'v', configMap: { name: 'c' } }] })],
  [
    'a volume takes another source in place of its own',
    inSpec({ volumes: [{ name: 'v', emptyDir: null, configMap: { name: 'c' } }] }),
  ],
  [
    'order is set',
    inSpec({
      $setElementOrder: undefined,
      '$setElementOrder/containers': [{ name: 'two' }, { name: 'one' }],
      containers: [{ name: 'two', image: 'new' }],
    } as Json),
  ],
  [
    'order is set with a new one',
    inSpec({
      '$setElementOrder/containers': [{ name: 'one' }, { name: 'new' }, { name: 'two' }],
      containers: [{ name: 'new', image: 'k' }],
    }),
  ],
  ['a map is replaced', inSpec({ nodeSelector: { $patch: 'replace', zone: 'a' } })],
  ['a map is deleted', inSpec({ nodeSelector: { $patch: 'delete' } })],
  ['a key of a map is removed', inSpec({ nodeSelector: { disk: null } })],
  [
    'keys are retained',
    inSpec({ volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] }),
  ],
  ['a directive that nobody knows', inSpec({ containers: [{ name: 'one', $patch: 'frob' }] })],
  ['a container without its key', inSpec({ containers: [{ image: 'k' }] })],
  ['a list of texts where objects are', inSpec({ containers: ['x'] })],
  ['null for a list', inSpec({ tolerations: null })],
  ['a primitive is deleted from a list', inSpec({ '$deleteFromPrimitiveList/finalizers': ['x'] })],
];

const QUOTED = new Set([
  'another kind',
  'a number for a text',
  'a text in place of a map',
  'a number in place of a text',
]);
const quoted = (name: string): Pick<Case, 'wordingAside'> | undefined =>
  QUOTED.has(name) ? { wordingAside: 'it quotes the whole patched object, versions and all' } : undefined;

const patches: Case[] = [
  ...JSON_PATCHES.map(
    ([name, patch]): Case => ({
      name: `JSON patch: ${name}`,
      steps: [make, jsonPatch(at, patch)],
      see,
      ...quoted(name),
    }),
  ),
  ...MERGE_PATCHES.map(
    ([name, patch]): Case => ({ name: `merge patch: ${name}`, steps: [make, merge(at, patch)], see, ...quoted(name) }),
  ),
  ...STRATEGIC_PATCHES.map(
    ([name, patch]): Case => ({
      name: `strategic merge patch: ${name}`,
      steps: [template, strategic('podtemplates/{n}', patch)],
      see: ['template'],
    }),
  ),
  {
    name: 'strategic merge patch: finalizers are merged as a set',
    steps: [
      post('configmaps', configMap({}, { finalizers: ['example.com/a'] })),
      strategic(at, { metadata: { finalizers: ['example.com/b'] } }),
    ],
    see,
  },
  {
    name: 'strategic merge patch: a finalizer is taken from the set',
    steps: [
      post('configmaps', configMap({}, { finalizers: ['example.com/a', 'example.com/b'] })),
      strategic(at, { metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] } }),
    ],
    see,
  },
  {
    name: 'strategic merge patch: owners are merged by uid',
    steps: [
      post(
        'configmaps',
        configMap(
          {},
          {
            ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'x', uid: 'u' }],
            finalizers: ['example.com/a'],
          },
        ),
      ),
      strategic(at, { metadata: { ownerReferences: [{ uid: 'u', name: 'y' }] } }),
    ],
    see: ['metadata.ownerReferences'],
  },
  { name: 'a patch of what is not there is not found', steps: [merge(at, {})] },
  { name: 'a JSON patch of what is not there is not found', steps: [jsonPatch(at, [])] },
  {
    name: 'a patch without a type of patch is refused',
    steps: [make, { method: 'PATCH', path: at, body: {}, headers: { 'content-type': 'application/json' } }],
  },
  { name: 'a patch that is no JSON is refused', steps: [make, merge(at, '{"a":')] },
  { name: 'a JSON patch that is no JSON is refused', steps: [make, jsonPatch(at, '[{')] },
  { name: 'a strategic patch that is no JSON is refused', steps: [make, strategic(at, '{"a":')] },
  {
    name: 'a patch that changes nothing keeps the version',
    steps: [make, merge(at, { data: { a: '1' } }), put(at, configMap({}, { resourceVersion: '{rv}' }))],
    see,
  },
  {
    name: 'more than ten thousand operations are refused',
    steps: [
      make,
      jsonPatch(
        at,
        Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' })),
      ),
    ],
  },
  { name: 'a patch of a collection does not exist', steps: [merge('configmaps', {})] },
];

const service = (spec: Json): Json => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: '{n}' }, spec });
const generations: Case[] = [
  {
    name: 'a change of the spec is a new generation',
    steps: [
      post('podtemplates', podTemplate({ containers: [{ name: 'c', image: 'i' }] })),
      merge('podtemplates/{n}', { template: { spec: { containers: [{ name: 'c', image: 'j' }] } } }),
    ],
    see: ['metadata.generation'],
  },
  {
    name: 'a change of labels is none',
    steps: [
      post('networking.k8s.io/v1:ingresses', {
        metadata: { name: '{n}' },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      }),
      merge('networking.k8s.io/v1:ingresses/{n}', { metadata: { labels: { a: 'b' } } }),
    ],
    see: ['metadata.generation'],
  },
  {
    name: 'a change of the rules of an Ingress is one',
    steps: [
      post('networking.k8s.io/v1:ingresses', {
        metadata: { name: '{n}' },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      }),
      merge('networking.k8s.io/v1:ingresses/{n}', { spec: { defaultBackend: { service: { name: 't' } } } }),
    ],
    see: ['metadata.generation'],
  },
  {
    name: 'a Service counts no generations',
    steps: [
      post('services', service({ ports: [{ port: 80 }] })),
      merge('services/{n}', { spec: { ports: [{ port: 81 }] } }),
    ],
    see: ['metadata.generation'],
  },
  {
    name: 'a status of the main endpoint is ignored',
    steps: [
      post('networking.k8s.io/v1:ingresses', {
        metadata: { name: '{n}' },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
        status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
      }),
    ],
    see: ['status', 'metadata.generation'],
  },
  {
    name: 'a status is written at its own endpoint',
    steps: [
      post('policy/v1:poddisruptionbudgets', {
        metadata: { name: '{n}' },
        spec: { minAvailable: 1, selector: { matchLabels: { zz: 'yy' } } },
      }),
      get('policy/v1:poddisruptionbudgets/{n}/status'),
    ],
    see: ['spec', 'metadata.generation'],
  },
];

transcripts('update', update);
transcripts('patches', patches);
transcripts('generations', generations);
