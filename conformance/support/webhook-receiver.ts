import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Json = Readonly<Record<string, unknown>>;

/** What a webhook answers: a response of a review, or anything at all with a code of its own. */
export type Reply = { readonly response: Json } | { readonly code: number; readonly text: string } | 'never';

/** By path, without the slash. */
export type Handlers = Readonly<Record<string, (request: Json) => Reply | Promise<Reply>>>;

export interface WebhookReceiver {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Base64 of the PEM that vouches for it, as `caBundle` has it. */
  readonly authority: string;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Serves admission reviews on loopback, by a certificate of its own. */
export async function startReceiver(handlers: Handlers): Promise<WebhookReceiver> {
  const { key, certificate } = await selfSigned();
  const server = createServer({ key, cert: certificate }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const name = new URL(request.url ?? '/', 'https://webhook').pathname.slice(1);
      const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: Json };
      const reply = (await handlers[name]?.(review.request)) ?? { code: 404, text: 'no such webhook' };
      if (reply === 'never') return;
      if ('code' in reply) return void response.writeHead(reply.code).end(reply.text);
      const answer = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: review.request['uid'], ...reply.response },
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `https://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    authority: Buffer.from(certificate).toString('base64'),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function selfSigned(): Promise<{ key: string; certificate: string }> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=webhook-receiver',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2120-01-01T00:00:00Z'),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: LOOPBACK }]),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), certificate: certificate.toString('pem') };
}
