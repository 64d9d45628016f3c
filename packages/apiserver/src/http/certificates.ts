import { randomBytes, webcrypto } from 'node:crypto';
import { type ClientSigner, SigningError } from '../auth/client-certificates.ts';
import type { Secrets } from '../durable/secrets.ts';

export interface ServingCertificate {
  /** PEM of the authority that clients are to trust. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** PEM of the authority's key, which signs certificates of clients. */
  readonly authorityKey: string;
}

const SERIAL_BYTES = 16;
const CLOCK_SKEW_MS = 300_000;
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

async function loadX509() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

/** Signs certificates of clients as the authority. */
export function clientSigner({ authority, authorityKey }: ServingCertificate): ClientSigner {
  return async (pem, { fromMs, seconds }) => {
    const x509 = await loadX509();
    const request = await readRequest(x509, pem);
    const issuer = new x509.X509Certificate(authority);
    const keyBytes = x509.PemConverter.decodeFirst(authorityKey);
    const signingKey = await webcrypto.subtle.importKey('pkcs8', keyBytes, ALGORITHM, false, ['sign']);
    const certificate = await x509.X509CertificateGenerator.create(
      {
        serialNumber: randomBytes(SERIAL_BYTES).toString('hex'),
        subject: request.subject,
        issuer: issuer.subject,
        publicKey: request.publicKey,
        signingKey,
        signingAlgorithm: ALGORITHM,
        // A client's clock may be a little behind.
        notBefore: new Date(fromMs - CLOCK_SKEW_MS),
        notAfter: new Date(fromMs + seconds * 1000),
        extensions: [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
          new x509.BasicConstraintsExtension(false, undefined, true),
          await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    return certificate.toString('pem');
  };
}

async function readRequest(x509: Awaited<ReturnType<typeof loadX509>>, pem: string) {
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    if (await request.verify()) return request;
  } catch (error) {
    throw new SigningError(`unable to parse csr: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  throw new SigningError('unable to verify the signature of the csr');
}

/** An authority and a certificate for the loopback names, made now. */
export async function makeCertificate(): Promise<ServingCertificate> {
  const x509 = await loadX509();
  const crypto = webcrypto;
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
  const pemOf = async ({ privateKey }: typeof serverKeys) =>
    x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
  return {
    authority: authority.toString('pem'),
    certificate: server.toString('pem'),
    key: await pemOf(serverKeys),
    authorityKey: await pemOf(authorityKeys),
  };
}
