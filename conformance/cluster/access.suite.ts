import { isJsonObject } from '@stageset/k8s';
import { apply, get, type Json, merge, post, put, remove, type Step } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const RBAC = 'rbac.authorization.k8s.io';
const roles = `${RBAC}/v1:roles`;
const bindings = `${RBAC}/v1:rolebindings`;
const clusterRoles = `/apis/${RBAC}/v1/clusterroles`;
const clusterBindings = `/apis/${RBAC}/v1/clusterrolebindings`;
const user = 'user-{n}';
const as = (name = user, groups?: string) => ({
  headers: { 'impersonate-user': name, ...(groups === undefined ? {} : { 'impersonate-group': groups }) },
});
const rule = (verbs: readonly string[], resources: readonly string[], extra: Json = {}): Json => ({
  apiGroups: [''],
  resources,
  verbs,
  ...extra,
});
const role = (rules: readonly Json[], name = '{n}'): Json => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: { name },
  rules,
});
const clusterRole = (rules: readonly Json[], extra: Json = {}): Json => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: { name: '{n}' },
  rules,
  ...extra,
});
const bind = (kind: string, name: string, subject: Json = { kind: 'User', name: user, apiGroup: RBAC }): Json => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name: '{n}' },
  roleRef: { apiGroup: RBAC, kind, name },
  subjects: [subject],
});
const granted = (...rules: readonly Json[]): Step[] => [post(roles, role(rules)), post(bindings, bind('Role', '{n}'))];
const review = (spec: Json) => post('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
const may = (verb: string, resource: string, extra: Json = {}): Step =>
  review({ user, resourceAttributes: { verb, resource, namespace: '{ns}', ...extra } });
/** A grant takes a moment to be seen by a server that caches it. */
const granting = (step: Step): Step => ({
  ...step,
  settled: (body) => isJsonObject(body) && isJsonObject(body['status']) && body['status']['allowed'] === true,
});
const see = ['status.allowed'];
const configMap: Json = { metadata: { name: '{n}' } };

/** Grants take a moment to be seen by a server that caches them. */
const seen = (verb: string, resource: string): Step => ({
  ...get(`${resource}?limit=1`, as()),
  until: verb === 'list' ? 200 : 404,
});
const listed = granted(rule(['list', 'get'], ['configmaps']));
const ready = [...listed, seen('list', 'configmaps')];
const patching = [
  ...granted(rule(['list', 'patch', 'update'], ['configmaps', 'services'])),
  seen('list', 'configmaps'),
];
const applied = (data: Json, query = '') =>
  apply('configmaps/{n}', `suite${query}`, { apiVersion: 'v1', kind: 'ConfigMap', ...configMap, ...data }, as());
const service: Json = { metadata: { name: '{n}' }, spec: { ports: [{ port: 80 }] } };

const access: Case[] = [
  { name: 'who has no role may not read', steps: [get('configmaps', as())] },
  { name: 'who has no role may not read one', steps: [get('configmaps/x', as())] },
  { name: 'who has no role may not write', steps: [post('configmaps', configMap, as())] },
  { name: 'who has no role may not update', steps: [put('configmaps/x', configMap, as())] },
  { name: 'who has no role may not patch', steps: [merge('configmaps/x', {}, as())] },
  { name: 'who has no role may not delete', steps: [remove('configmaps/x', undefined, as())] },
  { name: 'who has no role may not delete all', steps: [remove('configmaps', undefined, as())] },
  { name: 'who has no role may not watch', steps: [get('configmaps?watch=true', as())] },
  { name: 'who has no role may not read a part', steps: [get('apps/v1:deployments/x/scale', as())] },
  { name: 'who has no role may not read the cluster', steps: [get('/api/v1/nodes', as())] },
  { name: 'who has no role may not read all namespaces', steps: [get('/api/v1/configmaps', as())] },
  { name: 'a role allows what it says', steps: [...ready, get('configmaps?limit=1', as())], see: ['kind'] },
  { name: 'a role allows no more than it says', steps: [...ready, post('configmaps', configMap, as())] },
  { name: 'a role ends at its namespace', steps: [...ready, get('/api/v1/namespaces/default/configmaps', as())] },
  { name: 'a role of one resource says nothing of others', steps: [...ready, get('secrets', as())] },
  { name: 'who may patch may not create by an apply', steps: [...patching, applied({ data: { key: 'v' } })] },
  { name: 'nor in a dry run', steps: [...patching, applied({ data: { key: 'v' } }, '&dryRun=All')] },
  { name: 'what is invalid is told first', steps: [...patching, applied({ data: { 'no key': 'v' } })] },
  { name: 'who may update may not create by an update', steps: [...patching, put('services/{n}', service, as())] },
  { name: 'questions: what is granted', steps: [...ready, may('list', 'configmaps')], see },
  { name: 'questions: what is not granted', steps: [...ready, may('delete', 'configmaps')], see },
  {
    name: 'questions: a part of a resource',
    steps: [...ready, may('get', 'configmaps', { subresource: 'status' })],
    see,
  },
  { name: 'questions: another namespace', steps: [...ready, may('list', 'configmaps', { namespace: 'default' })], see },
  {
    name: 'questions: a named object',
    steps: [
      ...granted(rule(['get'], ['secrets'], { resourceNames: ['one'] })),
      granting(may('get', 'secrets', { name: 'one' })),
    ],
    see,
  },
  {
    name: 'questions: another name',
    steps: [...granted(rule(['get'], ['secrets'], { resourceNames: ['one'] })), may('get', 'secrets', { name: 'two' })],
    see,
  },
  {
    name: 'questions: a group',
    steps: [
      post(bindings, bind('ClusterRole', 'view', { kind: 'Group', name: 'g-{n}', apiGroup: RBAC })),
      granting(
        review({
          user,
          groups: ['g-{n}'],
          resourceAttributes: { verb: 'list', resource: 'pods', namespace: '{ns}' },
        }),
      ),
    ],
    see,
  },
  {
    name: 'questions: an account',
    steps: [
      post(bindings, bind('ClusterRole', 'view', { kind: 'ServiceAccount', name: 'sa-{n}', namespace: '{ns}' })),
      granting(
        review({
          user: 'system:serviceaccount:{ns}:sa-{n}',
          resourceAttributes: { verb: 'list', resource: 'pods', namespace: '{ns}' },
        }),
      ),
    ],
    see,
  },
  {
    name: 'questions: all accounts of a namespace',
    steps: [
      post(
        bindings,
        bind('ClusterRole', 'view', { kind: 'Group', name: 'system:serviceaccounts:{ns}', apiGroup: RBAC }),
      ),
      granting(
        review({
          user: 'system:serviceaccount:{ns}:any',
          groups: ['system:serviceaccounts:{ns}'],
          resourceAttributes: { verb: 'list', resource: 'pods', namespace: '{ns}' },
        }),
      ),
      remove(`${bindings}/{n}`),
    ],
    see: ['kind'],
  },
  { name: 'questions: without a user', steps: [review({ resourceAttributes: { verb: 'list', resource: 'pods' } })] },
  { name: 'questions: of nothing', steps: [review({ user })] },
  {
    name: 'questions: the administrator',
    steps: [
      post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        spec: { resourceAttributes: { verb: '*', resource: '*', group: '*' } },
      }),
    ],
    see,
  },
  {
    name: 'questions: oneself',
    steps: [
      post(
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { resourceAttributes: { verb: 'list', resource: 'secrets', namespace: '{ns}' } } },
        as(),
      ),
    ],
    see,
  },
  {
    name: 'questions: everything that one may',
    steps: [
      ...ready,
      post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'nowhere' } }, as()),
    ],
    see: ['status.incomplete', 'status.resourceRules'],
  },
  {
    name: 'questions: who one is',
    steps: [post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, as())],
    see: ['status.userInfo.username', 'status.userInfo.groups'],
  },
  {
    name: 'questions: who one is with groups',
    steps: [post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, as(user, 'one'))],
    see: ['status.userInfo.username', 'status.userInfo.groups'],
  },
  {
    name: 'questions: who an account is',
    steps: [post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, as('system:serviceaccount:{ns}:x'))],
    see: ['status.userInfo.username', 'status.userInfo.groups'],
  },
  {
    name: 'questions: a token that is none',
    steps: [post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } })],
    see: ['status.authenticated'],
  },
  {
    name: 'a group without a user is nobody',
    steps: [get('configmaps', { headers: { 'impersonate-group': 'g' } })],
    wordingAside: 'it prints Go structures',
  },
  {
    name: 'a token that is none is refused',
    steps: [get('configmaps', { headers: { authorization: 'Bearer nonsense' } })],
  },
  {
    name: 'the role of viewers',
    steps: [get(`${clusterRoles}/view`)],
    see: ['rules', 'aggregationRule', 'metadata.labels'],
  },
  { name: 'the role of editors', steps: [get(`${clusterRoles}/edit`)], see: ['aggregationRule', 'metadata.labels'] },
  {
    name: 'the role of administrators of a namespace',
    steps: [get(`${clusterRoles}/admin`)],
    see: ['aggregationRule', 'metadata.labels'],
  },
  {
    name: 'the role of administrators',
    steps: [get(`${clusterRoles}/cluster-admin`)],
    see: ['rules', 'metadata.labels'],
  },
  {
    name: 'the binding of administrators',
    steps: [get(`${clusterBindings}/cluster-admin`)],
    see: ['subjects', 'roleRef'],
  },
];

const writer = [rule(['*'], ['roles', 'rolebindings'], { apiGroups: [RBAC] }), rule(['get'], ['configmaps'])];
const power: Step[] = [
  post(roles, role(writer, 'w-{n}')),
  post(bindings, { ...bind('Role', 'w-{n}'), metadata: { name: 'w-{n}' } }),
  get(`${roles}?limit=1`, { ...as(), until: 200 }),
];
const escalation: Case[] = [
  {
    name: 'nobody writes a role with more than they hold',
    steps: [...power, post(roles, role([rule(['delete'], ['secrets'])]), as())],
  },
  {
    name: 'a role with what one holds may be written',
    steps: [...power, post(roles, role([rule(['get'], ['configmaps'])]), as())],
    see: ['rules'],
  },
  {
    name: 'nobody binds a role with more than they hold',
    steps: [...power, post(bindings, bind('ClusterRole', 'view'), as())],
    wordingAside: 'it lists every rule that is missing, merged and sorted',
  },
  {
    name: 'a role with what one holds may be bound',
    steps: [
      ...power,
      post(roles, role([rule(['get'], ['configmaps'])], 'r-{n}')),
      post(bindings, bind('Role', 'r-{n}'), as()),
    ],
    see: ['roleRef'],
  },
  {
    name: 'a role that is not there may not be bound by who may not bind',
    steps: [...power, post(bindings, bind('Role', 'nobody'), as())],
    wordingAside: 'it quotes the lookup',
  },
  {
    name: 'nobody widens a role beyond what they hold',
    steps: [...power, post(roles, role([])), merge(`${roles}/{n}`, { rules: [rule(['get'], ['secrets'])] }, as())],
  },
];
const aggregation: Case[] = [
  {
    name: 'a role is made up of others',
    steps: [
      post(clusterRoles, {
        ...clusterRole([rule(['get'], ['pods'])]),
        metadata: { name: '{n}-part', labels: { part: '{n}' } },
      }),
      post(
        clusterRoles,
        clusterRole([], { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: '{n}' } }] } }),
      ),
      post(clusterRoles, {
        ...clusterRole([rule(['list'], ['pods'])]),
        metadata: { name: '{n}-z', labels: { part: '{n}' } },
      }),
      {
        ...get(`${clusterRoles}/{n}`),
        settled: (body) =>
          Array.isArray((body as Json)['rules']) && ((body as Json)['rules'] as unknown[]).length === 2,
      },
    ],
    see: ['rules'],
  },
];

transcripts('access', access);
transcripts('escalation', escalation);
transcripts('aggregation of roles', aggregation);
