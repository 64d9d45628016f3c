import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IdentityError, isNotFound, UnreachableError } from '@stageset/k8s';
import type { ClusterRequest, ClusterResponse, RemoteAccess, Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { createCluster } from '../cluster/cluster.ts';
import { RequestBudget } from '../requests/budget.ts';
import { withCircuit } from './circuit.ts';
import { bearerTransport } from './tenant-transport.ts';
import { createTenants } from './tenants.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function json(status: number, body: unknown): ClusterResponse {
  return {
    status,
    headers: {},
    body: (async function* () {
      yield Buffer.from(JSON.stringify(body));
    })(),
  };
}

const DISCOVERY = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: '' },
      versions: [
        {
          version: 'v1',
          resources: [
            { resource: 'configmaps', responseKind: { kind: 'ConfigMap' }, scope: 'Namespaced', verbs: ['get'] },
          ],
        },
      ],
    },
  ],
};
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'prod', name: 'app' };
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app', namespace: 'prod' } };

/** An API server in a function: takes the tokens of `good`, and mints the next one each time. */
function server({ good, mintCode = 201 }: { good: ReadonlySet<string>; mintCode?: number }) {
  const seen: ClusterRequest[] = [];
  let minted = 0;
  const transport: Transport = async (request) => {
    seen.push(request);
    if (request.path.startsWith('/api?') || request.path === '/api' || request.path === '/apis') {
      return json(200, request.path === '/api' ? DISCOVERY : { kind: 'APIGroupDiscoveryList', items: [] });
    }
    if (request.path.endsWith('/token')) {
      minted += 1;
      if (mintCode !== 201) {
        return json(mintCode, { kind: 'Status', reason: 'NotFound', message: 'serviceaccounts "deployer" not found' });
      }
      return json(201, { status: { token: `t${minted}`, expirationTimestamp: '1970-01-02T00:00:00Z' } });
    }
    const token = /^Bearer (.*)$/.exec(request.headers?.['authorization'] ?? '')?.[1] ?? '';
    return good.has(token) ? json(200, object) : json(401, { kind: 'Status', message: 'Unauthorized' });
  };
  const clock = new FakeClock();
  const options = { clock, random: () => 0, budget: new RequestBudget() };
  const cluster = createCluster(transport, options);
  const tenants = createTenants({
    ...options,
    transport,
    withToken: (source) => bearerTransport(transport, source),
    cluster,
    guard: {
      check: (url) => {
        if (url.includes('169.254')) throw new Error(`${url} may not be connected to`);
        return new URL(url);
      },
      lookup: (_host, _options, callback) => callback(null, '127.0.0.1', 4),
    },
  });
  closing.push(() => tenants.close());
  return { tenants, seen, minted: () => minted };
}

describe('S-124 a ServiceAccount', () => {
  test('acts by a token of its own, and by nothing else', async () => {
    const { tenants, seen } = server({ good: new Set(['t1']) });
    const { cluster } = tenants.asServiceAccount({ namespace: 'prod', name: 'deployer' });
    expect(await cluster.get(ref)).toEqual(object);
    const [mint] = seen.filter(({ path }) => path.endsWith('/token'));
    expect(mint).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/prod/serviceaccounts/deployer/token' });
    expect(JSON.parse(String(mint?.body))).toMatchObject({ spec: { expirationSeconds: 3600 } });
    expect(seen.flatMap(({ headers }) => Object.keys(headers ?? {}))).not.toContain('impersonate-user');
  });

  test('whose token is refused gets another, and the request is made once more', async () => {
    const { tenants, minted } = server({ good: new Set(['t2']) });
    const { cluster } = tenants.asServiceAccount({ namespace: 'prod', name: 'deployer' });
    expect(await cluster.get(ref)).toEqual(object);
    expect(minted()).toBe(2);
  });

  test('whose fresh token is refused too is told to be gone', async () => {
    const { tenants, minted } = server({ good: new Set() });
    const { cluster } = tenants.asServiceAccount({ namespace: 'prod', name: 'deployer' });
    await expect(cluster.get(ref)).rejects.toMatchObject({
      code: 401,
      message: expect.stringMatching(/ServiceAccount prod\/deployer; the account may be gone/),
    });
    expect(minted()).toBe(2);
  });

  test('that does not exist is not taken for an object that does not', async () => {
    const { tenants } = server({ good: new Set(), mintCode: 404 });
    const { cluster } = tenants.asServiceAccount({ namespace: 'prod', name: 'deployer' });
    const error = await cluster.get(ref).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdentityError);
    expect(isNotFound(error)).toBe(false);
  });

  test('that is not used any more has its token forgotten', async () => {
    const { tenants, minted } = server({ good: new Set(['t1', 't2']) });
    const account = { namespace: 'prod', name: 'deployer' };
    const first = tenants.asServiceAccount(account);
    await first.cluster.get(ref);
    await first.close();
    await tenants.asServiceAccount(account).cluster.get(ref);
    expect(minted()).toBe(2);
  });
});

const kubeconfig = (server: string, user: string, cluster = '') => `
apiVersion: v1
kind: Config
current-context: edge
contexts: [{name: edge, context: {cluster: edge, user: tenant}}]
clusters: [{name: edge, cluster: {server: "${server}"${cluster}}}]
users: [{name: tenant, user: ${user}}]
`;

describe('S-131 a kubeconfig of a tenant', () => {
  const cases = [
    {
      name: 'exec',
      text: kubeconfig('https://edge', '{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false}}'),
      want: /users\[tenant\]\.user\.exec: may run a program/,
    },
    {
      name: 'exec beside a token',
      text: kubeconfig('https://edge', '{token: t, exec: {command: /bin/false}}'),
      want: /user\.exec/,
    },
    {
      name: 'an auth provider',
      text: kubeconfig('https://edge', '{auth-provider: {name: gcp}}'),
      want: /user\.auth-provider: may run a program/,
    },
    {
      name: 'a token file',
      text: kubeconfig('https://edge', '{tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}'),
      want: /user\.tokenFile: names a file/,
    },
    {
      name: 'a client certificate in a file',
      text: kubeconfig('https://edge', '{client-certificate: /etc/a.crt, client-key: /etc/a.key}'),
      want: /user\.client-certificate: names a file/,
    },
    {
      name: 'a certificate authority in a file',
      text: kubeconfig('https://edge', '{token: t}', ', certificate-authority: /etc/ca.crt'),
      want: /cluster\.certificate-authority: names a file/,
    },
    {
      name: 'a forbidden address',
      text: kubeconfig('https://169.254.169.254', '{token: t}'),
      want: /Secret prod\/edge: https:\/\/169\.254\.169\.254 may not be connected to/,
    },
    {
      name: 'a proxy at a forbidden address',
      text: kubeconfig('https://edge', '{token: t}', ', proxy-url: "http://169.254.169.254"'),
      want: /169\.254\.169\.254 may not be connected to/,
    },
  ];
  for (const { name, text, want } of cases) {
    test(`with ${name} is refused by name`, () => {
      const { tenants } = server({ good: new Set() });
      const said = tenants.openRemote({ by: 'kubeconfig', text, source: 'Secret prod/edge' });
      expect(said).toMatchObject({ ok: false, why: 'refused', message: expect.stringMatching(want) });
    });
  }

  test('tells the address of its server, without what is none of it', () => {
    const { tenants } = server({ good: new Set() });
    const text = kubeconfig('https://edge.example.com:6443/clusters/one/', '{token: t}');
    const said = tenants.openRemote({ by: 'kubeconfig', text, source: 'Secret prod/edge' });
    expect(said).toMatchObject({ ok: true, server: 'https://edge.example.com:6443/clusters/one' });
  });

  const malformed = [
    { name: 'that is no YAML', text: '{', want: /Secret prod\/edge: is not valid YAML/ },
    { name: 'without a context', text: 'apiVersion: v1\nkind: Config\n', want: /current-context/ },
  ];
  for (const { name, text, want } of malformed) {
    test(`${name} is malformed`, () => {
      const { tenants } = server({ good: new Set() });
      const said = tenants.openRemote({ by: 'kubeconfig', text, source: 'Secret prod/edge' });
      expect(said).toMatchObject({ ok: false, why: 'malformed', message: expect.stringMatching(want) });
    });
  }
});

describe('S-125 another cluster', () => {
  async function remote(access: (url: string) => RemoteAccess) {
    const requests: IncomingMessage[] = [];
    const http = createServer((request, response: ServerResponse) => {
      requests.push(request);
      const isRoot = request.url === '/api' || request.url === '/apis';
      const body = isRoot ? (request.url === '/api' ? DISCOVERY : { ...DISCOVERY, items: [] }) : object;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    });
    const { tenants, minted } = server({ good: new Set() });
    const said = tenants.openRemote(access(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
    if (!said.ok) throw new Error(said.message);
    expect(await said.opened.cluster.get(ref)).toEqual(object);
    return { last: requests.at(-1)?.headers, minted };
  }

  test('is reached as the kubeconfig says', async () => {
    const { last } = await remote((url) => ({
      by: 'kubeconfig',
      text: kubeconfig(url, '{token: secret}'),
      source: 's',
    }));
    expect(last?.authorization).toBe('Bearer secret');
    expect(last?.['impersonate-user']).toBeUndefined();
  });

  test('is worked on as the ServiceAccount, without what the kubeconfig takes on', async () => {
    const { last } = await remote((url) => ({
      by: 'kubeconfig',
      text: kubeconfig(url, '{token: secret, as: admin, as-groups: ["system:masters"]}'),
      source: 's',
      impersonate: 'system:serviceaccount:prod:deployer',
    }));
    expect(last?.['impersonate-user']).toBe('system:serviceaccount:prod:deployer');
    expect(last?.['impersonate-group']).toBeUndefined();
  });

  test('that trusts our tokens takes no address but https', () => {
    const { tenants } = server({ good: new Set() });
    const said = tenants.openRemote({
      by: 'token',
      address: 'http://edge',
      source: 'ConfigMap prod/edge',
      account: { namespace: 'prod', name: 'deployer' },
    });
    expect(said).toMatchObject({ ok: false, why: 'malformed' });
  });
});

describe('a cluster that does not answer', () => {
  const request: ClusterRequest = { method: 'GET', path: '/api' };

  test('is not asked for a while after some failures, and then by one request at a time', async () => {
    const clock = new FakeClock();
    let asked = 0;
    let answers = false;
    const transport = withCircuit(async () => {
      asked += 1;
      if (!answers) throw new UnreachableError('nobody there');
      return json(200, {});
    }, clock);
    for (let i = 0; i < 3; i += 1) await expect(transport(request)).rejects.toThrow('nobody there');
    await expect(transport(request)).rejects.toThrow(/nobody there \(asked again in 2 s\)/);
    expect(asked).toBe(3);
    await clock.advance(2_000);
    answers = true;
    expect((await transport(request)).status).toBe(200);
    expect((await transport(request)).status).toBe(200);
    expect(asked).toBe(5);
  });

  test('is not given up for callers who gave up', async () => {
    const transport = withCircuit(() => Promise.reject(new DOMException('stopped', 'AbortError')), new FakeClock());
    for (let i = 0; i < 5; i += 1) await expect(transport(request)).rejects.toThrow('stopped');
  });
});
