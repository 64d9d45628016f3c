import { fileURLToPath } from 'node:url';
import { crds, sourceCrds } from '@stageset/api';
import { type ArtifactServer, packFiles, serveArtifacts } from '@stageset/artifact';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stageset = (args: readonly string[]) => start(process.execPath, ['packages/cli/bin/stageset.js', ...args], root);

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
    await kubectlOk(suite.kubeconfig, ['wait', '--for=condition=Ready', 'stageset/app', '-n', ns, '--timeout=30s']);
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
      '--timeout=30s',
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
    { args: ['--watch-label-selector', 'a in'], says: /--watch-label-selector a in: / },
  ])('refuses $args', async ({ args, says }) => {
    const { code, stderr } = await stageset(['controller', '--kubeconfig', suite.kubeconfig, ...args]).ended;
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });
});
