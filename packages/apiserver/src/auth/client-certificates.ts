import { X509Certificate } from 'node:crypto';
import type { User } from '../registry/hooks.ts';

/** Certifies what a PEM request asks for, for so long. @throws SigningError for a request that cannot be. */
export type ClientSigner = (
  request: string,
  validity: { readonly fromMs: number; readonly seconds: number },
) => Promise<string>;

/** A request for a certificate that no signer would grant. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * Who a certificate of a client stands for: its common name, in the groups that are its organizations. Nobody, when the
 * authority has not signed it for clients, or when it is not good at that time.
 */
export function userOfCertificate(certificate: X509Certificate, authority: string, nowMs: number): User | undefined {
  const issuer = new X509Certificate(authority);
  const isOurs = certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  const isGood = Date.parse(certificate.validFrom) <= nowMs && nowMs <= Date.parse(certificate.validTo);
  if (!isOurs || !isGood || certificate.keyUsage?.includes(CLIENT_AUTH) !== true) return undefined;
  const parts = certificate.subject.split('\n').map((line): [string, string] => {
    const mark = line.indexOf('=');
    return [line.slice(0, mark), line.slice(mark + 1)];
  });
  const of = (wanted: string) => parts.filter(([name]) => name === wanted).map(([, value]) => value);
  const [name = ''] = of('CN');
  return name === '' ? undefined : { name, groups: [...of('O'), 'system:authenticated'] };
}
