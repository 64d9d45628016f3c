import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

export interface WireAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came: nothing is decompressed or parsed. */
  readonly body: Buffer;
}

/** Reads over HTTP/1.1, with no client between the suite and the wire: for what clients do on their own. */
export interface Wire {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<WireAnswer>;
  close(): void;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** Expects a kubeconfig of one cluster and one user with a token. */
export async function openWire(kubeconfig: string): Promise<Wire> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const cluster = clusters[0]?.cluster;
  const token = users[0]?.user.token;
  if (cluster === undefined || token === undefined) throw new Error(`${kubeconfig} names no cluster or no token`);
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(cluster['certificate-authority-data'], 'base64') });
  return {
    get: (path, headers = {}) =>
      new Promise((resolve, reject) => {
        const all = { authorization: `Bearer ${token}`, ...headers };
        const sent = request(`${cluster.server}${path}`, { agent, headers: all }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ code: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
          );
        });
        sent.on('error', reject);
        sent.end();
      }),
    close: () => agent.destroy(),
  };
}
