import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startCluster } from '@stageset/apiserver';
import { connect, loadAccess } from '@stageset/client';
import type { Transport } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../real-cluster/real-cluster', import.meta.url));
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const PATIENCE_MS = 60_000;

/** The local cluster and a real one, both without controllers: what is there was written by whoever plays. */
export interface BothClusters extends AsyncDisposable {
  readonly local: Transport;
  readonly real: Transport;
  readonly namespace: string;
}

/** Starts both, with a namespace of the given name. */
export async function startBoth(namespace: string): Promise<BothClusters> {
  const local = await startCluster({ clock: systemClock, workloads: false });
  const dir = await mkdtemp(join(tmpdir(), 'stageset-fuzz-'));
  const kubeconfigPath = (await run(PROGRAM, ['start', dir])).stdout.trim();
  const real = await connect(await loadAccess({ kubeconfigPath, env: {} }), { clock: systemClock });
  for (const transport of [local.transport, real.transport]) {
    await post(transport, '/api/v1/namespaces', { metadata: { name: namespace } });
  }
  return {
    local: local.transport,
    real: real.transport,
    namespace,
    async [Symbol.asyncDispose]() {
      await local.stop();
      await real.close();
      await run(PROGRAM, ['stop', dir]);
    },
  };
}

/** @throws when it is not created. */
export async function post(transport: Transport, path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status } = await transport({ method: 'POST', path, headers, body: JSON.stringify(body) });
  if (status !== 201) throw new Error(`POST ${path} was answered ${status}`);
}

/** Waits until a path is answered. */
export async function served(transport: Transport, path: string): Promise<void> {
  const deadline = systemClock.now() + PATIENCE_MS;
  for (;;) {
    const { status } = await transport({ method: 'GET', path });
    if (status === 200) return;
    if (systemClock.now() > deadline) throw new Error(`${path} is not served`);
    await new Promise<void>((resolve) => systemClock.schedule(50, resolve));
  }
}
