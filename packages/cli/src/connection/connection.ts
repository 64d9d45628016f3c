import { AccessError, connect, createCluster, loadAccess, RequestBudget } from '@stageset/client';
import type { Clock, Transport, WriteGate } from '@stageset/ports';
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
 * The controller has its requests gated and counted.
 */
export async function openConnection(
  flags: ConnectionFlags,
  io: Io,
  clock: Clock,
  through?: { readonly gate: WriteGate; readonly counts: { count(transport: Transport): Transport } },
): Promise<Connection> {
  try {
    const access = await loadAccess({
      ...(flags.kubeconfig === undefined ? {} : { kubeconfigPath: flags.kubeconfig }),
      ...(flags.context === undefined ? {} : { context: flags.context }),
      env: io.env,
    });
    const { namespace, close, ...way } = await connect(access, { clock });
    const counted = (transport: Transport): Transport => through?.counts.count(transport) ?? transport;
    const transport = counted(way.transport);
    const budget = new RequestBudget({}, through?.gate);
    return {
      transport,
      withToken: (token) => counted(way.withToken(token)),
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
