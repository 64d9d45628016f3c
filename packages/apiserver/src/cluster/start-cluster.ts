import type { Transport } from '@stageset/ports';
import { clientSigner, keptCertificate, makeCertificate, type ServingCertificate } from '../http/certificates.ts';
import { serve } from '../http/server.ts';
import type { Registry } from '../registry/registry.ts';
import {
  addServerHooks,
  readScenario,
  type Scenario,
  type ScenarioDocument,
  type Simulation,
  startSimulation,
  type Timing,
} from '../workloads/index.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { createLocalApi, type LocalApi, type LocalApiOptions } from './local-api.ts';

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
  /**
   * What is to happen to which objects: see the README. `seed` and `timing` given beside it stand over its own.
   * `startCluster` throws `ScenarioError` for one that is not valid.
   */
  readonly scenario?: ScenarioDocument;
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

/**
 * Starts a Kubernetes API in this process, with its first namespaces or what its data file holds, and resolves once it
 * serves.
 * @throws DataFileError for a data file that is in use, damaged or not ours, ScenarioError for a scenario that is wrong.
 */
export async function startCluster(given: ClusterOptions): Promise<LocalCluster> {
  const options = checked(given);
  // In memory, the keys are made by the crypto pool while the registry is filled here.
  const pending = options.data === undefined ? makeCertificate() : undefined;
  const api = createLocalApi(options);
  try {
    return await serveCluster(api, await (pending ?? keptCertificate(api.secrets)), options);
  } catch (error) {
    api.close();
    throw error;
  }
}

async function serveCluster(
  api: LocalApi,
  certificate: ServingCertificate,
  options: CheckedOptions,
): Promise<LocalCluster> {
  const { port = 0, workloads = true } = options;
  const { handler, transport, registry, administratorToken } = api;
  const { authority } = certificate;
  const server = await serve(handler, certificate, { port, clock: registry.clock });
  const simulation = workloads ? simulate(api, options, certificate) : undefined;
  if (!workloads) addServerHooks(registry);
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
      api.close();
    },
  };
}

type CheckedOptions = Omit<ClusterOptions, 'scenario'> & { readonly scenario?: Scenario };

function checked({ scenario: document, ...options }: ClusterOptions): CheckedOptions {
  if (document === undefined) return options;
  const scenario = readScenario(document);
  return { ...(scenario.seed === undefined ? {} : { seed: scenario.seed }), ...options, scenario };
}

const FIRST_SEED = 1;

function simulate(
  api: LocalApi,
  { seed = FIRST_SEED, timing, scenario }: CheckedOptions,
  certificate: ServingCertificate,
): Simulation {
  return startSimulation({
    registry: api.registry,
    rootCertificate: certificate.authority,
    signer: clientSigner(certificate),
    ...(scenario === undefined ? {} : { scenario }),
    // A cluster that is started again gives out other names than the first time.
    seed: seed + api.resumedFrom,
    ...(timing === undefined ? {} : { timing }),
  });
}
