import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bearerTransport, connect, createCluster, loadAccess, type TokenSource } from '@stageset/client';
import type { Cluster, Transport } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { inject } from 'vitest';
import { eventually } from './eventually.ts';
import { paced } from './pace.ts';

/** A cluster for a suite, which never asks which one it is. */
export interface SuiteCluster {
  /** Path of a kubeconfig for kubectl and other clients. */
  readonly kubeconfig: string;
  readonly transport: Transport;
  /** The same server as the owner of bearer tokens. */
  withToken(source: TokenSource): Transport;
  readonly cluster: Cluster;
  /** A fresh namespace that takes pods. On a cluster that is shared between runs its name is unique. */
  namespace(): Promise<string>;
  stop(): Promise<void>;
}

/** The cluster that this run is for: the local one in this process, or the real one that the run has started. */
export function suiteCluster(): Promise<SuiteCluster> {
  return process.env['STAGESET_SUITE_CLUSTER'] === 'real' ? realCluster() : localCluster();
}

async function realCluster(): Promise<SuiteCluster> {
  const kubeconfig = inject('kubeconfig');
  const { transport, withToken, close } = await connect(await loadAccess({ kubeconfigPath: kubeconfig, env: {} }), {
    clock: systemClock,
  });
  return suite({ kubeconfig, transport, withToken }, close);
}

async function localCluster(): Promise<SuiteCluster> {
  const { startCluster } = await import('@stageset/apiserver');
  const local = await startCluster({ clock: systemClock });
  const folder = await mkdtemp(join(tmpdir(), 'stageset-suite-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, local.kubeconfig, { mode: 0o600 });
  const { transport } = local;
  const withToken = (source: TokenSource): Transport => bearerTransport(transport, source);
  return suite({ kubeconfig, transport, withToken }, async () => {
    await local.stop();
    await rm(folder, { recursive: true, force: true });
  });
}

/** Waits for what every namespace gets: its ServiceAccount, without which no pod is taken, and the cluster's certificate. */
export async function furnished(cluster: Cluster, namespace: string): Promise<void> {
  for (const kind of ['ServiceAccount', 'ConfigMap']) {
    const selection = { apiVersion: 'v1', kind, namespace };
    await eventually(cluster, selection, `${namespace} has its first ${kind}`, (found) => found.length > 0);
  }
}

let counter = 0;

function suite(
  way: Pick<SuiteCluster, 'kubeconfig' | 'transport' | 'withToken'>,
  stop: () => Promise<void>,
): SuiteCluster {
  const transport = paced(way.transport);
  const cluster = createCluster(transport, { clock: systemClock, random: Math.random });
  return {
    kubeconfig: way.kubeconfig,
    transport,
    withToken: (source) => paced(way.withToken(source)),
    cluster,
    async namespace() {
      counter += 1;
      const name = `suite-${process.pid}-${systemClock.now().toString(36)}-${counter}`;
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await furnished(cluster, name);
      return name;
    },
    stop,
  };
}
