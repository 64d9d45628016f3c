import { apply, type Json, jsonPatch, post, put } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

/** What random writes found to differ once (`npm run fuzz -- writes`). */
const configMap = (metadata: Json = {}, rest: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}', ...metadata },
  ...rest,
});
const service = (metadata: Json = {}, targetPort: unknown = 'web'): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's{n}', ...metadata },
  spec: { ports: [{ port: 80, targetPort }] },
});
const see = ['metadata.name', 'spec.ports', 'spec.type'];
const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const makeService = (targetPort: unknown) => post('services', service({}, targetPort));
const makeMap = (metadata: Json) => post('configmaps', configMap(metadata));

const cases: Case[] = [
  { name: 'an update makes a Service that is not there', steps: [put('services/s{n}', service())], see },
  {
    name: 'an update makes a Service, whatever version it names',
    steps: [put('services/s{n}', service({ resourceVersion: '12' }))],
    see,
  },
  {
    name: 'a dry run of it answers the version that was named',
    steps: [put('services/s{n}?dryRun=All', service({ resourceVersion: '12' }))],
    see: ['metadata.resourceVersion'],
  },
  { name: 'an update makes no Service of a certain uid', steps: [put('services/s{n}', service({ uid: 'a1' }))] },
  {
    name: 'an update makes a Lease',
    steps: [put('coordination.k8s.io/v1:leases/{n}', { metadata: { name: '{n}' }, spec: {} })],
    see: ['metadata.name', 'spec'],
  },
  {
    name: 'an update makes a Role',
    steps: [put('rbac.authorization.k8s.io/v1:roles/{n}', { metadata: { name: '{n}' }, rules: [rule] })],
    see: ['metadata.name', 'rules'],
  },
  {
    name: 'an update of another name than that of the path is refused before anything is looked for',
    steps: [put('configmaps/other', configMap())],
  },
  {
    name: 'a dry run of an apply that creates answers the version that was applied',
    steps: [apply('configmaps/{n}?dryRun=All', 'tool', configMap({ resourceVersion: '12' }))],
    see: ['metadata.resourceVersion'],
  },
  { name: 'a target port has the name of a port', steps: [makeService('HTTP')] },
  { name: 'a target port of digits alone is no name', steps: [makeService('80')] },
  { name: 'a target port breaks all rules of names', steps: [makeService('-a--b_of-too-many-letters')] },
  { name: 'labels are no text, not even an empty one', steps: [makeMap({ labels: '' })] },
  { name: 'a finalizer is no number', steps: [makeMap({ finalizers: ['example.com/a', 1] })] },
  { name: 'an owner is no text', steps: [makeMap({ ownerReferences: ['x'] })] },
  { name: 'an owner controls or does not', steps: [makeMap({ ownerReferences: [{ controller: 1 }] })] },
  { name: 'a generation is a whole number', steps: [makeMap({ generation: 1.5 })] },
  { name: 'a time is a time', steps: [makeMap({ creationTimestamp: 'yesterday' })] },
  { name: 'a uid is a text', steps: [makeMap({ uid: 1 })] },
  {
    name: 'a null among the finalizers is an empty one',
    steps: [makeMap({ finalizers: [null] })],
  },
  {
    name: 'a JSON patch replaces a key that is not there, also one that looks like an index',
    steps: [
      makeMap({ labels: { a: 'b' } }),
      jsonPatch('configmaps/{n}', [{ op: 'replace', path: '/metadata/labels/0', value: 'c' }]),
    ],
    see: ['metadata.labels'],
  },
  {
    name: 'a JSON patch replaces no item that is not there',
    steps: [
      makeMap({ finalizers: ['example.com/a'] }),
      jsonPatch('configmaps/{n}', [{ op: 'replace', path: '/metadata/finalizers/1', value: 'c' }]),
    ],
  },
  {
    name: 'a JSON patch moves nothing into itself',
    steps: [
      makeMap({ labels: { a: 'b' } }),
      jsonPatch('configmaps/{n}', [{ op: 'move', from: '/metadata/labels', path: '/metadata/labels/c' }]),
    ],
  },
];

transcripts('found writes', cases);
