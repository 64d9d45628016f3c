import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '@stageset/apiserver';
import { FakeClock } from '@stageset/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCertificate } from './certificate.ts';
import { type Endpoint, serveRoutes } from './endpoints.ts';

const LOOPBACK = '127.0.0.1';
/** Files are read beside the clock of the test. */
const PATIENT = { timeout: 30_000 } as const;
let folder: string;
let endpoint: Endpoint | undefined;
const clock = new FakeClock('2026-01-01T00:00:00Z');
const told: string[] = [];
const log = (message: string): void => void told.push(message);
const logger = { debug: log, info: log, warn: log, error: log };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-certificate-'));
  told.length = 0;
});
afterEach(async () => {
  await endpoint?.stop();
  endpoint = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function mount(pair: { readonly key: string; readonly certificate: string }): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), pair.certificate);
  await writeFile(join(folder, 'tls.key'), pair.key);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What is answered to a client that trusts one authority alone. */
function ask(port: number, authority: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: LOOPBACK, port, path: '/metrics', ca: authority, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    asked.on('error', reject).end();
  });
}

test('routes are served with the certificate of a folder, and with the one that takes its place', async () => {
  const [first, second] = [await makeCertificate(), await makeCertificate()];
  await mount(first);
  const port = await freePort();
  const certificate = await openCertificate(folder, { clock, logger });
  const routes = new Map([['/metrics', () => ({ status: 200, body: 'fine' })]]);
  endpoint = await serveRoutes({ host: LOOPBACK, port }, routes, certificate);
  expect(await ask(port, first.authority)).toBe(200);
  await expect(ask(port, second.authority)).rejects.toThrow();
  await expect(fetch(`http://${LOOPBACK}:${port}/metrics`)).rejects.toThrow();

  // Half a renewal is none.
  await writeFile(join(folder, 'tls.crt'), second.certificate);
  await clock.advance(60_000);
  await expect.poll(() => told.join(), PATIENT).toContain('certificate not renewed');
  expect(await ask(port, first.authority)).toBe(200);

  await mount(second);
  await expect
    .poll(async () => {
      await clock.advance(60_000);
      return told.join();
    }, PATIENT)
    .toContain('certificate renewed');
  expect(await ask(port, second.authority)).toBe(200);
  await expect(ask(port, first.authority)).rejects.toThrow();
  await endpoint.stop();
  endpoint = undefined;
  await expect.poll(() => clock.pending, PATIENT).toBe(0);
});

test('a folder without a certificate is told', async () => {
  await expect(openCertificate(folder, { clock, logger })).rejects.toThrow(/tls\.crt cannot be read from/);
  const [one, other] = [await makeCertificate(), await makeCertificate()];
  await mount({ certificate: one.certificate, key: other.key });
  await expect(openCertificate(folder, { clock, logger })).rejects.toThrow(/no certificate and its key/);
});
