/** ValidatingAdmissionPolicies: what they are asked, what they refuse, and with which words. */
import { apply, type Json, merge, post, put, remove, type Step } from './transcript/steps.ts';
import { type Area, type Case, transcripts } from './transcript/transcript.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${REGISTRATION}/validatingadmissionpolicies`;
const BINDINGS = `${REGISTRATION}/validatingadmissionpolicybindings`;
/** A policy says by this code that it is in force. */
const IN_FORCE = 413;

const AREA: Area = {
  async finish({ transport }, namespace) {
    for (const path of [BINDINGS, POLICIES]) {
      await transport({ method: 'DELETE', path: `${path}?labelSelector=suite%3D${namespace}` });
    }
  },
};

const own = { case: '{n}' };
const ANY_RULE: Json = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['*/*'],
};
const meta = (name = '{n}'): Json => ({ name, labels: { suite: '{ns}' } });
/** Objects of the case, and those that ask whether the policy is in force. */
const NAMES = { matchExpressions: [{ key: 'case', operator: 'In', values: ['{n}', '{n}-probe'] }] };
const isProbe = "object != null && has(object.metadata.labels) && object.metadata.labels['case'] == '{n}-probe'";

const policy = (spec: Json): Json => {
  const { validations = [], ...rest } = spec as { validations?: readonly Json[] };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: meta(),
    spec: {
      matchConstraints: { resourceRules: [ANY_RULE], objectSelector: NAMES },
      validations: [
        { expression: `!(${isProbe})`, reason: 'RequestEntityTooLarge', message: 'in force' },
        ...validations.map((each) => ({ ...each, expression: `(${isProbe}) || (${String(each['expression'])})` })),
      ],
      ...rest,
    },
  };
};
const binding = (spec: Json = {}, name = '{n}'): Json => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: meta(name),
  spec: { policyName: '{n}', validationActions: ['Deny'], ...spec },
});
const probe = post(
  'configmaps?dryRun=All',
  { metadata: { name: '{n}-probe', labels: { case: '{n}-probe' } } },
  { until: IN_FORCE },
);
const bound = (spec: Json, bind: Json = {}): readonly Step[] => [
  post(POLICIES, policy(spec)),
  post(BINDINGS, binding(bind)),
  probe,
];
const validated = (...validations: readonly Json[]): readonly Step[] => bound({ validations });
const configMap = (extra: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}', labels: own, ...metadata },
  data: { a: '1' },
  ...extra,
});
const create = post('configmaps', configMap());
const one = (name: string, before: readonly Step[], ...steps: readonly Step[]): Case => ({
  name,
  steps: [...before, ...steps],
});
const created = (name: string, before: readonly Step[]): Case => one(name, before, create);
const no = { expression: 'false' };

const verdicts: readonly Case[] = [
  created('what holds is stored', validated({ expression: "object.data.a == '1'" })),
  created('a failed expression', validated({ expression: "object.data.a == '2'" })),
  created('a message', validated({ ...no, message: 'no way' })),
  created('a message that is reckoned', validated({ ...no, messageExpression: "'no ' + object.metadata.name" })),
  created(
    'a message that cannot be reckoned',
    validated({ ...no, message: 'plain', messageExpression: 'string(object.data.none)' }),
  ),
  created('a message of two lines', validated({ ...no, message: 'plain', messageExpression: "'a\\nb'" })),
  created('a blank message', validated({ ...no, messageExpression: "'  '" })),
  created('a reason', validated({ ...no, message: 'm', reason: 'Forbidden' })),
  created('another reason', validated({ ...no, message: 'm', reason: 'RequestEntityTooLarge' })),
  created(
    'the first of two failures is told',
    validated({ ...no, message: 'one' }, { ...no, message: 'two', reason: 'Forbidden' }),
  ),
  created('an expression that fails', validated({ expression: "object.data.none == 'x'" })),
  created(
    'an expression that fails where failures are ignored',
    bound({ failurePolicy: 'Ignore', validations: [{ expression: "object.data.none == 'x'" }] }),
  ),
  created(
    'a failure is told as a warning',
    bound({ validations: [{ ...no, message: 'careful' }] }, { validationActions: ['Warn', 'Audit'] }),
  ),
  created(
    'a failure is kept for an audit',
    bound({ validations: [{ ...no, message: 'careful' }] }, { validationActions: ['Audit'] }),
  ),
  {
    ...one(
      'an object whose name is made up',
      validated(no),
      post('configmaps', configMap({}, { name: undefined, generateName: 'made-' })),
    ),
    wordingAside: 'it has the name',
  },
].map((each) => (each.name.includes('warning') || each.name.includes('audit') ? aside(each) : each));

/** Without a refusal the probe cannot tell: a binding of its own does. */
function aside(each: Case): Case {
  const [made, bind, ...rest] = each.steps;
  if (made === undefined || bind === undefined) return each;
  const deny = post(BINDINGS, {
    ...binding({ matchResources: { objectSelector: { matchLabels: { case: '{n}-probe' } } } }, '{n}-deny'),
  });
  return { ...each, steps: [made, bind, deny, ...rest] };
}

const shows = (text: string): Json => ({ ...no, messageExpression: text });
const variables: readonly Case[] = [
  created(
    'the request',
    validated(
      shows(
        "request.operation + ' ' + request.resource.resource + ' ' + request.kind.kind + ' ' + request.name + ' ' + request.namespace + ' ' + string(request.dryRun)",
      ),
    ),
  ),
  one(
    'who asks',
    validated(shows("request.userInfo.username + ' ' + request.userInfo.groups.join(' ')")),
    post('configmaps', configMap(), { headers: { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' } }),
  ),
  one(
    'what was there before',
    [create, ...validated(shows("oldObject.data.a + ' ' + object.data.a"))],
    put('configmaps/{n}', configMap({ data: { a: '2' } })),
  ),
  one(
    'what is deleted',
    [create, ...validated(shows("string(object == null) + ' ' + oldObject.data.a"))],
    remove('configmaps/{n}'),
  ),
  created(
    'the namespace',
    validated(
      shows(
        "namespaceObject.metadata.name + ' ' + string(size(namespaceObject.metadata.labels)) + ' ' + namespaceObject.status.phase",
      ),
    ),
  ),
  one(
    'no namespace',
    validated(shows('string(namespaceObject == null)')),
    post('/api/v1/namespaces', { metadata: { name: '{n}', labels: own } }),
  ),
  created(
    'its own variables',
    bound({
      variables: [
        { name: 'a', expression: 'int(object.data.a)' },
        { name: 'b', expression: 'variables.a + 1' },
      ],
      validations: [{ expression: 'variables.b == 3', messageExpression: "'b is ' + string(variables.b)" }],
    }),
  ),
  created(
    'a variable that fails',
    bound({
      variables: [{ name: 'a', expression: "object.data.none == 'x'" }],
      validations: [{ expression: 'variables.a' }],
    }),
  ),
  created(
    'a variable that fails and is not needed',
    bound({
      variables: [{ name: 'a', expression: "object.data.none == 'x'" }],
      validations: [{ expression: "object.data.a == '1' || variables.a" }],
    }),
  ),
  created(
    'the authorizer',
    validated({
      expression: "!authorizer.group('').resource('secrets').namespace('{ns}').check('get').allowed()",
      message: 'you may',
    }),
  ),
  one(
    'the authorizer of somebody else',
    validated({
      expression: "authorizer.requestResource.check('proxy').allowed()",
      message: 'you may not',
    }),
    post('configmaps', configMap(), {
      headers: { 'impersonate-user': 'system:kube-scheduler', 'impersonate-group': 'system:masters' },
    }),
  ),
  created(
    'a service account',
    validated({
      expression:
        "authorizer.serviceAccount('{ns}', 'default').group('').resource('secrets').namespace('{ns}').check('get').allowed()",
      message: 'the account may not',
    }),
  ),
  one(
    'a server-side apply',
    validated(shows("request.operation + ' ' + request.options.fieldManager")),
    apply('configmaps/{n}', 'm', configMap()),
  ),
  one('a dry run', validated(shows('string(request.dryRun)')), post('configmaps?dryRun=All', configMap())),
  one(
    'a scale',
    [
      post('apps/v1:deployments', {
        metadata: { name: '{n}' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: '{n}' } },
          template: { metadata: { labels: { app: '{n}' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      }),
      ...bound({
        matchConstraints: { resourceRules: [ANY_RULE] },
        matchConditions: [{ name: 'own', expression: "request.name.startsWith('{n}')" }],
        validations: [
          {
            expression: "request.subResource != 'scale'",
            messageExpression: "request.subResource + ' ' + object.kind + ' ' + string(object.spec.replicas)",
          },
        ],
      }),
    ],
    merge('apps/v1:deployments/{n}/scale', { spec: { replicas: 2 } }),
  ),
];

const withParams = (bind: Json, spec: Json = {}): readonly Step[] => [
  post('configmaps', { metadata: { name: '{n}-p1', labels: { params: '{n}' } }, data: { max: '0' } }),
  post('configmaps', { metadata: { name: '{n}-p2', labels: { params: '{n}' } }, data: { max: '5' } }),
  ...bound(
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [
        {
          expression: 'int(object.data.a) <= int(params.data.max)',
          messageExpression: "'more than ' + params.data.max",
        },
      ],
      ...spec,
    },
    bind,
  ),
];
const params: readonly Case[] = [
  created(
    'a parameter by its name',
    withParams({ paramRef: { name: '{n}-p1', namespace: '{ns}', parameterNotFoundAction: 'Deny' } }),
  ),
  created(
    'a parameter of the namespace of the object',
    withParams({ paramRef: { name: '{n}-p2', parameterNotFoundAction: 'Deny' } }),
  ),
  created(
    'parameters by their labels, each of which has a say',
    withParams({ paramRef: { selector: { matchLabels: { params: '{n}' } }, parameterNotFoundAction: 'Deny' } }),
  ),
];

const rules: readonly Case[] = [
  created('another resource', [
    ...bound({
      matchConstraints: { resourceRules: [{ ...ANY_RULE, resources: ['secrets'] }], objectSelector: NAMES },
      validations: [no],
    }).slice(0, 2),
    post('secrets?dryRun=All', { metadata: { name: '{n}-probe', labels: { case: '{n}-probe' } } }, { until: IN_FORCE }),
  ]),
  created(
    'a resource by its name',
    bound({
      matchConstraints: {
        resourceRules: [{ ...ANY_RULE, resourceNames: ['{n}', '{n}-probe'] }],
        objectSelector: NAMES,
      },
      validations: [no],
    }),
  ),
  created(
    'a resource by another name',
    bound({
      matchConstraints: { resourceRules: [{ ...ANY_RULE, resourceNames: ['{n}-probe'] }], objectSelector: NAMES },
      validations: [no],
    }),
  ),
  created(
    'an exception',
    bound({
      matchConstraints: {
        resourceRules: [ANY_RULE],
        excludeResourceRules: [{ ...ANY_RULE, resourceNames: ['{n}'] }],
        objectSelector: NAMES,
      },
      validations: [no],
    }),
  ),
  created(
    'a binding for other namespaces',
    aside({
      name: '',
      steps: bound({ validations: [no] }, { matchResources: { namespaceSelector: { matchLabels: { no: 'such' } } } }),
    }).steps,
  ),
  created(
    'a condition that does not hold',
    bound({
      matchConditions: [{ name: 'c', expression: `(${isProbe}) || request.operation != 'CREATE'` }],
      validations: [no],
    }),
  ),
  created(
    'a condition that fails',
    bound({
      matchConditions: [{ name: 'c', expression: `(${isProbe}) || object.data.none == 'x'` }],
      validations: [no],
    }),
  ),
  created(
    'a condition that fails where failures are ignored',
    bound({
      failurePolicy: 'Ignore',
      matchConditions: [{ name: 'c', expression: `(${isProbe}) || object.data.none == 'x'` }],
      validations: [no],
    }),
  ),
  one(
    'policies are not asked about policies',
    validated(no),
    post(POLICIES, {
      metadata: { ...meta('{n}-other'), labels: { ...own, suite: '{ns}' } },
      spec: { matchConstraints: { resourceRules: [ANY_RULE] }, validations: [{ expression: 'true' }] },
    }),
  ),
].map((each) => (each.name.startsWith('policies') ? { ...each, see: ['kind', 'spec.failurePolicy'] } : each));

const RULES = { resourceRules: [ANY_RULE] };
const given = (name: string, spec: Json): Case => ({
  name,
  steps: [
    post(`${POLICIES}?dryRun=All`, {
      metadata: { name: '{n}' },
      spec: { matchConstraints: RULES, validations: [{ expression: 'true' }], ...spec },
    }),
  ],
});
const validation = (name: string, each: Json): Case => given(name, { validations: [{ expression: 'true', ...each }] });
const definitions: readonly Case[] = [
  given('a policy gets its defaults', {}),
  given('nothing that it is about', { matchConstraints: undefined }),
  given('no rules', { matchConstraints: {} }),
  given('a bad rule', {
    matchConstraints: {
      resourceRules: [{ operations: ['READ'], apiGroups: [], apiVersions: ['v1'], resources: ['pods'] }],
    },
  }),
  given('a bad selector', { matchConstraints: { ...RULES, objectSelector: { matchLabels: { a: '!' } } } }),
  given('an unknown match policy', { matchConstraints: { ...RULES, matchPolicy: 'Nearly' } }),
  given('an unknown failure policy', { failurePolicy: 'Maybe' }),
  given('nothing to validate', { validations: [] }),
  validation('no expression', { expression: '' }),
  validation('a blank expression', { expression: '  ' }),
  validation('an expression that is no bool', { expression: '1' }),
  validation('an expression of unknown names', { expression: 'params.x == 1' }),
  validation('a message that is no text', { messageExpression: '1' }),
  validation('a message of unknown names', { messageExpression: 'nothing' }),
  validation('a blank message', { message: '  ' }),
  validation('a message of two lines', { message: 'a\nb' }),
  validation('an expression of two lines without a message', { expression: 'true ||\nfalse' }),
  validation('an unknown reason', { reason: 'Because' }),
  given('a variable without a name', { variables: [{ name: '', expression: '1' }] }),
  given('a variable with a bad name', { variables: [{ name: 'a-b', expression: '1' }] }),
  given('a variable without an expression', { variables: [{ name: 'a', expression: '' }] }),
  given('a variable that does not compile', { variables: [{ name: 'a', expression: 'b' }] }),
  given('a variable before it is there', {
    variables: [
      { name: 'a', expression: 'variables.b' },
      { name: 'b', expression: '1' },
    ],
  }),
  given('a variable that nobody defines', { validations: [{ expression: 'variables.x == 1' }] }),
  given('a variable of another type', {
    variables: [{ name: 'a', expression: '1' }],
    validations: [{ expression: "variables.a == 'x'" }],
  }),
  given('a kind of parameters without a version', { paramKind: { kind: 'X' } }),
  given('a kind of parameters with a bad name', { paramKind: { apiVersion: 'v1', kind: 'a b' } }),
  given('a bad condition', { matchConditions: [{ name: 'c', expression: '1' }] }),
  given('a condition with parameters', {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConditions: [{ name: 'c', expression: 'params == null' }],
  }),
];

const boundTo = (name: string, spec: Json): Case => ({ name, steps: [post(`${BINDINGS}?dryRun=All`, binding(spec))] });
const paramRef = (ref: Json): Json => ({ paramRef: { parameterNotFoundAction: 'Allow', ...ref } });
const bindings: readonly Case[] = [
  boundTo('a whole one', {}),
  boundTo('no policy', { policyName: '' }),
  boundTo('a bad name of a policy', { policyName: 'A b' }),
  boundTo('no actions', { validationActions: [] }),
  boundTo('an unknown action', { validationActions: ['Deny', 'Shout'] }),
  boundTo('an action twice', { validationActions: ['Deny', 'Deny'] }),
  boundTo('a refusal and a warning', { validationActions: ['Deny', 'Warn'] }),
  boundTo('a parameter without a name', paramRef({})),
  boundTo('a parameter with a name and labels', paramRef({ name: 'a', selector: {} })),
  boundTo('what to do without parameters is not told', { paramRef: { name: 'a' } }),
  boundTo('an unknown thing to do without parameters', paramRef({ name: 'a', parameterNotFoundAction: 'Cry' })),
  boundTo('resources of its own', { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } }),
];

transcripts('policy verdicts', verdicts, AREA);
transcripts('policy variables', variables, AREA);
// Its policies stay: a real server does not watch a kind of parameters again once its last policy was deleted.
transcripts('policy parameters', params, {});
transcripts('policy rules', rules, AREA);
transcripts('policy definitions', definitions, AREA);
transcripts('policy bindings', bindings, AREA);
