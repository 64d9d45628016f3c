import { kill } from 'node:process';
import { connect, loadAccess } from '@stageset/client';
import { systemClock } from '@stageset/runtime';
import type { ClusterFolder, ClusterRecord } from './record.ts';

const ANSWER_WITHIN_MS = 5_000;

/**
 * The cluster of that folder, if it runs: its process lives, and what listens at its address takes its token. What a
 * cluster left that was killed, or that another process has taken the number of, counts as none.
 */
export async function runningCluster(folder: ClusterFolder): Promise<ClusterRecord | undefined> {
  const record = await folder.read();
  if (record === undefined || !isAlive(record.pid)) return undefined;
  return (await answers(folder)) ? record : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}

async function answers(folder: ClusterFolder): Promise<boolean> {
  try {
    const access = await loadAccess({ kubeconfigPath: folder.kubeconfig, env: {} });
    const { transport, close } = await connect(access, { clock: systemClock });
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const { status, body } = await transport({ method: 'GET', path: '/api', headers: {}, signal });
      for await (const _ of body);
      return status === 200;
    } finally {
      await close();
    }
  } catch {
    return false;
  }
}
