import type { Transport } from '@stageset/ports';
import { makeCertificate } from '../http/certificates.ts';
import { serve } from '../http/server.ts';
import type { Registry } from '../registry/registry.ts';
import { addServerHooks, type Simulation, startSimulation, type Timing } from '../workloads/index.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { createLocalApi, type LocalApiOptions } from './local-api.ts';

export interface ClusterOptions extends LocalApiOptions {
  /** Port on 127.0.0.1; 0, the default, lets the system choose. */
  readonly port?: number;
  /**
   * Whether workloads live as on a healthy cluster, and owned objects and namespaces are collected. True by default;
   * without it the API alone is there, as on a server without controllers.
   */
  readonly workloads?: boolean;
  /** How long the simulation takes over things; the defaults settle a rollout in well under a second. */
  readonly timing?: Partial<Timing>;
}

export interface LocalCluster {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** YAML text with the authority's certificate and the administrator's token. */
  readonly kubeconfig: string;
  /** The same API without a socket, as the administrator unless the request says who else it comes from. */
  readonly transport: Transport;
  /** The objects themselves, for simulators in this process. */
  readonly registry: Registry;
  /** Forgets the history of changes: watches that resume from before are answered 410. */
  compact(): void;
  stop(): Promise<void>;
}

/** Starts a Kubernetes API in this process, with its first namespaces, and resolves once it serves. */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  const { port = 0, workloads = true } = options;
  // The keys are made by the crypto pool while the registry is filled here.
  const pending = makeCertificate();
  const { handler, transport, registry, administratorToken } = createLocalApi(options);
  const certificate = await pending;
  const { authority } = certificate;
  const simulation = workloads ? simulate(registry, options, authority) : undefined;
  if (!workloads) addServerHooks(registry);
  const server = await serve(handler, certificate, port);
  const url = `https://127.0.0.1:${server.port}`;
  return {
    url,
    kubeconfig: kubeconfigText({ url, authority, token: administratorToken }),
    transport,
    registry,
    compact: () => registry.storage.compact(),
    async stop() {
      simulation?.stop();
      await server.close();
    },
  };
}

function simulate(registry: Registry, { seed, timing }: ClusterOptions, rootCertificate: string): Simulation {
  return startSimulation({
    registry,
    rootCertificate,
    ...(seed === undefined ? {} : { seed }),
    ...(timing === undefined ? {} : { timing }),
  });
}
