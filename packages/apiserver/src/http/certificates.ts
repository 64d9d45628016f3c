import { webcrypto } from 'node:crypto';
import type { Secrets } from '../durable/secrets.ts';

export interface ServingCertificate {
  /** PEM of the authority that clients are to trust. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const SECRET = 'serving-certificate';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/**
 * Clients judge a certificate by the time of their machine, which the cluster's own clock may be far from. The key never
 * leaves this process and its data file, so what ends the certificate is their end.
 */
const VALIDITY = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2120-01-01T00:00:00Z') } as const;

/** The certificate among a cluster's secrets; made and kept the first time, so that its kubeconfig stays good. */
export async function keptCertificate(secrets: Secrets): Promise<ServingCertificate> {
  const kept = secrets.get(SECRET);
  if (kept !== undefined) return JSON.parse(kept);
  const made = await makeCertificate();
  secrets.keep(SECRET, JSON.stringify(made));
  return made;
}

/** An authority and a certificate for the loopback names, made now. */
export async function makeCertificate(): Promise<ServingCertificate> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const crypto = webcrypto;
  x509.cryptoProvider.set(crypto);
  const generate = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [authorityKeys, serverKeys] = await Promise.all([generate(), generate()]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=stageset-local-ca',
      keys: authorityKeys,
      signingAlgorithm: ALGORITHM,
      ...VALIDITY,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const server = await x509.X509CertificateGenerator.create(
    {
      serialNumber: '02',
      subject: 'CN=stageset-local-cluster',
      issuer: authority.subject,
      publicKey: serverKeys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      ...VALIDITY,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'dns', value: 'kubernetes.default.svc' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const key = await crypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
  return {
    authority: authority.toString('pem'),
    certificate: server.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  };
}
