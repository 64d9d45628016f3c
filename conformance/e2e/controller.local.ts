import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crds, sourceCrds } from '@stageset/api';
import { startCluster } from '@stageset/apiserver';
import { type ArtifactServer, packFiles, serveArtifacts } from '@stageset/artifact';
import { createCluster } from '@stageset/client';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stageset = (args: readonly string[]) => start(process.execPath, ['packages/cli/bin/stageset.js', ...args], root);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('stageset controller, and stageset get beside it', () => {
  let suite: SuiteCluster;
  let server: ArtifactServer;
  beforeAll(async () => {
    suite = await suiteCluster();
    server = await serveArtifacts();
    await serveKinds(suite.cluster, [...crds(), ...sourceCrds()]);
  });
  afterAll(async () => {
    await server.stop();
    await suite.stop();
  });

  test('finds its cluster by a kubeconfig, delivers, and ends cleanly on SIGTERM', async () => {
    const ns = await suite.namespace();
    const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hello\n  namespace: ${ns}\n`;
    const archive = await packFiles(new Map([['hello.yaml', new TextEncoder().encode(manifest)]]));
    const { url, digest } = server.publish(archive, 'hello');
    const source = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: ExternalArtifact\nmetadata: {name: hello, namespace: ${ns}}\nspec: {}\n`;
    await kubectlOk(suite.kubeconfig, ['apply', '-f', '-'], source);
    const status = {
      artifact: { url, digest, path: 'hello.tar.gz', revision: 'v1', lastUpdateTime: '2026-01-01T00:00:00Z' },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    };
    await kubectlOk(suite.kubeconfig, [
      'patch',
      'externalartifact',
      'hello',
      '-n',
      ns,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
    const release = `apiVersion: stages.metio.wtf/v1\nkind: StageSet\nmetadata: {name: app, namespace: ${ns}}\nspec: {stages: [{name: only, sourceRef: {name: hello}}]}\n`;
    await kubectlOk(suite.kubeconfig, ['apply', '-f', '-'], release);

    const off = ['--metrics-bind-address=0', '--health-probe-bind-address=0'];
    const running = stageset([
      'controller',
      '--kubeconfig',
      suite.kubeconfig,
      '--allowed-artifact-hosts',
      '127.0.0.1',
      ...off,
    ]);
    await running.printed(/controller started/);
    await kubectlOk(suite.kubeconfig, ['wait', '--for=condition=Ready', 'stageset/app', '-n', ns, '--timeout=100s']);
    await kubectlOk(suite.kubeconfig, ['get', 'configmap', 'hello', '-n', ns]);

    const table = await stageset(['get', '-n', ns, '--kubeconfig', suite.kubeconfig]).ended;
    expect(table.stdout).toBe(
      'NAME   READY   REASON      STAGES   VERSION   PENDING\napp    True    Succeeded   1/1      -         -\n',
    );
    const detail = await stageset(['get', 'app', '-n', ns, '--kubeconfig', suite.kubeconfig]).ended;
    expect(detail.stdout).toMatch(/^Name: +app\nNamespace: +suite-/);
    expect(detail.stdout).toMatch(/ {2}only +Ready +v1 +1 +1\/1\n/);
    const json = await stageset(['get', 'app', '-n', ns, '--kubeconfig', suite.kubeconfig, '-o', 'json']).ended;
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'StageSet', metadata: { name: 'app' } });
    const absent = await stageset(['get', 'absent', '-n', ns, '--kubeconfig', suite.kubeconfig]).ended;
    expect([absent.code, absent.stderr]).toEqual([3, `no StageSet absent in namespace ${ns}; see stageset get -A\n`]);

    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });

  test('an artifact on loopback is refused unless its host is allowed', async () => {
    const ns = await suite.namespace();
    const artifact = {
      url: 'http://127.0.0.1:1/x.tar.gz',
      digest: `sha256:${'0'.repeat(64)}`,
      path: 'x',
      revision: 'v1',
      lastUpdateTime: '2026-01-01T00:00:00Z',
    };
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    const write = { fieldManager: 'suite', force: true };
    const base = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'ExternalArtifact',
      metadata: { name: 'x', namespace: ns },
    };
    await suite.cluster.apply({ ...base, spec: {} }, write);
    await suite.cluster.apply({ ...base, status: { artifact, conditions } }, { ...write, subresource: 'status' });
    const spec = { stages: [{ name: 'only', sourceRef: { name: 'x' } }] };
    await suite.cluster.apply(
      { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', metadata: { name: 'app', namespace: ns }, spec },
      write,
    );
    const running = stageset([
      'controller',
      '--kubeconfig',
      suite.kubeconfig,
      '--metrics-bind-address=0',
      '--health-probe-bind-address=0',
    ]);
    await kubectlOk(suite.kubeconfig, [
      'wait',
      '--for=condition=Ready=False',
      'stageset/app',
      '-n',
      ns,
      '--timeout=100s',
    ]);
    const message = await kubectlOk(suite.kubeconfig, [
      'get',
      'stageset',
      'app',
      '-n',
      ns,
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Ready")].message}',
    ]);
    expect(message).toMatch(/127\.0\.0\.1.*--allowed-artifact-hosts/);
    running.child.kill('SIGTERM');
    await running.ended;
  });

  test.each([
    { args: ['--default-interval', '1x'], says: /--default-interval 1x: expected a duration/ },
    { args: ['--inventory-shard-cap', '0'], says: /--inventory-shard-cap 0: expected a whole number/ },
    { args: ['--metrics-bind-address', 'nonsense'], says: /--metrics-bind-address must be host:port/ },
    {
      args: ['--leader-elect', '--leader-election-lease-duration', '1s'],
      says: /lease-duration must be whole seconds/,
    },
    { args: ['--watch-namespaces', 'prod, Not A Name'], says: /--watch-namespaces: "Not A Name" cannot be the name/ },
    { args: ['--max-teardown-wait', '-1s'], says: /--max-teardown-wait -1s: expected a duration/ },
    { args: ['--watch-label-selector', 'a in'], says: /--watch-label-selector a in: / },
    { args: ['--health-probe-bind-address', ':0'], says: /--health-probe-bind-address must be host:port/ },
    { args: ['--log-level', 'loud'], says: /'loud' is invalid. Allowed choices are debug, info, warn, error/ },
    { args: ['--tracing-endpoint', 'x:4317', '--tracing-sample-ratio', '2'], says: /--tracing-sample-ratio 2: / },
    { args: ['--mcp-allow-mutations'], says: /unknown option '--mcp-allow-mutations'/ },
  ])('S-146 refuses $args', async ({ args, says }) => {
    const { code, stderr } = await stageset(['controller', '--kubeconfig', suite.kubeconfig, ...args]).ended;
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });

  test('S-146 -h is no mistake', async () => {
    const { code, stdout } = await stageset(['controller', '-h']).ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('--leader-elect')]);
  });

  test('S-146 an endpoint that cannot be opened is a failure of the start, and ends it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const args = ['--metrics-bind-address', `127.0.0.1:${port}`, '--health-probe-bind-address=0'];
    const { code, stderr } = await stageset(['controller', '--kubeconfig', suite.kubeconfig, ...args]).ended;
    expect(stderr).toMatch(/EADDRINUSE/);
    expect(code).toBe(1);
    await new Promise((resolve) => taken.close(resolve));
  });

  test('a certificate that cannot be read is a failure of the start, and named', async () => {
    const args = ['--metrics-bind-address', '127.0.0.1:1', '--metrics-cert-dir', '/nowhere'];
    const { code, stderr } = await stageset(['controller', '--kubeconfig', suite.kubeconfig, ...args]).ended;
    expect(stderr).toMatch(/tls\.crt cannot be read from \/nowhere/);
    expect(code).toBe(1);
  });

  test('S-147 is not ready while its definitions are missing, says which, and is ready when they are there', async () => {
    const bare = await startCluster({ clock: systemClock });
    const folder = await mkdtemp(join(tmpdir(), 'stageset-bare-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, bare.kubeconfig, { mode: 0o600 });
    const port = await freePort();
    const at = `--health-probe-bind-address=127.0.0.1:${port}`;
    const running = stageset(['controller', '--kubeconfig', kubeconfig, '--metrics-bind-address=0', at]);
    await running.printed(/controller started/);
    const probe = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, await response.text()];
    };
    expect(await probe('/healthz')).toEqual([200, 'ok\n']);
    expect(await probe('/readyz')).toEqual([503, 'controller caches have not synced\n']);
    await running.printed(/"kind":"StageSet",.*install the CustomResourceDefinitions.*"msg":"not ready"/);
    const cluster = createCluster(bare.transport, { clock: systemClock, random: Math.random });
    await serveKinds(cluster, [...crds(), ...sourceCrds()]);
    await running.printed(/caches are filled/);
    expect(await probe('/readyz')).toEqual([200, 'ok\n']);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
    await bare.stop();
    await rm(folder, { recursive: true, force: true });
  });
});
