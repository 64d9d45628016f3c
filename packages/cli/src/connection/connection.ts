import { AccessError, connect, createCluster, loadAccess, RequestBudget } from '@stageset/client';
import type { Clock, WriteGate } from '@stageset/ports';
import { CommandError, EXIT } from '../exit.ts';
import type { Io } from '../io.ts';
import type { OwnWay } from './tenants.ts';

/** How a command names the cluster it speaks to; kubectl's words. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface Connection extends OwnWay {
  /** Namespace of the flag, else of the context, else `default`. */
  readonly namespace: string;
  close(): Promise<void>;
}

/**
 * Finds the cluster as kubectl does. A kubeconfig that points nowhere is wrong input: exit 2, before anything is done.
 * `gate` is asked before every write.
 */
export async function openConnection(
  flags: ConnectionFlags,
  io: Io,
  clock: Clock,
  gate?: WriteGate,
): Promise<Connection> {
  try {
    const access = await loadAccess({
      ...(flags.kubeconfig === undefined ? {} : { kubeconfigPath: flags.kubeconfig }),
      ...(flags.context === undefined ? {} : { context: flags.context }),
      env: io.env,
    });
    const { transport, withToken, namespace, close } = await connect(access, { clock });
    const budget = new RequestBudget({}, gate);
    return {
      transport,
      withToken,
      budget,
      cluster: createCluster(transport, { clock, random: Math.random, budget }),
      namespace: flags.namespace ?? namespace,
      close,
    };
  } catch (error) {
    if (error instanceof AccessError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  }
}
