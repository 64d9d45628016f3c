import { apply, get, type Json, jsonPatch, merge, post, put, remove } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const configMap = (metadata: Json = {}, rest: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}', ...metadata },
  ...rest,
});
const at = 'configmaps/{n}';
const make = post('configmaps', configMap());
const hold = ['example.com/hold'];
const held = post('configmaps', configMap({ finalizers: hold }));
const OPTIONS = { apiVersion: 'v1', kind: 'DeleteOptions' };
const terminating = [
  'metadata.name',
  'metadata.finalizers',
  'metadata.deletionGracePeriodSeconds',
  'metadata.deletionTimestamp',
  'metadata.generation',
  'data',
];

const deletions: Case[] = [
  { name: 'an object that is deleted is answered with a Status', steps: [make, remove(at)] },
  { name: 'an object that is deleted is gone', steps: [make, remove(at), get(at)] },
  { name: 'what is not there cannot be deleted', steps: [remove(at)] },
  {
    name: 'a Service is answered as it was',
    steps: [
      post('services', { metadata: { name: '{n}' }, spec: { clusterIP: 'None', ports: [{ port: 80 }] } }),
      remove('services/{n}'),
    ],
    see: ['kind', 'metadata.name', 'spec.clusterIP', 'spec.ports'],
  },
  {
    name: 'a ServiceAccount is answered as it was',
    steps: [post('serviceaccounts', { metadata: { name: '{n}' } }), remove('serviceaccounts/{n}')],
  },
  {
    name: 'a PodTemplate is answered as it was',
    steps: [
      post('podtemplates', {
        metadata: { name: '{n}' },
        template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
      }),
      remove('podtemplates/{n}'),
    ],
    see: ['kind', 'metadata.name'],
  },
  {
    name: 'a Role is answered with a Status that names its group',
    steps: [
      post('rbac.authorization.k8s.io/v1:roles', { metadata: { name: '{n}' } }),
      remove('rbac.authorization.k8s.io/v1:roles/{n}'),
    ],
  },
  {
    name: 'a Lease is answered with a Status',
    steps: [
      post('coordination.k8s.io/v1:leases', { metadata: { name: '{n}' } }),
      remove('coordination.k8s.io/v1:leases/{n}'),
    ],
  },
  { name: 'options in the body are read', steps: [make, remove(at, { ...OPTIONS, gracePeriodSeconds: 0 })] },
  { name: 'options without a kind are read', steps: [make, remove(at, { propagationPolicy: 'Background' })] },
  {
    name: 'options of another kind are refused',
    steps: [make, remove(at, { apiVersion: 'v1', kind: 'ConfigMap' })],
    wordingAside: 'it names a Go type',
  },
  {
    name: 'options that are no JSON are refused',
    steps: [make, remove(at, '{"a"')],
    wordingAside: 'it names a Go decoder',
  },
  {
    name: 'a precondition that holds',
    steps: [make, remove(at, { preconditions: { uid: '{uid}', resourceVersion: '{rv}' } })],
  },
  { name: 'a uid that is another', steps: [make, remove(at, { preconditions: { uid: 'other' } })] },
  {
    name: 'a version that has moved on',
    steps: [make, merge(at, { data: { a: '1' } }), remove(at, { preconditions: { resourceVersion: '1' } })],
    wordingAside: 'it names both versions',
  },
  { name: 'a policy that nobody knows', steps: [make, remove(at, { propagationPolicy: 'Sideways' })] },
  { name: 'a policy in the query', steps: [make, remove(`${at}?propagationPolicy=Foreground`)] },
  {
    name: 'both ways to say orphan',
    steps: [make, remove(at, { propagationPolicy: 'Orphan', orphanDependents: true })],
  },
  { name: 'a negative grace period', steps: [make, remove(at, { gracePeriodSeconds: -1 })] },
  { name: 'a grace period of a kind that has none', steps: [make, remove(at, { gracePeriodSeconds: 30 })] },
];

const finalizers: Case[] = [
  { name: 'an object that is held is marked', steps: [held, remove(at)], see: terminating },
  { name: 'a marked object can still be read', steps: [held, remove(at), get(at)], see: terminating },
  { name: 'a second deletion changes nothing', steps: [held, remove(at), remove(at)], see: terminating },
  {
    name: 'a marked object can be changed',
    steps: [held, remove(at), merge(at, { data: { a: '1' } })],
    see: terminating,
  },
  {
    name: 'a marked object takes no new finalizer',
    steps: [
      held,
      remove(at),
      jsonPatch(at, [{ op: 'add', path: '/metadata/finalizers/-', value: 'example.com/other' }]),
    ],
  },
  {
    name: 'the last finalizer takes the object along',
    steps: [held, remove(at), merge(at, { metadata: { finalizers: null } })],
    see: ['metadata.name', 'metadata.deletionTimestamp'],
  },
  {
    name: 'after the last finalizer the object is gone',
    steps: [held, remove(at), merge(at, { metadata: { finalizers: null } }), get(at)],
  },
  {
    name: 'one of two finalizers is not enough',
    steps: [
      post('configmaps', configMap({ finalizers: ['example.com/a', 'example.com/b'] })),
      remove(at),
      merge(at, { metadata: { finalizers: ['example.com/b'] } }),
    ],
    see: terminating,
  },
  { name: 'a finalizer may be taken by an update', steps: [held, remove(at), put(at, configMap()), get(at)] },
  {
    name: 'finalizers without a deletion just change',
    steps: [held, merge(at, { metadata: { finalizers: null } })],
    see: terminating,
  },
  { name: 'a marked object cannot be created anew', steps: [held, remove(at), make] },
  {
    name: 'an apply to a marked object is made',
    steps: [held, remove(at), apply(at, 'm', configMap({}, { data: { a: '1' } }))],
    see: terminating,
  },
  {
    name: 'a deletion time cannot be set',
    steps: [make, merge(at, { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } })],
    see: terminating,
  },
  {
    name: 'a deletion time cannot be taken back',
    steps: [held, remove(at), merge(at, { metadata: { deletionTimestamp: null } })],
    see: terminating,
  },
  {
    name: 'a foreground deletion leaves its finalizer to the collector',
    steps: [held, remove(at, { propagationPolicy: 'Foreground' })],
    see: terminating,
  },
  {
    name: 'an orphaning deletion leaves its finalizer to the collector',
    steps: [held, remove(at, { propagationPolicy: 'Orphan' })],
    see: terminating,
  },
  {
    name: 'a deletion of a custom generation counts',
    steps: [
      post('networking.k8s.io/v1:networkpolicies', {
        metadata: { name: '{n}', finalizers: hold },
        spec: { podSelector: {} },
      }),
      remove('networking.k8s.io/v1:networkpolicies/{n}'),
    ],
    see: terminating,
  },
  {
    name: 'a precondition on a marked object',
    steps: [held, remove(at), remove(at, { preconditions: { uid: 'other' } })],
  },
];

const dependent = (extra: Json = {}): Json =>
  configMap({
    name: '{n}-child',
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '{n}', uid: '{uid}', ...extra }],
  });
const child = 'configmaps/{n}-child';
const collection: Case[] = [
  {
    name: 'a child goes with its owner',
    steps: [make, post('configmaps', dependent()), remove(at), get(child, { until: 404 })],
  },
  {
    name: 'a child that is held is marked when its owner goes',
    steps: [
      make,
      post('configmaps', { ...dependent(), metadata: { ...(dependent()['metadata'] as Json), finalizers: hold } }),
      remove(at),
      get(at),
    ],
  },
  {
    name: 'a foreground deletion takes child and owner',
    steps: [
      make,
      post('configmaps', dependent({ blockOwnerDeletion: true })),
      remove(at, { propagationPolicy: 'Foreground' }),
      get(child, { until: 404 }),
      get(at, { until: 404 }),
    ],
  },
  {
    name: 'an orphan stays, without its owner',
    steps: [
      make,
      post('configmaps', dependent()),
      remove(at, { propagationPolicy: 'Orphan' }),
      get(at, { until: 404 }),
      get(child),
    ],
    see: ['metadata.name', 'metadata.ownerReferences'],
  },
  {
    name: 'a child of an owner that never was goes',
    steps: [
      post(
        'configmaps',
        configMap({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'never-was' }] }),
      ),
      get(at, { until: 404 }),
    ],
  },
  {
    name: 'a child of an owner with another uid goes',
    steps: [
      make,
      post(
        'configmaps',
        configMap({
          name: '{n}-child',
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '{n}', uid: 'another' }],
        }),
      ),
      get(child, { until: 404 }),
    ],
  },
  {
    name: 'a grandchild goes too',
    steps: [
      make,
      post('configmaps', dependent()),
      post(
        'configmaps',
        configMap({
          name: '{n}-grand',
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '{n}-child', uid: '{uid}' }],
        }),
      ),
      remove(at),
      get('configmaps/{n}-grand', { until: 404 }),
    ],
  },
];
const many = (name: string): Case['steps'][number] =>
  post('configmaps', configMap({ name: `{n}-${name}`, labels: { own: '{n}' } }));
const own = 'configmaps?labelSelector=own%3D{n}';
const collections: Case[] = [
  { name: 'a selection is deleted', steps: [many('a'), many('b'), remove(own), get(own)], see: ['kind', 'items'] },
  {
    name: 'a deletion of a selection answers what it deleted',
    steps: [many('a'), many('b'), remove(own)],
    see: ['kind', 'status'],
  },
  { name: 'a deletion of nothing', steps: [remove(own)], see: ['kind', 'items'] },
  {
    name: 'a dry run of a deletion of a selection',
    steps: [many('a'), remove(`${own}&dryRun=All`), get('configmaps/{n}-a')],
    see: ['metadata.labels'],
  },
  {
    name: 'a selection with a bad selector deletes nothing',
    wordingAside: 'the local cluster says where the fault is as well',
    steps: [remove('configmaps?labelSelector=%3D%3D')],
  },
  { name: 'a selection of a kind that forbids it', steps: [remove('services')], see: ['kind'] },
  { name: 'namespaces are not deleted together', steps: [remove('/api/v1/namespaces')] },
];

const ns = '/api/v1/namespaces';
const namespace = (extra: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: '{n}', ...extra },
});
const namespaces: Case[] = [
  { name: 'a namespace is active and labelled with its name', steps: [post(ns, namespace())] },
  {
    name: 'a namespace begins with its account',
    steps: [post(ns, namespace()), get(`${ns}/{n}/serviceaccounts/default`, { until: 200 })],
  },
  {
    name: 'a namespace begins with the root certificate',
    steps: [post(ns, namespace()), get(`${ns}/{n}/configmaps/kube-root-ca.crt`, { until: 200 })],
    see: ['metadata.name', 'kind'],
  },
  {
    name: 'a namespace that is deleted is terminating',
    steps: [post(ns, namespace()), remove(`${ns}/{n}`)],
    see: ['status.phase', 'metadata.deletionTimestamp', 'spec'],
  },
  {
    name: 'a namespace goes with its content',
    steps: [
      post(ns, namespace()),
      post(`${ns}/{n}/configmaps`, configMap()),
      remove(`${ns}/{n}`),
      get(`${ns}/{n}`, { until: 404 }),
    ],
  },
  {
    name: 'nothing is created in a namespace that ends',
    steps: [
      post(ns, namespace()),
      post(`${ns}/{n}/configmaps`, configMap({ finalizers: hold })),
      remove(`${ns}/{n}`),
      post(`${ns}/{n}/configmaps`, configMap({ name: 'late' })),
    ],
  },
  {
    name: 'a namespace with its own finalizer waits',
    steps: [post(ns, namespace({ finalizers: hold })), remove(`${ns}/{n}`), get(`${ns}/{n}`)],
    see: ['status.phase', 'metadata.finalizers'],
  },
  {
    name: 'a namespace ends once it is finalized',
    steps: [
      post(ns, namespace({ finalizers: hold })),
      remove(`${ns}/{n}`),
      merge(`${ns}/{n}`, { metadata: { finalizers: null } }),
      get(`${ns}/{n}`, { until: 404 }),
    ],
  },
  { name: 'default cannot be deleted', steps: [remove(`${ns}/default`)] },
  { name: 'kube-system cannot be deleted', steps: [remove(`${ns}/kube-system`)] },
  { name: 'kube-public cannot be deleted', steps: [remove(`${ns}/kube-public`)] },
  {
    name: 'the label of the name cannot be changed',
    steps: [post(ns, namespace({ labels: { 'kubernetes.io/metadata.name': 'other' } }))],
    see: ['metadata.labels'],
  },
  {
    name: 'the label of the name comes back',
    steps: [
      post(ns, namespace()),
      merge(`${ns}/{n}`, { metadata: { labels: { 'kubernetes.io/metadata.name': 'other' } } }),
    ],
    see: ['metadata.labels'],
  },
  { name: 'a namespace that is there already', steps: [post(ns, namespace()), post(ns, namespace())] },
  {
    name: 'the account of a namespace comes back',
    steps: [
      post(ns, namespace()),
      get(`${ns}/{n}/serviceaccounts/default`, { until: 200 }),
      remove(`${ns}/{n}/serviceaccounts/default`),
      get(`${ns}/{n}/serviceaccounts/default`, { until: 200 }),
    ],
    see: ['kind', 'metadata.name'],
  },
];

transcripts('deletion', deletions);
transcripts('finalizers', finalizers);
transcripts('garbage collection', collection);
transcripts('deletion of collections', collections);
transcripts('namespaces', namespaces);
