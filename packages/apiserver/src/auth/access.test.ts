import { expect, test } from 'vitest';
import { CONFIG_MAPS, call, configMap, type TestApi, testApi } from '../testing/api.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

/** An API with a service account that may get and list ConfigMaps of its namespace, and a token for it. */
async function withTenant(): Promise<
  TestApi & { readonly token: string; readonly as: (path: string, method?: 'GET' | 'POST') => Promise<unknown> }
> {
  const api = testApi();
  await api.call('POST', ACCOUNTS, { metadata: { name: 'tenant' } });
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
  await api.call('POST', `${RBAC}/namespaces/default/roles`, { metadata: { name: 'reader' }, rules });
  await api.call('POST', `${RBAC}/namespaces/default/rolebindings`, {
    metadata: { name: 'reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'default' }],
  });
  const { body } = await api.call('POST', `${ACCOUNTS}/tenant/token`, { spec: { expirationSeconds: 600 } });
  const { token } = body['status'] as { token: string };
  const as = async (path: string, method: 'GET' | 'POST' = 'GET') => {
    const headers = { authorization: `Bearer ${token}` };
    return (
      await call(api.handler, {
        method,
        path,
        headers,
        ...(method === 'POST' ? { body: JSON.stringify(configMap('x')) } : {}),
      })
    ).status;
  };
  return { ...api, token, as };
}

test('nobody is anonymous, but probes and the version are open', async () => {
  const api = testApi();
  const status = async (path: string) => (await call(api.handler, { method: 'GET', path })).status;
  expect(await status(CONFIG_MAPS)).toBe(401);
  expect(await status('/apis')).toBe(401);
  expect(await status('/readyz')).toBe(200);
  expect(await status('/version')).toBe(200);
});

test('a service account does what its roles allow, until its token expires', async () => {
  const api = await withTenant();
  expect(await api.as(CONFIG_MAPS)).toBe(200);
  expect(await api.as(CONFIG_MAPS, 'POST')).toBe(403);
  expect(await api.as('/api/v1/namespaces/kube-system/configmaps')).toBe(403);
  expect(await api.as('/api/v1/configmaps')).toBe(403);
  await api.clock.advance(600_000);
  expect(await api.as(CONFIG_MAPS)).toBe(401);
});

test('a token is worth nothing once its account is gone', async () => {
  const api = await withTenant();
  await api.call('DELETE', `${ACCOUNTS}/tenant`);
  expect(await api.as(CONFIG_MAPS)).toBe(401);
});

test('a token that was changed is none', async () => {
  const api = await withTenant();
  const [header, , signature] = api.token.split('.');
  const forged = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:default:other', exp: 9e9 })).toString(
    'base64url',
  );
  for (const token of [`${header}.${forged}.${signature}`, `${header}.${forged}.`, 'x.y.z', '']) {
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(api.handler, { method: 'GET', path: CONFIG_MAPS, headers })).status).toBe(401);
  }
});

test('the administrator may act as somebody else, a tenant may not', async () => {
  const api = await withTenant();
  const as = { 'impersonate-user': 'system:serviceaccount:default:tenant' };
  expect((await api.call('GET', CONFIG_MAPS, undefined, as)).status).toBe(200);
  const refused = await api.call('POST', CONFIG_MAPS, configMap('x'), as);
  expect(refused.body).toMatchObject({
    code: 403,
    reason: 'Forbidden',
    message:
      'configmaps is forbidden: User "system:serviceaccount:default:tenant" cannot create resource "configmaps" in API group "" in the namespace "default"',
  });
  const headers = {
    authorization: `Bearer ${api.token}`,
    'impersonate-user': 'kubernetes-admin',
    'impersonate-group': 'system:masters',
  };
  expect((await call(api.handler, { method: 'GET', path: CONFIG_MAPS, headers })).body).toMatchObject({
    code: 403,
    message: expect.stringContaining('cannot impersonate resource "users"'),
  });
});

test('questions of access are answered and stored nowhere', async () => {
  const api = await withTenant();
  const ask = (path: string, spec: object) => api.call('POST', path, { spec });
  const review = (verb: string) =>
    ask('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      user: 'system:serviceaccount:default:tenant',
      resourceAttributes: { verb, resource: 'configmaps', namespace: 'default' },
    });
  expect((await review('get')).body['status']).toEqual({ allowed: true });
  expect((await review('delete')).body['status']).toEqual({ allowed: false });
  const who = await ask('/apis/authentication.k8s.io/v1/tokenreviews', { token: api.token });
  expect(who.body['status']).toMatchObject({
    authenticated: true,
    user: { username: 'system:serviceaccount:default:tenant' },
  });
});
