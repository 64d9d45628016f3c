import { Buffer } from 'node:buffer';
import { randomBytes, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { isJsonArray, isJsonObject, type KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../support/eventually.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const KIND = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' } as const;
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const APPROVED = { type: 'Approved', status: 'True', reason: 'Suite', message: 'by the suite' };

let suite: SuiteCluster;
let server: { readonly url: URL; readonly ca: string };
let count = 0;

beforeAll(async () => {
  suite = await suiteCluster();
  x509.cryptoProvider.set(webcrypto);
  const { cluster } = parse(await readFile(suite.kubeconfig, 'utf8')).clusters[0];
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  server = { url: new URL(cluster.server), ca };
});
afterAll(() => suite.stop());

interface Asked {
  readonly pem: string;
  readonly key: string;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = Awaited<ReturnType<typeof newKeys>>;
const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function askFor(subject: string): Promise<Asked> {
  const keys = await newKeys();
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: ALGORITHM });
  const bytes = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { pem: csr.toString('pem'), key: x509.PemConverter.encode(bytes, 'PRIVATE KEY'), keys };
}

async function call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) {
  const response = await suite.transport({
    method,
    path,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = Buffer.concat(await Array.fromAsync(response.body)).toString();
  return { code: response.status, body: JSON.parse(text) };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function create(pem: string, spec: Readonly<Record<string, unknown>> = {}) {
  count += 1;
  const name = `suite-${process.pid}-${randomBytes(4).toString('hex')}-${count}`;
  const usages = ['client auth'];
  const whole = { request: base64(pem), signerName: CLIENT_SIGNER, usages, ...spec };
  return { name, ...(await call('POST', REQUESTS, { ...KIND, metadata: { name }, spec: whole })) };
}

async function decide(name: string, conditions: readonly unknown[], extra: Readonly<Record<string, unknown>> = {}) {
  const { body } = await call('GET', `${REQUESTS}/${name}`);
  return call('PUT', `${REQUESTS}/${name}/approval`, { ...body, ...extra, status: { conditions } });
}

function has(object: KubeObject, type: string): boolean {
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const conditions = isJsonArray(status['conditions']) ? status['conditions'] : [];
  return type === 'Issued'
    ? typeof status['certificate'] === 'string'
    : conditions.some((condition) => isJsonObject(condition) && condition['type'] === type);
}

async function certificateOf(name: string): Promise<string> {
  const object = await eventually(suite.cluster, KIND, `${name} is signed`, (all) =>
    all.find((object) => object.metadata.name === name && has(object, 'Issued')),
  );
  const status = isJsonObject(object['status']) ? object['status'] : {};
  return Buffer.from(String(status['certificate']), 'base64').toString();
}

/** What the server answers to a client that shows this certificate and sends no token. */
function whoami(cert: string, key: string): Promise<{ code: number | undefined; body: KubeObject }> {
  const { url, ca } = server;
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL('/apis/authentication.k8s.io/v1/selfsubjectreviews', url),
      { method: 'POST', ca, cert, key, agent: false, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ code: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}');
  });
}

describe('client certificates', () => {
  test('who asks, has it approved and shows it, is who its subject names, in the groups of its organizations', async () => {
    const { pem, key } = await askFor('O=dev, O=ops, CN=jane');
    const { name, code, body } = await create(pem);
    expect(code).toBe(201);
    expect(body.spec.groups).toContain('system:masters');
    expect((await decide(name, [APPROVED])).code).toBe(200);
    const answer = await whoami(await certificateOf(name), key);
    expect(answer.code).toBe(201);
    expect(answer.body['status']).toMatchObject({
      userInfo: { username: 'jane', groups: ['dev', 'ops', 'system:authenticated'] },
    });
  });

  test('a certificate that another authority has signed is nobody’s', async () => {
    const { keys, key } = await askFor('CN=mallory');
    const own = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'O=system:masters, CN=mallory',
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    });
    const { code, body } = await whoami(own.toString('pem'), key);
    expect(code).toBe(401);
    expect(body).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
  });

  test('what is asked for beside being a client fails with a reason', async () => {
    const { name } = await create((await askFor('CN=jane')).pem, { usages: ['server auth'] });
    await decide(name, [APPROVED]);
    const object = await eventually(suite.cluster, KIND, `${name} has failed`, (all) =>
      all.find((object) => object.metadata.name === name && has(object, 'Failed')),
    );
    expect(object['status']).toMatchObject({
      conditions: [
        { type: 'Approved', lastTransitionTime: expect.any(String) },
        {
          type: 'Failed',
          reason: 'SignerValidationFailure',
          message: 'invalid usage for client certificate: server auth',
        },
      ],
    });
  });

  test('a decision changes conditions and nothing else', async () => {
    const { name, body: before } = await create((await askFor('CN=jane')).pem, { signerName: 'example.com/own' });
    const { code, body } = await decide(name, [APPROVED], { spec: { ...before.spec, username: 'somebody else' } });
    expect(code).toBe(200);
    expect(body.spec).toEqual(before.spec);
    expect(body.status.certificate).toBeUndefined();
  });

  test.each([
    { name: 'a signer without a domain', spec: { signerName: 'own' }, want: /fully qualified domain/ },
    { name: 'no signer', spec: { signerName: '' }, want: /spec.signerName: Required value/ },
    { name: 'a request that is no PEM', spec: { request: 'YWJj' }, want: /must be CERTIFICATE REQUEST/ },
    { name: 'no usage', spec: { usages: [] }, want: /spec.usages: Required value/ },
    { name: 'an unknown usage', spec: { usages: ['fun'] }, want: /Unsupported value: "fun": supported values: "any"/ },
    { name: 'a lifetime too short', spec: { expirationSeconds: 3 }, want: /less than 600 seconds/ },
  ])('$name is refused', async ({ spec, want }) => {
    const { code, body } = await create((await askFor('CN=jane')).pem, spec);
    expect(code).toBe(422);
    expect(body.message).toMatch(want);
  });
});
