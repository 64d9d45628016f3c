import { get, type Json, post } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const configMap = (metadata: Json, rest: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata,
  ...rest,
});
const make = (metadata: Json, rest: Json = {}) => post('configmaps', configMap(metadata, rest));

const long = (length: number) => 'a'.repeat(length);

const cases: Case[] = [
  { name: 'an object is answered as it is stored', steps: [make({ name: '{n}' }, { data: { k: 'v' } })] },
  { name: 'a body without a type takes that of the path', steps: [post('configmaps', { metadata: { name: '{n}' } })] },
  { name: 'a name is asked for', steps: [make({})] },
  { name: 'an empty name is no name', steps: [make({ name: '' })] },
  { name: 'metadata of null is no name', steps: [post('configmaps', { metadata: null })] },
  { name: 'the same name a second time is refused', steps: [make({ name: '{n}' }), make({ name: '{n}' })] },
  {
    name: 'the namespace of the path is the namespace of the object',
    steps: [make({ name: '{n}', namespace: '{ns}' })],
  },
  { name: 'another namespace than that of the path is refused', steps: [make({ name: '{n}', namespace: 'default' })] },
  {
    name: 'a namespace that is not there is refused',
    steps: [post('/api/v1/namespaces/no-such-namespace/configmaps', configMap({ name: '{n}' }))],
  },
  {
    name: 'a cluster-scoped object has no namespace',
    steps: [
      post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '{n}', namespace: 'x' } }),
    ],
  },
  { name: 'a resource version may not be brought along', steps: [make({ name: '{n}', resourceVersion: '5' })] },
  {
    name: 'uid, time and generation are the server’s own',
    steps: [make({ name: '{n}', uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 7 })],
  },
  {
    name: 'a deletion time may not be brought along',
    steps: [make({ name: '{n}', deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 3 })],
  },
  { name: 'a self link is dropped', steps: [make({ name: '{n}', selfLink: '/nowhere' })] },
  {
    name: 'a kind that is not the one of the path is refused',
    steps: [post('configmaps', { apiVersion: 'v1', kind: 'Secret', metadata: { name: '{n}' } })],
  },
  {
    name: 'an API version that is not the one of the path is refused',
    steps: [post('configmaps', { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: '{n}' } })],
  },
  { name: 'an item cannot be created at a name', steps: [post('configmaps/{n}', configMap({ name: '{n}' }))] },
  {
    name: 'a namespaced object cannot be created outside of one',
    steps: [post('/api/v1/configmaps', configMap({ name: '{n}' }))],
  },
  {
    name: 'a resource that nobody serves is not found',
    steps: [post('nonsenses', configMap({ name: '{n}' }))],
  },
  {
    name: 'a group that nobody serves is not found',
    steps: [post('nope.example.com/v1:things', configMap({ name: '{n}' }))],
  },
  {
    name: 'a version that nobody serves is not found',
    steps: [post('apps/v7:deployments', configMap({ name: '{n}' }))],
  },
  { name: 'an empty object has empty parts left out', steps: [make({ name: '{n}', labels: {}, annotations: {} })] },
  { name: 'null parts are left out', steps: [make({ name: '{n}', labels: null }, { data: null })] },
  {
    name: 'a name may be generated',
    steps: [make({ generateName: 'long-prefix-', labels: { n: '{n}' } })],
    see: ['metadata.generateName', 'kind'],
  },
  { name: 'a name wins over a prefix', steps: [make({ name: '{n}', generateName: 'p-' })] },
  { name: 'a prefix that no name can begin with is refused', steps: [make({ generateName: 'Upper-', name: '{n}' })] },
  {
    name: 'several faults of metadata are told together',
    steps: [make({ name: 'Not_Valid', labels: { '-': 'x y' }, finalizers: ['Bad Finalizer'] })],
  },
];

const NAMES: readonly (readonly [name: string, said: string])[] = [
  ['UPPER', 'upper case'],
  ['a_b', 'an underscore'],
  ['-a', 'a dash at the front'],
  ['a-', 'a dash at the end'],
  ['a..b', 'an empty part'],
  ['.a', 'a dot at the front'],
  ['a b', 'a space'],
  ['a/b', 'a slash'],
  ['ä', 'an umlaut'],
  [long(253), '253 letters'],
  [long(254), '254 letters'],
  ['0', 'one digit'],
  ['a.b-c.d0', 'dots and dashes'],
  ['%20', 'a percent sign'],
];
for (const [name, said] of NAMES) cases.push({ name: `a name with ${said}`, steps: [make({ name })] });

const KIND_NAMES: readonly (readonly [resource: string, body: Json, name: string])[] = [
  ['/api/v1/namespaces', { kind: 'Namespace' }, 'a.b'],
  ['/api/v1/namespaces', { kind: 'Namespace' }, long(64)],
  ['services', { kind: 'Service', spec: { ports: [{ port: 80 }] } }, '1abc'],
  ['services', { kind: 'Service', spec: { ports: [{ port: 80 }] } }, 'a.b'],
  ['services', { kind: 'Service', spec: { ports: [{ port: 80 }] } }, long(64)],
  ['serviceaccounts', { kind: 'ServiceAccount' }, 'A'],
  ['secrets', { kind: 'Secret' }, long(254)],
  ['rbac.authorization.k8s.io/v1:roles', { kind: 'Role' }, 'with:Colon'],
  ['rbac.authorization.k8s.io/v1:roles', { kind: 'Role' }, 'with/slash'],
  ['rbac.authorization.k8s.io/v1:roles', { kind: 'Role' }, '..'],
  ['rbac.authorization.k8s.io/v1:roles', { kind: 'Role' }, 'percent%'],
  ['coordination.k8s.io/v1:leases', { kind: 'Lease' }, 'Upper'],
  [
    'batch/v1:cronjobs',
    {
      kind: 'CronJob',
      spec: {
        schedule: '* * * * *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
        },
      },
    },
    long(53),
  ],
];
for (const [resource, body, name] of KIND_NAMES) {
  const short = name.length > 20 ? `${name.length} letters` : name;
  cases.push({
    name: `a ${body['kind']} named ${short}`,
    steps: [post(resource, { ...body, metadata: { name } })],
  });
}

const LABELS: readonly (readonly [key: string, value: string, said: string])[] = [
  ['a', '', 'an empty value'],
  ['example.com/a', 'B_c.d-e', 'a domain and mixed letters'],
  ['a', long(63), 'a value of 63 letters'],
  ['a', long(64), 'a value of 64 letters'],
  [long(64), 'v', 'a key of 64 letters'],
  ['', 'v', 'an empty key'],
  ['a/b/c', 'v', 'two slashes'],
  ['/b', 'v', 'an empty domain'],
  ['Upper.com/b', 'v', 'an upper-case domain'],
  ['a', '-v', 'a value that begins with a dash'],
  ['a', 'v w', 'a value with a space'],
  ['a b', 'v', 'a key with a space'],
  [`${long(254)}/x`, 'v', 'a domain that is too long'],
];
for (const [key, value, said] of LABELS) {
  cases.push({ name: `a label with ${said}`, steps: [make({ name: '{n}', labels: { [key]: value } })] });
  if (said.includes('key') || said.includes('domain') || said.includes('slash')) {
    cases.push({ name: `an annotation with ${said}`, steps: [make({ name: '{n}', annotations: { [key]: value } })] });
  }
}
cases.push(
  { name: 'annotation values are free', steps: [make({ name: '{n}', annotations: { a: 'x y\n{"z":1} ü' } })] },
  { name: 'an upper-case annotation key', steps: [make({ name: '{n}', annotations: { 'Example.com/A': '1' } })] },
  {
    name: 'annotations beyond 256 KiB are refused',
    steps: [make({ name: '{n}', annotations: { a: long(256 * 1024) } })],
  },
  { name: 'labels that are numbers are refused', steps: [make({ name: '{n}', labels: { a: 1 } })] },
  { name: 'annotations that are booleans are refused', steps: [make({ name: '{n}', annotations: { a: true } })] },
  { name: 'labels that are a list are refused', steps: [make({ name: '{n}', labels: ['a'] })] },
  { name: 'metadata that is a text is refused', steps: [post('configmaps', configMap('x' as unknown as Json))] },
  { name: 'a name that is a number is refused', steps: [make({ name: 5 })] },
);

const FINALIZERS: readonly (readonly [finalizers: unknown, said: string])[] = [
  [['example.com/hold'], 'one with a domain'],
  [['hold'], 'one without a domain'],
  [['orphan', 'foregroundDeletion'], 'those of Kubernetes'],
  [['example.com/'], 'an empty name'],
  [['example.com/a', 'example.com/a'], 'one twice'],
  ['example.com/a', 'a text in place of a list'],
];
for (const [finalizers, said] of FINALIZERS) {
  cases.push({ name: `finalizers: ${said}`, steps: [make({ name: '{n}', finalizers })] });
}

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' };
const OWNERS: readonly (readonly [owners: readonly Json[], said: string])[] = [
  [[{ ...owner, controller: true, blockOwnerDeletion: true }], 'a controller'],
  [[{ ...owner, apiVersion: '' }], 'no version'],
  [[{ ...owner, kind: '' }], 'no kind'],
  [[{ ...owner, name: '' }], 'no name'],
  [[{ ...owner, uid: '' }], 'no uid'],
  [[{}], 'nothing at all'],
  [[{ ...owner, apiVersion: 'a/b/c' }], 'a version that is none'],
  [
    [
      { ...owner, controller: true },
      { ...owner, uid: 'w', controller: true },
    ],
    'two controllers',
  ],
  [[{ ...owner, apiVersion: 'v1', kind: 'Event' }], 'an Event'],
  [[owner, owner], 'one owner twice'],
];
for (const [ownerReferences, said] of OWNERS) {
  cases.push({ name: `an owner with ${said}`, steps: [make({ name: '{n}', ownerReferences })] });
}

const DATA: readonly (readonly [rest: Json, said: string])[] = [
  [{ data: { 'a b': '1' } }, 'a key with a space'],
  [{ data: { 'a/b': '1' } }, 'a key with a slash'],
  [{ data: { '': '1' } }, 'an empty key'],
  [{ data: { '..': '1' } }, 'a key of two dots'],
  [{ data: { '..data': '1' } }, 'a key that begins with two dots'],
  [{ data: { [long(254)]: '1' } }, 'a key that is too long'],
  [{ data: { k: '1' }, binaryData: { k: 'AAAA' } }, 'a key that is text and bytes'],
  [{ binaryData: { k: 'not base64!' } }, 'bytes that are not base64'],
  [{ binaryData: { k: '' } }, 'no bytes'],
  [{ data: { k: 1 } }, 'a number'],
  [{ data: { k: ['a'] } }, 'a list'],
  [{ data: 'text' }, 'a text in place of a map'],
  [{ data: { k: long(1024 * 1024 + 1) } }, 'more than a mebibyte'],
  [{ data: { __proto__x: '1', constructor: '2' } }, 'keys that JavaScript reserves'],
  [{ immutable: 'yes' }, 'a text in place of a boolean'],
];
for (const [rest, said] of DATA) {
  cases.push({
    name: `a ConfigMap with ${said}`,
    steps: [make({ name: '{n}' }, rest)],
    see: ['metadata.name', 'binaryData', 'immutable'],
  });
}

const secret = (rest: Json) =>
  post('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: '{n}' }, ...rest });
const SECRETS: readonly (readonly [rest: Json, said: string])[] = [
  [{ stringData: { a: 'b' }, data: { a: 'Yw==', c: 'ZA==' } }, 'stringData, which wins over data'],
  [{ data: { a: 'c' } }, 'data that is not base64'],
  [{ type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==' } }, 'half of a certificate'],
  [{ type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }, 'an empty certificate'],
  [{ type: 'kubernetes.io/dockerconfigjson', data: {} }, 'no docker configuration'],
  [
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } },
    'a docker configuration that is no JSON',
  ],
  [{ type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{}' } }, 'a docker configuration'],
  [{ type: 'kubernetes.io/basic-auth' }, 'neither user nor password'],
  [{ type: 'kubernetes.io/basic-auth', stringData: { username: 'u' } }, 'a user'],
  [{ type: 'kubernetes.io/ssh-auth' }, 'no key'],
  [{ type: 'kubernetes.io/service-account-token' }, 'a token of no account'],
  [{ type: 'example.com/own' }, 'a type of its own'],
  [{ immutable: true }, 'immutability'],
];
for (const [rest, said] of SECRETS) cases.push({ name: `a Secret with ${said}`, steps: [secret(rest)] });

const raw = (body: string, type = 'application/json') =>
  post('configmaps', body, { headers: { 'content-type': type } });
cases.push(
  { name: 'a body that is YAML', steps: [raw('metadata:\n  name: {n}\ndata:\n  k: "v"\n', 'application/yaml')] },
  { name: 'a body of a type that nobody knows', steps: [raw('x', 'text/x-nonsense')] },
  { name: 'a body without a content type is JSON', steps: [raw('{"metadata":{"name":"{n}"}}', '')] },
  { name: 'an empty body', steps: [raw('')], see: ['code'] },
  { name: 'a body that is null', steps: [raw('null')] },
  {
    name: 'a content type with a charset',
    steps: [raw('{"metadata":{"name":"{n}"}}', 'application/json; charset=utf-8')],
  },
  { name: 'every kind of object can be read again', steps: [make({ name: '{n}' }), get('configmaps/{n}')] },
);

transcripts('create', cases);
