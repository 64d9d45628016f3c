import { get, type Json, merge, post } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const q = encodeURIComponent;
const secret = (name: string, labels: Json, data: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, labels },
  stringData: data,
});
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };
const PARTIAL = {
  headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json' },
};
const PARTIAL_LIST = {
  headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json' },
};

/** Five objects that the selectors choose from. */
const FIVE: readonly Json[] = [
  secret('a', { tier: 'web', env: 'prod' }),
  secret('b', { tier: 'web', env: 'test' }),
  secret('c', { tier: 'db' }, { k: 'v' }),
  secret('d', {}),
  secret('e', { 'example.com/tier': 'x', empty: '' }),
];

const SELECTORS: readonly string[] = [
  'tier=web',
  'tier==web',
  'tier!=web',
  'tier in (web)',
  'tier in (web,db)',
  'tier notin (web)',
  'tier',
  '!tier',
  'tier=web,env=prod',
  'tier,env!=prod',
  'example.com/tier=x',
  'empty=',
  'tier in ()',
  'tier in (,web)',
  'env notin (prod,test),tier',
  ' tier = web ',
  '',
  'tier=',
  'nobody=here',
  'tier>1',
  'tier in web',
  'tier=(web',
  '=web',
  'tier=a b',
  'tier!',
  'a/b/c=d',
  '-x=y',
  'tier===web',
  'tier gt 5',
  'tier=web,',
  ',tier=web',
];
const FIELDS: readonly string[] = [
  'metadata.name=a',
  'metadata.name==b',
  'metadata.name!=a',
  'metadata.name=a,metadata.name=b',
  'type=Opaque',
  'type!=Opaque',
  'metadata.namespace=default',
  'spec.nope=1',
  'metadata.labels=a',
  'metadata.name',
  'metadata.name=',
  '',
  'metadata.name in (a,b)',
  'metadata.name=a\\,b',
];
const names = ['items'];
/** Bad selectors are refused with the place of the fault, which the real server leaves out. */
const WHERE = 'the local cluster says where the fault is as well';
const REPRESENTATIONS = 'it lists the representations that the server has';

const selectors: Case[] = [
  ...SELECTORS.map(
    (selector): Case => ({
      name: `label selector ${JSON.stringify(selector)}`,
      steps: [get(`secrets?labelSelector=${q(selector)}`, PARTIAL_LIST)],
      see: names,
      wordingAside: WHERE,
    }),
  ),
  ...FIELDS.map(
    (selector): Case => ({
      name: `field selector ${JSON.stringify(selector)}`,
      steps: [get(`secrets?fieldSelector=${q(selector)}`, PARTIAL_LIST)],
      see: names,
      wordingAside: WHERE,
    }),
  ),
  {
    name: 'both selectors have to hold',
    steps: [get(`secrets?labelSelector=tier%3Dweb&fieldSelector=metadata.name%3Db`, PARTIAL_LIST)],
    see: names,
  },
  {
    name: 'a selector of all namespaces',
    steps: [get(`/api/v1/secrets?fieldSelector=${q('metadata.namespace={ns},metadata.name=a')}`, PARTIAL_LIST)],
    see: names,
  },
  ...['status.phase=Active', 'metadata.name=default', 'spec.x=1'].map(
    (selector): Case => ({
      name: `field selector of namespaces ${selector}`,
      steps: [get(`/api/v1/namespaces?limit=1&fieldSelector=${q(selector)}`)],
      see: ['kind'],
    }),
  ),
  ...[
    'spec.nodeName=x',
    'status.phase=Running',
    'spec.restartPolicy=Never',
    'status.podIP=1.2.3.4',
    'spec.serviceAccountName=x',
    'status.hostIP=x',
  ].map(
    (selector): Case => ({
      name: `field selector of pods ${selector}`,
      steps: [get(`pods?fieldSelector=${q(selector)}`)],
      see: ['kind', 'items'],
    }),
  ),
  ...['involvedObject.name=x', 'reason=x', 'type=Normal', 'source=x', 'nope=x'].map(
    (selector): Case => ({
      name: `field selector of events ${selector}`,
      steps: [get(`events?fieldSelector=${q(selector)}`)],
      see: ['kind', 'items'],
    }),
  ),
  ...['status.successful=1', 'status.active=1'].map(
    (selector): Case => ({
      name: `field selector of jobs ${selector}`,
      steps: [get(`batch/v1:jobs?fieldSelector=${q(selector)}`)],
      see: ['kind', 'items'],
    }),
  ),
];

const reads: Case[] = [
  { name: 'an object by its name', steps: [get('secrets/c')] },
  { name: 'an object that is not there', steps: [get('secrets/zzz')] },
  { name: 'an object of a namespace that is not there', steps: [get('/api/v1/namespaces/nowhere/secrets/a')] },
  {
    name: 'a list of a namespace that is not there is empty',
    steps: [get('/api/v1/namespaces/nowhere/secrets')],
    see: ['kind', 'items'],
  },
  { name: 'an object of a group', steps: [get('apps/v1:deployments/zzz')] },
  { name: 'a list has kind and version, its items have none', steps: [get('secrets?labelSelector=tier%3Ddb')] },
  { name: 'an object as metadata alone', steps: [get('secrets/c', PARTIAL)] },
  { name: 'a list as metadata alone', steps: [get('secrets?labelSelector=tier', PARTIAL_LIST)] },
  { name: 'an object as a table', steps: [get('secrets/c', TABLE)] },
  { name: 'a list as a table', steps: [get('secrets?labelSelector=tier', TABLE)] },
  { name: 'a list as a table without objects', steps: [get('secrets?labelSelector=tier&includeObject=None', TABLE)] },
  {
    name: 'a list as a table with whole objects',
    steps: [get('secrets?labelSelector=tier%3Ddb&includeObject=Object', TABLE)],
  },
  { name: 'a table with something else than objects', steps: [get('secrets?includeObject=Everything', TABLE)] },
  {
    name: 'a list of metadata asked of one object',
    wordingAside: REPRESENTATIONS,
    steps: [get('secrets/c', PARTIAL_LIST)],
  },
  {
    name: 'metadata of one object asked of a list',
    wordingAside: REPRESENTATIONS,
    steps: [get('secrets?labelSelector=tier', PARTIAL)],
  },
  {
    name: 'a media type that nobody serves',
    wordingAside: REPRESENTATIONS,
    steps: [get('secrets/c', { headers: { accept: 'text/html' } })],
  },
  { name: 'anything will do', steps: [get('secrets/c', { headers: { accept: '*/*' } })] },
  {
    name: 'any application type will do',
    wordingAside: REPRESENTATIONS,
    steps: [get('secrets/c', { headers: { accept: 'application/*' } })],
  },
  {
    name: 'JSON in the second place',
    steps: [get('secrets/c', { headers: { accept: 'text/html, application/json;q=0.5' } })],
  },
  {
    name: 'a conversion to a kind that there is not',
    wordingAside: REPRESENTATIONS,
    steps: [get('secrets/c', { headers: { accept: 'application/json;as=Nonsense;v=v1;g=meta.k8s.io' } })],
  },
  { name: 'a subresource that there is not', steps: [get('secrets/c/nonsense')] },
  { name: 'a status of a kind that has none', steps: [get('secrets/c/status')] },
  { name: 'an object of a cluster-scoped kind in a namespace', steps: [get('namespaces/default')], see: ['kind'] },
  {
    name: 'a cluster-scoped kind of a group in a namespace',
    steps: [get('rbac.authorization.k8s.io/v1:clusterroles')],
  },
  { name: 'a namespaced object outside of a namespace', steps: [get('/api/v1/secrets/c')] },
  { name: 'a path with a slash at the end', steps: [get('secrets/c/')], see: ['kind', 'metadata.name'] },
  { name: 'a path that begins nowhere', steps: [get('/nonsense')] },
  { name: 'a resource that nobody serves', steps: [get('nonsenses')] },
  { name: 'a version that nobody serves', steps: [get('apps/v7:deployments')] },
  { name: 'a group that nobody serves', steps: [get('nope.example.com/v1:things')] },
  { name: 'pretty JSON', steps: [get('secrets/c?pretty=true')] },
];

const paging: Case[] = [
  { name: 'the first page', steps: [get('secrets?limit=2', PARTIAL_LIST)] },
  { name: 'a page that holds everything', steps: [get('secrets?limit=50', PARTIAL_LIST)] },
  { name: 'no limit', steps: [get('secrets?limit=0', PARTIAL_LIST)] },
  { name: 'a negative limit', steps: [get('secrets?limit=-1', PARTIAL_LIST)] },
  { name: 'a limit that is no number', steps: [get('secrets?limit=two', PARTIAL_LIST)] },
  {
    name: 'a page of a selection does not know what remains',
    steps: [get('secrets?limit=1&labelSelector=tier', PARTIAL_LIST)],
  },
  {
    name: 'a token that is none',
    steps: [get('secrets?limit=2&continue=nonsense', PARTIAL_LIST)],
    wordingAside: 'it quotes bytes of the token',
  },
  { name: 'a token of nothing', steps: [get('secrets?limit=2&continue=', PARTIAL_LIST)], see: ['kind'] },
  { name: 'an exact version of nothing', steps: [get('secrets?resourceVersion=0&resourceVersionMatch=Exact')] },
  { name: 'a match without a version', steps: [get('secrets?resourceVersionMatch=Exact')] },
  { name: 'a match that is none', steps: [get('secrets?resourceVersion=1&resourceVersionMatch=Perhaps')] },
  {
    name: 'not older than the beginning',
    steps: [get('secrets?resourceVersion=1&resourceVersionMatch=NotOlderThan', PARTIAL_LIST)],
    see: ['kind'],
  },
  {
    name: 'not older than any',
    steps: [get('secrets?resourceVersion=0&resourceVersionMatch=NotOlderThan', PARTIAL_LIST)],
    see: ['kind'],
  },
  { name: 'a version that is none', steps: [get('secrets?resourceVersion=abc')] },
  {
    name: 'a version of the future',
    steps: [get('secrets?resourceVersion=99999999999&resourceVersionMatch=Exact')],
    wordingAside: 'the store words it',
  },
  { name: 'initial events of a list', steps: [get('secrets?sendInitialEvents=true')] },
  {
    name: 'a version of one object of the future',
    steps: [get('secrets/c?resourceVersion=0')],
    see: ['metadata.name'],
  },
  {
    name: 'an exact version is the list as it was',
    steps: [
      merge('secrets/d', { metadata: { labels: { later: 'yes' } } }),
      get('secrets?resourceVersion={rv}&resourceVersionMatch=Exact', PARTIAL_LIST),
    ],
    see: names,
  },
  { name: 'a match and a token', steps: [get('secrets?resourceVersion=1&resourceVersionMatch=Exact&continue=abc')] },
  {
    name: 'initial events without a watch',
    steps: [get('secrets?sendInitialEvents=true&resourceVersionMatch=NotOlderThan')],
  },
  {
    name: 'a watch with initial events and no match',
    steps: [get('secrets?watch=true&sendInitialEvents=true&timeoutSeconds=1')],
  },
  {
    name: 'a watch with a match alone',
    steps: [get('secrets?watch=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1')],
  },
  {
    name: 'a watch with an exact match',
    steps: [
      get('secrets?watch=true&resourceVersion=5&resourceVersionMatch=Exact&sendInitialEvents=true&timeoutSeconds=1'),
    ],
  },
  {
    name: 'a watch from a version that is none',
    steps: [get('secrets?watch=true&resourceVersion=abc&timeoutSeconds=1')],
  },
  {
    name: 'a watch with a selector that is none',
    steps: [get('secrets?watch=true&labelSelector=%3D%3D&timeoutSeconds=1')],
    wordingAside: WHERE,
  },
];

const prepare = async (
  { cluster }: Parameters<NonNullable<Parameters<typeof transcripts>[2]>['prepare'] & object>[0],
  namespace: string,
) => {
  for (const one of FIVE) {
    const { metadata, ...rest } = one as { metadata: Json };
    await cluster.create({
      ...rest,
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: String(metadata['name']), namespace },
    });
  }
};

transcripts('selectors', selectors, { prepare });
transcripts('reads', reads, { prepare });
transcripts('paging and versions of lists', paging, { prepare });

/** Built-in kinds as kubectl shows them: one object each, with no controller's hand in it. */
const ROWS: readonly (readonly [path: string, kind: string, rest: Json])[] = [
  ['configmaps', 'ConfigMap', { data: { a: '1', b: '2' }, binaryData: { c: 'AAAA' } }],
  ['secrets', 'Secret', { type: 'example.com/x', data: { a: 'AAAA' } }],
  ['serviceaccounts', 'ServiceAccount', {}],
  [
    'services',
    'Service',
    {
      spec: {
        clusterIP: 'None',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 443, protocol: 'UDP' },
        ],
      },
    },
  ],
  ['endpoints', 'Endpoints', { subsets: [{ addresses: [{ ip: '1.2.3.4' }], ports: [{ port: 80 }] }] }],
  [
    'podtemplates',
    'PodTemplate',
    { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
  ],
  [
    'networking.k8s.io/v1:ingresses',
    'Ingress',
    {
      spec: {
        rules: [
          {
            host: 'h.example.com',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
            },
          },
        ],
        tls: [{ hosts: ['h.example.com'] }],
      },
    },
  ],
  ['networking.k8s.io/v1:networkpolicies', 'NetworkPolicy', { spec: { podSelector: { matchLabels: { a: 'b' } } } }],
  ['rbac.authorization.k8s.io/v1:roles', 'Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }],
  [
    'rbac.authorization.k8s.io/v1:rolebindings',
    'RoleBinding',
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'x', namespace: 'y' }],
    },
  ],
  ['coordination.k8s.io/v1:leases', 'Lease', { spec: { holderIdentity: 'me' } }],
  [
    'policy/v1:poddisruptionbudgets',
    'PodDisruptionBudget',
    { spec: { maxUnavailable: 1, selector: { matchLabels: { zz: 'y' } } } },
  ],
  [
    'discovery.k8s.io/v1:endpointslices',
    'EndpointSlice',
    { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }], ports: [{ port: 80 }] },
  ],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', 'PriorityClass', { value: 7 }],
  ['/apis/storage.k8s.io/v1/storageclasses', 'StorageClass', { provisioner: 'example.com/p' }],
  ['/apis/networking.k8s.io/v1/ingressclasses', 'IngressClass', { spec: { controller: 'example.com/c' } }],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'ClusterRole', { rules: [] }],
];
const apiVersionOf = (path: string): string => {
  if (path.startsWith('/apis/')) return path.split('/').slice(2, 4).join('/');
  return path.includes(':') ? String(path.split(':')[0]) : 'v1';
};
transcripts(
  'tables',
  ROWS.map(([path, kind, rest]) => ({
    name: `a ${kind} as a row`,
    steps: [
      post(path, { apiVersion: apiVersionOf(path), kind, metadata: { name: '{n}' }, ...rest }),
      get(`${path}/{n}?includeObject=None`, TABLE),
    ],
  })),
);
