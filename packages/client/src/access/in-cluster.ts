import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Access } from './access.ts';
import { AccessError } from './errors.ts';
import type { Environment } from './kubeconfig.ts';

/** Where the kubelet mounts a pod's service account. */
const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The access of the pod that this runs in; `undefined` outside of one. The token is renewed by the kubelet. */
export function inClusterAccess(env: Environment, directory: string = SERVICE_ACCOUNT_DIRECTORY): Access | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined || host === '') return undefined;
  const port = env['KUBERNETES_SERVICE_PORT'] || '443';
  const token = join(directory, 'token');
  if (!existsSync(token)) {
    throw new AccessError(
      token,
      undefined,
      'does not exist although this is a pod: give it a service account (automountServiceAccountToken)',
    );
  }
  const ca = join(directory, 'ca.crt');
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: readNamespace(join(directory, 'namespace')),
    origin: 'service account of this pod',
    tls: { insecure: false, ...(existsSync(ca) ? { ca: { from: 'file', path: ca } as const } : {}) },
    credentials: { kind: 'tokenFile', path: token },
  };
}

function readNamespace(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'default';
  } catch {
    return 'default'; // Some platforms mount the token alone.
  }
}
