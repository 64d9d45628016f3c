import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Access } from './access.ts';
import { AccessError } from './errors.ts';
import { inClusterAccess } from './in-cluster.ts';
import { accessFromTenantKubeconfig } from './kubeconfig.ts';
import { loadAccess } from './load.ts';
import { proxyFor } from './proxy.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Parts {
  readonly cluster?: string;
  readonly user?: string;
  readonly context?: string;
}
function kubeconfig({
  cluster = 'server: https://h:6443',
  user = 'token: t',
  context = 'cluster: c, user: u',
}: Parts): string {
  return `
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
contexts: [{name: x, context: {${context}}}]
current-context: x
`;
}
function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}
function load(parts: Parts): Access {
  return loadAccess({ kubeconfigPath: write('config', kubeconfig(parts)), env: {} });
}
const b64 = (text: string): string => Buffer.from(text).toString('base64');

const read: readonly { name: string; given: Parts; want: () => object }[] = [
  {
    name: 'a token, and a namespace',
    given: { context: 'cluster: c, user: u, namespace: prod' },
    want: () => ({
      server: 'https://h:6443',
      namespace: 'prod',
      credentials: { kind: 'token', token: 't' },
      tls: { insecure: false },
    }),
  },
  {
    name: 'certificates as data, which win over files',
    given: {
      cluster: `server: "https://h/k8s/clusters/c-1/", certificate-authority-data: ${b64('ca')}, certificate-authority: x`,
      user: `client-certificate-data: ${b64('cert')}, client-key-data: ${b64('key')}`,
    },
    want: () => ({
      server: 'https://h/k8s/clusters/c-1',
      namespace: 'default',
      credentials: { kind: 'none' },
      tls: {
        insecure: false,
        ca: { from: 'data', data: Buffer.from('ca') },
        clientCertificate: {
          certificate: { from: 'data', data: Buffer.from('cert') },
          key: { from: 'data', data: Buffer.from('key') },
        },
      },
    }),
  },
  {
    name: 'files beside the kubeconfig, a server name, a proxy',
    given: {
      cluster: 'server: h:1, certificate-authority: pki/ca.crt, tls-server-name: n, proxy-url: "socks5://p:1"',
      user: 'tokenFile: token, token: ignored',
    },
    want: () => ({
      server: 'https://h:1',
      proxyUrl: 'socks5://p:1',
      credentials: { kind: 'tokenFile', path: join(folder, 'token') },
      tls: { serverName: 'n', ca: { from: 'file', path: join(folder, 'pki/ca.crt') } },
    }),
  },
  {
    name: 'a password, and whom to act as',
    given: {
      cluster: 'server: https://h, insecure-skip-tls-verify: true',
      user: 'username: a, password: b, as: c, as-groups: [d]',
    },
    want: () => ({
      tls: { insecure: true },
      credentials: { kind: 'basic', username: 'a', password: 'b' },
      impersonate: { user: 'c', groups: ['d'] },
    }),
  },
  {
    name: 'a plugin',
    given: { user: 'exec: {apiVersion: client.authentication.k8s.io/v1, command: login}' },
    want: () => ({ credentials: { kind: 'plugin', user: { name: 'u', exec: { command: 'login' } } } }),
  },
  { name: 'nobody', given: { context: 'cluster: c' }, want: () => ({ credentials: { kind: 'none' } }) },
];
describe('reads', () => {
  for (const { name, given, want } of read) test(name, () => expect(load(given)).toMatchObject(want()));
});

const broken: readonly { name: string; text: string; context?: string; want: RegExp }[] = [
  {
    name: 'text that is not YAML, without quoting it',
    text: 'users: [{token: s3cret',
    want: /config: is not valid YAML \((?!.*s3cret)/,
  },
  { name: 'something else', text: '- a', want: /is not a kubeconfig/ },
  {
    name: 'a context that is not there',
    text: kubeconfig({}),
    context: 'y',
    want: /contexts: there is no context "y" \(there are: x\)/,
  },
  {
    name: 'a cluster that is not there',
    text: kubeconfig({ context: 'cluster: z, user: u' }),
    want: /contexts\[x\]\.context\.cluster: there is no cluster "z"/,
  },
  { name: 'a missing server', text: kubeconfig({ cluster: '' }), want: /clusters\[c\]\.cluster\.server: is missing/ },
  {
    name: 'a server that is no URL',
    text: kubeconfig({ cluster: 'server: "ftp://h"' }),
    want: /"ftp:\/\/h" is not an http or https URL/,
  },
  {
    name: 'a token that YAML takes for a number',
    text: kubeconfig({ user: 'token: 123' }),
    want: /users\[u\]\.user\.token: must be a string, not a number/,
  },
  {
    name: 'a certificate without a key',
    text: kubeconfig({ user: `client-certificate-data: ${b64('x')}` }),
    want: /client-key: is missing/,
  },
  {
    name: 'data that is not base64',
    text: kubeconfig({ cluster: 'server: https://h, certificate-authority-data: "%%"' }),
    want: /certificate-authority-data: is not base64/,
  },
  {
    name: 'trust and no trust at once',
    text: kubeconfig({
      cluster: `server: https://h, insecure-skip-tls-verify: true, certificate-authority-data: ${b64('x')}`,
    }),
    want: /contradicts/,
  },
  { name: 'no contexts at all', text: '{}', want: /current-context: is not set: choose a context \(there are none\)/ },
  { name: 'a list that is none', text: 'users: 1', want: /users: must be a list/ },
];
describe('refuses', () => {
  for (const { name, text, context, want } of broken) {
    test(name, () => {
      const kubeconfigPath = write('config', text);
      const run = (): Access => loadAccess({ kubeconfigPath, env: {}, ...(context === undefined ? {} : { context }) });
      expect(run).toThrow(AccessError);
      expect(run).toThrow(want);
    });
  }
});

describe('finds', () => {
  const one = (name: string, server: string, current?: string): string =>
    write(
      name,
      `{clusters: [{name: c, cluster: {server: "${server}"}}], contexts: [{name: ${name}, context: {cluster: c}}]${current ? `, current-context: ${current}` : ''}}`,
    );

  test('the files of KUBECONFIG, merged: the first to have an entry or a current context wins', () => {
    const KUBECONFIG = [join(folder, 'none'), one('a', 'https://a'), one('b', 'https://b', 'b')].join(delimiter);
    const access = loadAccess({ env: { KUBECONFIG } });
    expect(access.server).toBe('https://a');
    expect(access.origin).toBe(`context b of ${join(folder, 'b')}`);
  });

  test('the file at home', () => {
    write('.kube/config', kubeconfig({}));
    expect(loadAccess({ env: { HOME: folder, KUBECONFIG: '' } }).server).toBe('https://h:6443');
  });

  test('nothing, and says what was looked for', () => {
    expect(() => loadAccess({ kubeconfigPath: join(folder, 'x'), env: {} })).toThrow(/x: does not exist/);
    expect(() => loadAccess({ env: { KUBECONFIG: join(folder, 'x') } })).toThrow(/none of its files exists/);
    expect(() => loadAccess({ env: { HOME: folder } })).toThrow(/name one with --kubeconfig or KUBECONFIG/);
  });

  test("a pod's service account", () => {
    write('token', 't');
    write('ca.crt', 'ca');
    write('namespace', 'flux\n');
    expect(inClusterAccess({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }, folder)).toEqual({
      server: 'https://[fd00::1]:6443',
      namespace: 'flux',
      origin: 'service account of this pod',
      tls: { insecure: false, ca: { from: 'file', path: join(folder, 'ca.crt') } },
      credentials: { kind: 'tokenFile', path: join(folder, 'token') },
    });
    expect(inClusterAccess({}, folder)).toBeUndefined();
  });
});

describe("a tenant's kubeconfig", () => {
  test('may hold a token', () => {
    expect(accessFromTenantKubeconfig(kubeconfig({}), 'Secret a/b').credentials).toEqual({ kind: 'token', token: 't' });
  });
  test.each([
    ['exec: {command: sh}', /Secret a\/b: users\[u\]\.user\.exec: may run a program/],
    ['auth-provider: {name: gcp}', /users\[u\]\.user\.auth-provider: may run a program/],
    ['tokenFile: /var/run/secrets/token', /users\[u\]\.user\.tokenFile: names a file/],
    ['client-certificate: /etc/x, client-key: /etc/y', /users\[u\]\.user\.client-certificate: names a file/],
  ])('may not hold %s', (user, want) => {
    expect(() => accessFromTenantKubeconfig(kubeconfig({ user }), 'Secret a/b')).toThrow(want);
  });
  test('may not name a certificate authority file', () => {
    const text = kubeconfig({ cluster: 'server: https://h, certificate-authority: /etc/passwd' });
    expect(() => accessFromTenantKubeconfig(text, 'Secret a/b')).toThrow(/certificate-authority: names a file/);
  });
});

test.each([
  ['https://h:6443', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  ['https://h:6443', { https_proxy: 'p:1' }, 'http://p:1'],
  ['http://h', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['https://127.0.0.1:1', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['https://a.example.com', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x, example.com' }, undefined],
  ['https://example.com', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.example.com' }, 'http://p:1'],
  ['https://notexample.com', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example.com' }, 'http://p:1'],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://h:6443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'h:443' }, 'http://p:1'],
  ['https://h:6443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
])('the proxy for %s with %j is %s', (server, env, want) => expect(proxyFor(server, env)).toBe(want));

test('any text is either an access or a typed error', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.constantFrom('~', '[]', '{}', '1', 'true', '*a', '&a x', '__proto__', '"https://h"'),
  );
  const fields = fc
    .dictionary(fc.constantFrom('server', 'token', 'exec', 'as', 'tokenFile', 'cluster', 'user', 'constructor'), scalar)
    .map((given) =>
      Object.entries(given)
        .map(([key, value]) => `${key}: ${value}`)
        .join(', '),
    );
  const text = fc.oneof(fc.string(), fc.record({ cluster: fields, user: fields, context: fields }).map(kubeconfig));
  fc.assert(
    fc.property(text, (given) => {
      try {
        accessFromTenantKubeconfig(given, 'Secret a/b');
      } catch (error) {
        expect(error).toBeInstanceOf(AccessError);
      }
    }),
  );
});
