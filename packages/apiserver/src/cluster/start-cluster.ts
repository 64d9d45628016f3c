import type { Clock, Transport } from '@stageset/ports';
import { applyBuiltinDefaults, builtinKinds, schemaOf, tableOf, validateBuiltin } from '../builtin/index.ts';
import { serveCustomKinds } from '../crd/custom-kinds.ts';
import { Discovery } from '../discovery/discovery.ts';
import { OpenApi } from '../discovery/open-api.ts';
import { Authentication } from '../http/authentication.ts';
import { makeCertificate } from '../http/certificates.ts';
import { createHandler } from '../http/handler.ts';
import { serve } from '../http/server.ts';
import { LocalRegistry } from '../registry/local-registry.ts';
import type { Registry } from '../registry/registry.ts';
import { startSimulation } from '../workloads/index.ts';
import { kubeconfigText } from './kubeconfig.ts';

/** Changes of each kind a watch can resume over, unless the caller says otherwise. */
export const DEFAULT_HISTORY_LIMIT = 10_000;
const FIRST_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;

export interface ClusterOptions {
  readonly clock: Clock;
  /** Port on 127.0.0.1; 0, the default, lets the system choose. */
  readonly port?: number;
  /**
   * Whether workloads live as on a healthy cluster, and owned objects and namespaces are collected. True by default;
   * without it the API alone is there, as on a server without controllers.
   */
  readonly workloads?: boolean;
  /** How many changes of each kind a watch can resume over before it is answered 410. */
  readonly historyLimit?: number;
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
  const { clock, port = 0, workloads = true, historyLimit = DEFAULT_HISTORY_LIMIT } = options;
  const certificate = makeCertificate(clock.now());
  const builtins = { builtinKinds, schemaOf, applyBuiltinDefaults, validateBuiltin, tableOf };
  const registry = new LocalRegistry({ clock, builtins, historyLimit });
  serveCustomKinds(registry);
  for (const name of FIRST_NAMESPACES) registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const authentication = new Authentication();
  const discovery = new Discovery(registry.table);
  const openApi = new OpenApi(registry);
  const handler = createHandler({
    registry,
    discovery,
    authentication,
    openApi: (path, request) => openApi.answer(path, request.headers),
  });
  const { authority } = await certificate;
  const simulation = workloads ? startSimulation({ registry, rootCertificate: authority }) : undefined;
  const server = await serve(handler, await certificate, port);
  const url = `https://127.0.0.1:${server.port}`;
  const token = authentication.administratorToken;
  const authorization = `Bearer ${token}`;
  return {
    url,
    kubeconfig: kubeconfigText({ url, authority, token }),
    transport: (request) => handler({ ...request, headers: { authorization, ...request.headers } }),
    registry,
    compact: () => registry.storage.compact(),
    async stop() {
      simulation?.stop();
      await server.close();
    },
  };
}
