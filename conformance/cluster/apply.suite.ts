import { apply, get, type Json, jsonPatch, merge, post, put } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const configMap = (data: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}', ...metadata },
  data,
});
const at = 'configmaps/{n}';
const to = (manager: string, data: Json = {}, metadata: Json = {}) => apply(at, manager, configMap(data, metadata));
const template = (containers: readonly Json[], extra: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: '{n}' },
  template: { metadata: { labels: { a: 'b' } }, spec: { containers, ...extra } },
});
const pod = 'podtemplates/{n}';
const service = (spec: Json): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: '{n}' },
  spec: { clusterIP: 'None', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ...spec },
});

const cases: Case[] = [
  { name: 'an apply creates', steps: [to('a', { k: '1' })] },
  {
    name: 'an apply that changes nothing changes no version',
    steps: [to('a', { k: '1' }), to('a', { k: '1' }), put(at, configMap({ k: '2' }, { resourceVersion: '{rv}' }))],
  },
  { name: 'an apply changes its own fields', steps: [to('a', { k: '1' }), to('a', { k: '2' })] },
  { name: 'an apply removes what it no longer sets', steps: [to('a', { k: '1', l: '2' }), to('a', { k: '1' })] },
  { name: 'an apply leaves the fields of others', steps: [to('a', { k: '1' }), to('b', { l: '2' }), to('a', {})] },
  { name: 'a field of another is a conflict', steps: [to('a', { k: '1' }), to('b', { k: '2' })] },
  { name: 'several conflicts are told together', steps: [to('a', { k: '1', l: '1' }), to('b', { k: '2', l: '2' })] },
  {
    name: 'conflicts with several managers',
    steps: [to('a', { k: '1' }), to('b', { l: '1' }), to('c', { k: '2', l: '2' })],
    wordingAside: 'the causes of several managers come in any order',
  },
  { name: 'the same value is shared', steps: [to('a', { k: '1' }), to('b', { k: '1' })] },
  { name: 'a shared field stays while one wants it', steps: [to('a', { k: '1' }), to('b', { k: '1' }), to('a', {})] },
  {
    name: 'a field that nobody wants any more goes',
    steps: [to('a', { k: '1' }), to('b', { k: '1' }), to('a', {}), to('b', {})],
  },
  { name: 'force takes over', steps: [to('a', { k: '1' }), to('b&force=true', { k: '2' })] },
  {
    name: 'a conflict with an update',
    steps: [post('configmaps?fieldManager=e', configMap({ k: '1' })), to('a', { k: '2' })],
  },
  {
    name: 'a conflict with a patch',
    steps: [to('a', { k: '1' }), merge(`${at}?fieldManager=e`, { data: { k: '2' } }), to('a', { k: '3' })],
  },
  {
    name: 'a patch takes a field over',
    steps: [to('a', { k: '1' }), merge(`${at}?fieldManager=e`, { data: { k: '2' } })],
  },
  {
    name: 'a removal by a patch takes ownership away',
    steps: [to('a', { k: '1', l: '1' }), merge(`${at}?fieldManager=e`, { data: { k: null } })],
  },
  {
    name: 'an apply puts back what was removed',
    steps: [
      to('a', { k: '1', l: '1' }),
      merge(`${at}?fieldManager=e`, { data: { k: null } }),
      to('a', { k: '1', l: '1' }),
    ],
  },
  {
    name: 'one manager applies and updates',
    steps: [to('a', { k: '1' }), merge(`${at}?fieldManager=a`, { data: { k: '2' } })],
  },
  {
    name: 'labels are owned one by one',
    steps: [to('a', {}, { labels: { x: '1' } }), to('b', {}, { labels: { y: '1' } })],
  },
  {
    name: 'annotations are owned one by one',
    steps: [to('a', {}, { annotations: { x: '1' } }), to('b', {}, { annotations: { x: '2' } })],
  },
  {
    name: 'finalizers are a set',
    steps: [to('a', {}, { finalizers: ['example.com/a'] }), to('b', {}, { finalizers: ['example.com/b'] })],
  },
  {
    name: 'owners are owned by uid',
    steps: [
      to(
        'a',
        {},
        {
          finalizers: ['example.com/a'],
          ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'x', uid: 'u1' }],
        },
      ),
      to('b', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'y', uid: 'u2' }] }),
    ],
  },
  {
    name: 'an apply without a kind is refused',
    steps: [apply(at, 'a', { apiVersion: 'v1', metadata: { name: '{n}' } })],
    wordingAside: 'it quotes the object',
  },
  {
    name: 'an apply without a version is refused',
    steps: [apply(at, 'a', { kind: 'ConfigMap', metadata: { name: '{n}' } })],
  },
  { name: 'an apply of another name is refused', steps: [apply(at, 'a', configMap({}, { name: 'other' }))] },
  {
    name: 'an apply takes the name of the path',
    steps: [apply(at, 'a', { apiVersion: 'v1', kind: 'ConfigMap', data: { k: '1' } })],
  },
  { name: 'an apply of another namespace is refused', steps: [to('a', {}, { namespace: 'default' })] },
  {
    name: 'an apply of another kind is refused',
    steps: [apply(at, 'a', { apiVersion: 'v1', kind: 'Secret', metadata: { name: '{n}' } })],
  },
  { name: 'an apply with managed fields is refused', steps: [to('a', {}, { managedFields: [{ manager: 'x' }] })] },
  {
    name: 'an apply as of an old version is a conflict',
    steps: [to('a', { k: '1' }), to('a', { k: '2' }, { resourceVersion: '1' })],
  },
  { name: 'an apply with a version creates all the same', steps: [to('a', { k: '2' }, { resourceVersion: '1' })] },
  { name: 'an apply with a uid creates nothing', steps: [to('a', { k: '2' }, { uid: 'x' })] },
  {
    name: 'an apply in YAML',
    steps: [apply(at, 'a', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {n}\ndata:\n  k: "1"\n')],
  },
  {
    name: 'an apply that is no YAML',
    steps: [apply(at, 'a', 'a: [')],
    wordingAside: 'it is the words of a YAML library',
  },
  { name: 'an apply of nothing', steps: [apply(at, 'a', '')], wordingAside: 'it quotes the object' },
  { name: 'an apply with a value of another type is refused', steps: [to('a', { k: 1 })] },
  { name: 'an apply with null', steps: [to('a', { k: null })] },
  { name: 'an apply with a bad label is refused', steps: [to('a', {}, { labels: { a: 'x y' } })] },
  {
    name: 'an apply of a status is refused silently',
    steps: [
      apply('services/{n}', 'a', {
        ...service({ ports: [{ port: 80 }] }),
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
    ],
  },
  {
    name: 'containers are owned by name',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i' }])),
      apply(pod, 'b', template([{ name: 'two', image: 'j' }])),
    ],
  },
  {
    name: 'a container of another is a conflict field by field',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i' }])),
      apply(pod, 'b', template([{ name: 'one', image: 'j', command: ['x'] }])),
    ],
  },
  {
    name: 'a container goes with its last owner',
    steps: [
      apply(
        pod,
        'a',
        template([
          { name: 'one', image: 'i' },
          { name: 'two', image: 'j' },
        ]),
      ),
      apply(pod, 'a', template([{ name: 'two', image: 'j' }])),
    ],
  },
  {
    name: 'environment variables are owned by name',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i', env: [{ name: 'A', value: '1' }] }])),
      apply(pod, 'b', template([{ name: 'one', env: [{ name: 'B', value: '2' }] }])),
    ],
  },
  {
    name: 'arguments are atomic',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i', args: ['x'] }])),
      apply(pod, 'b', template([{ name: 'one', args: ['y'] }])),
    ],
  },
  {
    name: 'ports are owned by number and protocol',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i', ports: [{ containerPort: 80 }] }])),
      apply(pod, 'b', template([{ name: 'one', ports: [{ containerPort: 80, protocol: 'UDP' }] }])),
    ],
  },
  {
    name: 'two containers of one name cannot be applied',
    steps: [
      apply(
        pod,
        'a',
        template([
          { name: 'one', image: 'i' },
          { name: 'one', image: 'j' },
        ]),
      ),
    ],
  },
  { name: 'a container without a name cannot be applied', steps: [apply(pod, 'a', template([{ image: 'i' }]))] },
  {
    name: 'tolerations are atomic',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i' }], { tolerations: [{ key: 'k', operator: 'Exists' }] })),
      apply(pod, 'b&force=true', template([], { tolerations: [{ key: 'l', operator: 'Exists' }] })),
    ],
  },
  {
    name: 'a node selector is atomic',
    steps: [
      apply(pod, 'a', template([{ name: 'one', image: 'i' }], { nodeSelector: { x: '1' } })),
      apply(pod, 'b', template([], { nodeSelector: { y: '1' } })),
    ],
  },
  { name: 'defaults are nobody’s', steps: [apply('services/{n}', 'a', service({ ports: [{ port: 80 }] }))] },
  {
    name: 'a selector of a Service is atomic',
    steps: [
      apply('services/{n}', 'a', service({ ports: [{ port: 80 }], selector: { x: '1' } })),
      apply('services/{n}', 'b', service({ selector: { y: '1' } })),
    ],
  },
  {
    name: 'the ports of a Service are owned by number and protocol',
    steps: [
      apply('services/{n}', 'a', service({ ports: [{ name: 'x', port: 80 }] })),
      apply('services/{n}', 'b', service({ ports: [{ name: 'y', port: 81 }] })),
    ],
  },
  {
    name: 'what client-side apply left is taken over',
    steps: [
      post(
        'configmaps?fieldManager=kubectl-client-side-apply',
        configMap(
          { k: '1', l: '1' },
          {
            annotations: {
              'kubectl.kubernetes.io/last-applied-configuration':
                '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{n}","namespace":"{ns}","annotations":{}},"data":{"k":"1","l":"1"}}\n',
            },
          },
        ),
      ),
      apply(at, 'kubectl', configMap({ k: '2' })),
    ],
  },
  {
    name: 'a JSON patch counts as an update',
    steps: [to('a', { k: '1' }), jsonPatch(`${at}?fieldManager=e`, [{ op: 'add', path: '/data/z', value: '9' }])],
  },
  {
    name: 'a Secret’s stringData is owned as data',
    steps: [
      apply('secrets/{n}', 'a', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: '{n}' },
        stringData: { k: 'v' },
      }),
    ],
  },
  {
    name: 'an apply after an apply to a dry run',
    steps: [apply(`${at}?dryRun=All`, 'a', configMap({ k: '1' })), to('b', { k: '2' })],
  },
  { name: 'what was applied can be read', steps: [to('a', { k: '1' }), get(at)] },
];
for (const one of cases) Object.assign(one, { ownership: true });

transcripts('server-side apply', cases);
