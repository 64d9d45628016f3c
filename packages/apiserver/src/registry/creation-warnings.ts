import { Buffer } from 'node:buffer';
import { isJsonObject, type KubeObject } from '@stageset/k8s';
import type { WriteHook } from './hooks.ts';

/** What the server lets pass when an object is created, and tells its client. */
export const CREATION_WARNINGS: WriteHook = {
  name: 'CreationWarnings',
  kinds: [{ group: '', kind: 'Secret' }],
  admit(object, { operation, warn }): KubeObject {
    if (operation === 'create' && object['type'] === 'kubernetes.io/tls' && !hasCertificate(object)) {
      warn('tls: failed to find any PEM data in certificate input');
    }
    return object;
  },
};

function hasCertificate({ data }: KubeObject): boolean {
  const encoded = isJsonObject(data) ? data['tls.crt'] : undefined;
  // Without both of them the secret is refused, which says more.
  if (!isJsonObject(data) || data['tls.key'] === undefined) return true;
  return encoded === undefined || Buffer.from(String(encoded), 'base64').includes('-----BEGIN ');
}
