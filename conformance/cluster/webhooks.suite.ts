/** Admission webhooks: who is asked what, and what becomes of the answer. The receiver runs in this process. */
import type { Handlers, Json, Reply, WebhookReceiver } from '../support/webhook-receiver.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { apply, get, jsonPatch, merge, post, put, remove, type Step } from './transcript/steps.ts';
import { type Area, type Case, transcripts } from './transcript/transcript.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
/** The code with which a configuration says that it is in force. */
const IN_FORCE = 418;

const allow = (extra: Json = {}): Reply => ({ response: { allowed: true, ...extra } });
const deny = (status?: Json): Reply => ({ response: { allowed: false, ...(status === undefined ? {} : { status }) } });
const patch = (...operations: readonly Json[]): Reply =>
  allow({ patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') });
const labelled = (key: string, value: string): Reply => patch({ op: 'add', path: `/metadata/labels/${key}`, value });

/** Names its members in order and leaves out what no two clusters share. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'resourceVersion' && key !== 'userInfo')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, canonical(each)]),
  );
}

/** Refuses with what it was asked, so that the answer shows it. */
const show = (request: Json): Reply => deny({ message: JSON.stringify(canonical(request)), code: 400 });

function counted(request: Json): Reply {
  const { metadata } = request['object'] as { metadata: { labels?: Record<string, string> } };
  return labelled('count', String(Number(metadata.labels?.['count'] ?? '0') + 1));
}

const HANDLERS: Handlers = {
  probe: () => deny({ code: IN_FORCE, message: 'in force' }),
  allow: () => allow(),
  deny: () => deny({ message: 'not on my watch' }),
  'deny-reason': () => deny({ reason: 'Because' }),
  'deny-code': () =>
    deny({ code: 409, reason: 'Conflict', message: 'taken', details: { name: 'x', causes: [{ message: 'a' }] } }),
  'deny-success': () => deny({ code: 200, status: 'Success', message: 'no' }),
  'deny-silent': () => deny(),
  show,
  part: ({ kind, subResource, operation, options, name }) =>
    deny({ message: JSON.stringify(canonical({ kind, subResource, operation, options, name })) }),
  user: (request) => deny({ message: JSON.stringify(canonical({ who: request['userInfo'] as Json }['who'])) }),
  a: () => labelled('a', '1'),
  b: () => labelled('b', '1'),
  count: counted,
  'a-then-count': (request) => {
    const { metadata } = request['object'] as { metadata: { labels?: Record<string, string> } };
    return metadata.labels?.['count'] === undefined ? labelled('early', 'yes') : labelled('saw', 'count');
  },
  data: () => patch({ op: 'add', path: '/data', value: { by: 'webhook' } }),
  replicas: () => patch({ op: 'add', path: '/spec/replicas', value: 3 }),
  'drop-name': () => patch({ op: 'replace', path: '/metadata/name', value: 'other' }),
  'bad-data': () => patch({ op: 'add', path: '/data', value: { 'not a key!': 'x' } }),
  'bad-type': () => patch({ op: 'add', path: '/data', value: 3 }),
  'bad-path': () => patch({ op: 'remove', path: '/data/none/there' }),
  'managed-fields': () => patch({ op: 'add', path: '/metadata/managedFields', value: [] }),
  'unknown-field': () => patch({ op: 'add', path: '/nonsense', value: { a: 1 } }),
  warn: () => allow({ warnings: ['first', 'second "quoted"'] }),
  'warn-deny': () => ({ response: { allowed: false, warnings: ['too'], status: { message: 'no' } } }),
  audit: () => allow({ auditAnnotations: { key: 'value' } }),
  text: () => ({ code: 200, text: 'hello' }),
  empty: () => ({ code: 200, text: '' }),
  'server-error': () => ({ code: 500, text: 'boom' }),
  absent: () => ({ code: 200, text: '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}' }),
  'other-uid': () => allow({ uid: 'other' }),
  'other-version': (request) => ({
    code: 200,
    text: JSON.stringify({
      apiVersion: 'admission.k8s.io/v2',
      kind: 'AdmissionReview',
      response: { uid: request['uid'], allowed: true },
    }),
  }),
  'patch-without-type': () => allow({ patch: Buffer.from('[]').toString('base64') }),
  'type-without-patch': () => allow({ patchType: 'JSONPatch' }),
  'odd-type': () => allow({ patchType: 'MergePatch', patch: Buffer.from('{}').toString('base64') }),
  never: () => 'never',
};

let receiver: WebhookReceiver | undefined;
const AREA: Area = {
  async prepare() {
    receiver = await startReceiver(HANDLERS);
  },
  placeholders: () => ({ hook: receiver?.url ?? '', ca: receiver?.authority ?? '' }),
  async finish({ transport }, namespace) {
    for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
      await transport({ method: 'DELETE', path: `${REGISTRATION}/${kind}?labelSelector=suite%3D${namespace}` });
    }
    await receiver?.stop();
  },
};

const EVERYTHING = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['*/*'],
};
const own = { case: '{n}' };

/** A webhook that is asked about the case's own objects alone. */
const webhook = (does: string, extra: Json = {}): Json => ({
  name: `${does}.example.com`,
  clientConfig: { url: `{hook}/${does}`, caBundle: '{ca}' },
  rules: [EVERYTHING],
  objectSelector: { matchLabels: own },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  ...extra,
});
const probe = webhook('probe', { objectSelector: { matchLabels: { probe: '{n}' } } });
const configuration = (kind: string, name: string, webhooks: readonly Json[]): Json => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name, labels: { suite: '{ns}' } },
  webhooks,
});

/** A configuration, and the wait until it is in force. */
function inForce(kind: 'Mutating' | 'Validating', webhooks: readonly Json[], suffix = ''): readonly Step[] {
  const path = `${REGISTRATION}/${kind.toLowerCase()}webhookconfigurations`;
  const asked = { metadata: { name: '{n}-probe', labels: { probe: '{n}' } } };
  return [
    post(path, configuration(`${kind}WebhookConfiguration`, `{n}${suffix}`, [probe, ...webhooks])),
    post('configmaps?dryRun=All', asked, { until: IN_FORCE }),
  ];
}
const mutating = (...webhooks: readonly Json[]): readonly Step[] => inForce('Mutating', webhooks);
const validating = (...webhooks: readonly Json[]): readonly Step[] => inForce('Validating', webhooks);

const configMap = (extra: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}', labels: own, ...metadata },
  data: { a: '1' },
  ...extra,
});
const create = post('configmaps', configMap());
const one = (name: string, hooks: readonly Step[], ...steps: readonly Step[]): Case => ({
  name,
  steps: [...hooks, ...steps],
});
const created = (name: string, ...hooks: readonly Step[]): Case => one(name, hooks, create);
const rule = (rules: Json): Json => ({ rules: [{ ...EVERYTHING, ...rules }] });
const deployment = (metadata: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: '{n}', labels: own, ...metadata },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: '{n}' } },
    template: { metadata: { labels: { app: '{n}' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

const verdicts: readonly Case[] = [
  created('what is allowed is stored', ...validating(webhook('allow'))),
  created('a refusal has its message', ...validating(webhook('deny'))),
  created('a refusal with a reason alone', ...validating(webhook('deny-reason'))),
  created('a refusal with a Status of its own', ...validating(webhook('deny-code'))),
  created('a refusal whose Status is a success', ...validating(webhook('deny-success'))),
  created('a refusal without a word', ...validating(webhook('deny-silent'))),
  created('a mutating webhook refuses too', ...mutating(webhook('deny'))),
  created('the first that refuses is heard', ...mutating(webhook('allow'), webhook('deny-reason'), webhook('deny'))),
  created('warnings are told', ...validating(webhook('warn'))),
  created('warnings of a mutating webhook are told', ...mutating(webhook('warn'))),
  created('warnings of a refusal are told', ...validating(webhook('warn-deny'))),
  created('annotations for an audit change nothing', ...validating(webhook('audit'))),
];

const requests: readonly Case[] = [
  created('a validating webhook is shown a new object', ...validating(webhook('show'))),
  created('a mutating webhook is shown a new object', ...mutating(webhook('show'))),
  one(
    'an object whose name is yet to be made',
    mutating(webhook('show')),
    post('configmaps', configMap({}, { name: undefined, generateName: 'made-' })),
  ),
  one('an update', [create, ...validating(webhook('show'))], put('configmaps/{n}', configMap({ data: { a: '2' } }))),
  one(
    'an update before it is changed',
    [create, ...mutating(webhook('show'))],
    put('configmaps/{n}', configMap({ data: { a: '2' } })),
  ),
  one('an update that changes nothing', [create, ...validating(webhook('show'))], put('configmaps/{n}', configMap())),
  one(
    'a patch',
    [create, ...validating(webhook('show'))],
    merge('configmaps/{n}?fieldManager=m', { data: { b: '1' } }),
  ),
  one('a server-side apply', validating(webhook('show')), apply('configmaps/{n}', 'm', configMap())),
  one(
    'a server-side apply that changes nothing',
    [apply('configmaps/{n}', 'm', configMap()), ...validating(webhook('show'))],
    apply('configmaps/{n}', 'm&force=true', configMap()),
  ),
  one('a deletion', [create, ...validating(webhook('show'))], remove('configmaps/{n}')),
  one(
    'a deletion as a mutating webhook sees it',
    [create, ...mutating(webhook('show'))],
    remove('configmaps/{n}', { propagationPolicy: 'Foreground' }),
  ),
  one('a dry run', validating(webhook('show')), post('configmaps?dryRun=All&fieldValidation=Strict', configMap())),
  one(
    'a deletion of many is asked about one by one',
    [create, ...validating(webhook('show'))],
    remove('configmaps?labelSelector=case%3D{n}'),
  ),
  one('a Deployment', validating(webhook('show')), post('apps/v1:deployments', deployment())),
  one(
    'the scale of a Deployment',
    [
      post('apps/v1:deployments', deployment()),
      ...validating(
        webhook('show', {
          objectSelector: {},
          rules: [{ ...EVERYTHING, resources: ['deployments/scale'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } },
        }),
      ),
    ],
    merge('apps/v1:deployments/{n}/scale', { spec: { replicas: 1 } }),
  ),
  one(
    'a status',
    [post('apps/v1:deployments', deployment()), ...validating(webhook('part'))],
    merge('apps/v1:deployments/{n}/status', { status: { replicas: 0, observedGeneration: 9 } }),
  ),
  one(
    'a namespace',
    validating(webhook('show')),
    post('/api/v1/namespaces', { metadata: { name: '{n}', labels: own } }),
  ),
  one(
    'who asks',
    validating(webhook('user')),
    post('configmaps', configMap(), { headers: { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' } }),
  ),
];

const rules: readonly Case[] = [
  created('another group', ...validating(webhook('deny', rule({ apiGroups: ['apps'] })))),
  created(
    'its group and version',
    ...validating(webhook('deny', rule({ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }))),
  ),
  created('another version', ...validating(webhook('deny', rule({ apiGroups: [''], apiVersions: ['v2'] })))),
  created('another operation', ...validating(webhook('deny', rule({ operations: ['UPDATE'] })))),
  created('all operations', ...validating(webhook('deny', rule({ operations: ['*'] })))),
  created('resources without a slash', ...validating(webhook('deny', rule({ resources: ['*'] })))),
  created('parts of every resource', ...validating(webhook('deny', rule({ resources: ['*/status'] })))),
  created('the resource and its parts', ...validating(webhook('deny', rule({ resources: ['configmaps/*'] })))),
  created('cluster-scoped objects alone', ...validating(webhook('deny', rule({ scope: 'Cluster' })))),
  created('namespaced objects alone', ...validating(webhook('deny', rule({ scope: 'Namespaced' })))),
  one(
    'a namespace is cluster-scoped',
    validating(webhook('deny', rule({ scope: 'Cluster' }))),
    post('/api/v1/namespaces', { metadata: { name: '{n}', labels: own } }),
  ),
  created(
    'a namespace that is not selected',
    ...validating(webhook('deny', { namespaceSelector: { matchLabels: { no: 'such' } } })),
  ),
  created(
    'a namespace that is selected',
    ...validating(
      webhook('deny', {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['{ns}'] }],
        },
      }),
    ),
  ),
  one(
    'a namespace is selected by the labels it will have',
    validating(webhook('deny', { namespaceSelector: { matchLabels: { new: 'yes' } } })),
    post('/api/v1/namespaces', { metadata: { name: '{n}', labels: { ...own, new: 'yes' } } }),
  ),
  one(
    'an object that had the labels is selected',
    [create, ...validating(webhook('deny'))],
    jsonPatch('configmaps/{n}', [{ op: 'remove', path: '/metadata/labels' }]),
  ),
  one('no object has the labels', validating(webhook('deny')), post('configmaps', configMap({}, { labels: {} }))),
  one(
    'an equivalent version',
    validating(
      webhook(
        'show',
        rule({
          apiGroups: ['autoscaling'],
          apiVersions: ['v1'],
          resources: ['horizontalpodautoscalers'],
          operations: ['DELETE'],
        }),
      ),
    ),
    post('autoscaling/v2:horizontalpodautoscalers', {
      metadata: { name: '{n}', labels: own },
      spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
    }),
  ),
  one(
    'an exact version is no other',
    validating(webhook('deny', { ...rule({ apiGroups: ['autoscaling'], apiVersions: ['v1'] }), matchPolicy: 'Exact' })),
    {
      ...post('autoscaling/v2:horizontalpodautoscalers', {
        metadata: { name: '{n}', labels: own },
        spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
      }),
    },
  ),
  one(
    'an equivalent version is asked about',
    validating(webhook('deny', rule({ apiGroups: ['autoscaling'], apiVersions: ['v1'] }))),
    post('autoscaling/v2:horizontalpodautoscalers', {
      metadata: { name: '{n}', labels: own },
      spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
    }),
  ),
  one(
    'configurations themselves are never sent',
    validating(
      webhook('deny', { objectSelector: {}, rules: [{ ...EVERYTHING, apiGroups: ['admissionregistration.k8s.io'] }] }),
    ),
    post(`${REGISTRATION}/mutatingwebhookconfigurations`, { metadata: { name: '{n}', labels: { suite: '{ns}' } } }),
  ),
];

const condition = (expression: string, extra: Json = {}): Json => ({
  matchConditions: [{ name: 'c', expression }],
  ...extra,
});
const conditions: readonly Case[] = [
  created(
    'a condition that holds',
    ...validating(webhook('deny', condition("object.data.a == '1' && request.operation == 'CREATE'"))),
  ),
  created('a condition that does not', ...validating(webhook('deny', condition("request.namespace != '{ns}'")))),
  created(
    'one that does not hold decides over one that fails',
    ...validating(
      webhook('deny', {
        matchConditions: [
          { name: 'a', expression: "object.no.such == 'x'" },
          { name: 'b', expression: 'false' },
        ],
      }),
    ),
  ),
  created('a condition that fails', ...validating(webhook('deny', condition("object.no.such == 'x'")))),
  created(
    'two conditions that fail',
    ...validating(
      webhook('deny', {
        matchConditions: [
          { name: 'a', expression: "object.no.such == 'x'" },
          { name: 'b', expression: "object.data.none == 'x'" },
        ],
      }),
    ),
  ),
  created(
    'a condition that fails and is passed over',
    ...validating(webhook('deny', condition("object.no.such == 'x'", { failurePolicy: 'Ignore' }))),
  ),
  created(
    'a condition that asks the authorizer',
    ...validating(
      webhook('deny', condition("authorizer.group('').resource('secrets').namespace('{ns}').check('get').allowed()")),
    ),
  ),
  created(
    'a condition that asks about the request itself',
    ...validating(webhook('deny', condition("authorizer.requestResource.check('create').allowed()"))),
  ),
  created('a condition of what was there before', ...validating(webhook('deny', condition('oldObject == null')))),
  one(
    'a condition of what will be',
    [create, ...validating(webhook('deny', condition('object == null')))],
    remove('configmaps/{n}'),
  ),
];

const failures: readonly Case[] = [
  created('nobody listens', ...validating(webhook('x', { clientConfig: { url: 'https://127.0.0.1:1/x' } }))),
  created(
    'nobody listens, and that is passed over',
    ...validating(webhook('x', { clientConfig: { url: 'https://127.0.0.1:1/x' }, failurePolicy: 'Ignore' })),
  ),
  created(
    'a certificate that nobody vouches for',
    ...validating(webhook('allow', { clientConfig: { url: '{hook}/allow' } })),
  ),
  created('no such path', ...validating(webhook('no-such-path'))),
  { ...created('an answer that is no JSON', ...validating(webhook('text'))), wordingAside: 'it prints Go types' },
  created('an empty answer', ...validating(webhook('empty'))),
  created('an error of the webhook', ...validating(webhook('server-error'))),
  created('a review without a response', ...validating(webhook('absent'))),
  created('the uid of another request', ...validating(webhook('other-uid'))),
  {
    ...created('another version of reviews', ...validating(webhook('other-version'))),
    wordingAside: 'it names places of the source',
  },
  created('no answer in time', ...validating(webhook('never', { timeoutSeconds: 1 }))),
  created(
    'no answer in time, and that is passed over',
    ...mutating(webhook('never', { timeoutSeconds: 1, failurePolicy: 'Ignore' })),
  ),
  created('a patch of a validating webhook', ...validating(webhook('a'))),
  created('a patch without its type', ...mutating(webhook('patch-without-type'))),
  created('the type of a patch that is not there', ...mutating(webhook('type-without-patch'))),
  created('a patch of an unknown type', ...mutating(webhook('odd-type'))),
  created(
    'a service that does not exist',
    ...validating(webhook('x', { clientConfig: { service: { namespace: '{ns}', name: 'none', path: '/x' } } })),
  ),
  {
    ...created('a patch that does not fit', ...mutating(webhook('bad-path'))),
    wordingAside: 'it is the wording of a library for patches',
  },
  {
    ...created('a patch that makes it another type', ...mutating(webhook('bad-type'))),
    wordingAside: 'it prints Go types',
  },
  one('a patch of what is deleted', [create, ...mutating(webhook('a'))], remove('configmaps/{n}')),
];

const mutations: readonly Case[] = [
  { ...created('an object is stored as the webhook made it', ...mutating(webhook('a'))), ownership: true },
  created(
    'webhooks see what the ones before made of it',
    ...mutating(webhook('count'), { ...webhook('count'), name: 'count2.example.com' }),
  ),
  created(
    'one that asks for it is asked again when another one changed the object',
    ...mutating(webhook('a-then-count', { reinvocationPolicy: 'IfNeeded' }), webhook('count')),
  ),
  created('one that does not ask for it is not', ...mutating(webhook('a-then-count'), webhook('count'))),
  created(
    'a webhook that changes the object alone is not asked again',
    ...mutating(webhook('count', { reinvocationPolicy: 'IfNeeded' })),
  ),
  created(
    'two that change it are asked again in turn',
    ...mutating(webhook('count', { reinvocationPolicy: 'IfNeeded' }), {
      ...webhook('count', { reinvocationPolicy: 'IfNeeded' }),
      name: 'count2.example.com',
    }),
  ),
  created('what a webhook made is validated', ...mutating(webhook('bad-data'))),
  created('a name may not be changed', ...mutating(webhook('drop-name'))),
  { ...created('managed fields may not be taken away', ...mutating(webhook('managed-fields'))), ownership: true },
  created('unknown fields are dropped', ...mutating(webhook('unknown-field'))),
  {
    ...one(
      'an update is changed',
      [create, ...mutating(webhook('data'))],
      merge('configmaps/{n}?fieldManager=m', { data: { a: '2' } }),
    ),
    ownership: true,
  },
  {
    ...one('a server-side apply is changed', mutating(webhook('data')), apply('configmaps/{n}', 'm', configMap())),
    ownership: true,
  },
  {
    ...one(
      'a second server-side apply is changed alike',
      [...mutating(webhook('data')), apply('configmaps/{n}', 'm', configMap())],
      apply('configmaps/{n}', 'm', configMap()),
    ),
    ownership: true,
  },
  {
    ...one(
      'a change of the webhook counts as one of the spec',
      [post('apps/v1:deployments', deployment()), ...mutating(webhook('replicas'))],
      merge('apps/v1:deployments/{n}', { metadata: { annotations: { a: 'b' } } }),
    ),
    see: ['metadata.generation', 'spec.replicas'],
  },
  one(
    'a scale is changed',
    [
      post('apps/v1:deployments', deployment()),
      ...mutating(
        webhook('replicas', {
          objectSelector: {},
          rules: [{ ...EVERYTHING, resources: ['deployments/scale'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } },
          matchConditions: [{ name: 'own', expression: "request.name == '{n}'" }],
        }),
      ),
    ],
    merge('apps/v1:deployments/{n}/scale', { spec: { replicas: 1 } }),
  ),
  one(
    'a dry run is changed and not stored',
    [...mutating(webhook('a')), post('configmaps?dryRun=All', configMap())],
    get('configmaps/{n}'),
  ),
];

const invalid = (name: string, extra: Json, kind = 'Validating'): Case => ({
  name,
  steps: [
    post(
      `${REGISTRATION}/${kind.toLowerCase()}webhookconfigurations?dryRun=All`,
      configuration(`${kind}WebhookConfiguration`, '{n}', [webhook('allow', extra)]),
    ),
  ],
});
const configurations: readonly Case[] = [
  invalid('a whole one', {}),
  invalid('a mutating one gets its defaults', {}, 'Mutating'),
  invalid(
    'all that can be said',
    {
      matchPolicy: 'Exact',
      failurePolicy: 'Ignore',
      timeoutSeconds: 30,
      namespaceSelector: {},
      reinvocationPolicy: 'IfNeeded',
      matchConditions: [{ name: 'a.b/c', expression: 'true' }],
    },
    'Mutating',
  ),
  invalid('a name of two parts', { name: 'example.com' }),
  invalid('no name', { name: '' }),
  invalid('no versions of reviews', { admissionReviewVersions: [] }),
  invalid('no known version of reviews', { admissionReviewVersions: ['v7'] }),
  invalid('a version twice', { admissionReviewVersions: ['v1', 'v1'] }),
  invalid('a version that is no name', { admissionReviewVersions: ['V 1', 'v1'] }),
  invalid('side effects that are not told', { sideEffects: undefined }),
  invalid('side effects', { sideEffects: 'Some' }),
  invalid('an unknown failure policy', { failurePolicy: 'Maybe' }),
  invalid('an unknown match policy', { matchPolicy: 'Nearly' }),
  invalid('an unknown reinvocation policy', { reinvocationPolicy: 'Often' }, 'Mutating'),
  invalid('no time', { timeoutSeconds: 0 }),
  invalid('too much time', { timeoutSeconds: 31 }),
  invalid('no address', { clientConfig: {} }),
  invalid('two addresses', { clientConfig: { url: 'https://a.b.c', service: { name: 'a', namespace: 'b' } } }),
  invalid('an address without TLS', { clientConfig: { url: 'http://a.b.c' } }),
  invalid('an address without a host', { clientConfig: { url: 'https:///x' } }),
  invalid('an address with a query', { clientConfig: { url: 'https://a.b.c/x?y=z' } }),
  invalid('an address with a fragment', { clientConfig: { url: 'https://a.b.c/x#y' } }),
  invalid('an address with a user', { clientConfig: { url: 'https://me:you@a.b.c/x' } }),
  invalid('a service without a name', { clientConfig: { service: { name: '', namespace: '' } } }),
  invalid('a service with defaults', { clientConfig: { service: { name: 'a', namespace: 'b' } } }),
  invalid('a service with a bad path', { clientConfig: { service: { name: 'a', namespace: 'b', path: 'x//y' } } }),
  invalid('a service with a step in its path that is no name', {
    clientConfig: { service: { name: 'a', namespace: 'b', path: '/X_y/' } },
  }),
  invalid('a service with a bad port', { clientConfig: { service: { name: 'a', namespace: 'b', port: 70000 } } }),
  invalid('an authority that is none', { clientConfig: { url: 'https://a.b.c', caBundle: 'bm9uc2Vuc2U=' } }),
  invalid('no operations', rule({ operations: [] })),
  invalid('an unknown operation', rule({ operations: ['CREATE', 'READ'] })),
  invalid('a star and an operation', rule({ operations: ['*', 'CREATE'] })),
  invalid('no groups', rule({ apiGroups: [] })),
  invalid('a star and a group', rule({ apiGroups: ['*', 'apps'] })),
  invalid('no API versions', rule({ apiVersions: [] })),
  invalid('an empty API version', rule({ apiVersions: [''] })),
  invalid('a star and a version', rule({ apiVersions: ['*', 'v1'] })),
  invalid('no resources', rule({ resources: [] })),
  invalid('an empty resource', rule({ resources: ['', 'pods'] })),
  invalid('everything and a resource', rule({ resources: ['*/*', 'pods'] })),
  invalid('all resources and one of them', rule({ resources: ['*', 'pods'] })),
  invalid('all parts of a resource and one of them', rule({ resources: ['pods/*', 'pods/status'] })),
  invalid('one part of all resources and of one', rule({ resources: ['*/scale', 'pods/scale'] })),
  invalid('an unknown scope', rule({ scope: 'Everywhere' })),
  invalid('a bad selector', { objectSelector: { matchExpressions: [{ key: 'a b', operator: 'In', values: [] }] } }),
  invalid('a bad selector of namespaces', { namespaceSelector: { matchLabels: { a: '!' } } }),
  {
    ...invalid('a condition that does not compile', condition('object.')),
    wordingAside: 'it is the wording of a parser',
  },
  invalid('a condition that is no bool', condition("'x'")),
  invalid('a condition without an expression', condition('')),
  invalid('a condition without a name', { matchConditions: [{ name: '', expression: 'true' }] }),
  invalid('a condition with a bad name', { matchConditions: [{ name: 'a b', expression: 'true' }] }),
  invalid('two conditions of one name', {
    matchConditions: [
      { name: 'a', expression: 'true' },
      { name: 'a', expression: 'true' },
    ],
  }),
  invalid('a condition of unknown variables', condition('params.x == 1 || variables.y')),
  {
    name: 'two webhooks of one name',
    steps: [
      post(
        `${REGISTRATION}/validatingwebhookconfigurations`,
        configuration('ValidatingWebhookConfiguration', '{n}', [webhook('allow'), webhook('allow')]),
      ),
    ],
  },
  {
    name: 'a condition that was valid once stays so',
    steps: [
      post(
        `${REGISTRATION}/validatingwebhookconfigurations`,
        configuration('ValidatingWebhookConfiguration', '{n}', [webhook('allow', condition('true'))]),
      ),
      merge(`${REGISTRATION}/validatingwebhookconfigurations/{n}`, { metadata: { annotations: { a: 'b' } } }),
    ],
  },
];

transcripts('webhook verdicts', verdicts, AREA);
transcripts('webhook requests', requests, AREA);
transcripts('webhook rules', rules, AREA);
transcripts('webhook conditions', conditions, AREA);
transcripts('webhook failures', failures, AREA);
transcripts('webhook mutations', mutations, AREA);
transcripts('webhook configurations', configurations, AREA);
