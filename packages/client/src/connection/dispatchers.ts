import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { UnreachableError } from '@stageset/k8s';
import type { Clock } from '@stageset/ports';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Access, Material } from '../access/access.ts';
import type { PluginCredentials } from './plugin.ts';

/** How often certificate files are looked at. New connections use what is found, those that are open go on. */
const MATERIAL_AGE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Below the 90 s and more after which API servers and load balancers close idle connections themselves. */
const IDLE_CONNECTION_MS = 30_000;
const TCP_KEEP_ALIVE_MS = 30_000;

interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
}

/**
 * The connection pool of one access and identity. Made at first use, and again when certificates have been renewed; the
 * pool before is closed when its requests are done.
 */
export class Dispatchers {
  readonly #access: Access;
  readonly #plugin: PluginCredentials | undefined;
  readonly #hasClientCertificate: boolean;
  readonly #clock: Clock;
  readonly #lookup: LookupFunction | undefined;
  #current: { readonly dispatcher: Dispatcher; readonly fingerprint: string } | undefined;
  #readAtMs = 0;
  #reading: Promise<Dispatcher> | undefined;
  #isClosed = false;

  /** `hasClientCertificate` false: connections for other people's tokens, which a certificate would outrank. */
  constructor(
    access: Access,
    options: {
      readonly plugin: PluginCredentials | undefined;
      readonly hasClientCertificate: boolean;
      readonly clock: Clock;
      readonly lookup?: LookupFunction | undefined;
    },
  ) {
    this.#access = access;
    this.#plugin = options.plugin;
    this.#hasClientCertificate = options.hasClientCertificate;
    this.#clock = options.clock;
    this.#lookup = options.lookup;
  }

  async get(): Promise<Dispatcher> {
    if (this.#isClosed) throw new UnreachableError('the connection to the cluster has been closed');
    if (this.#current !== undefined && this.#clock.now() - this.#readAtMs < MATERIAL_AGE_MS) {
      return this.#current.dispatcher;
    }
    this.#reading ??= this.#renew().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Looks at certificates again at the next request. */
  expire(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Uses new connections from now on; requests on those that are open go on. */
  abandon(): void {
    const before = this.#current?.dispatcher;
    this.#current = undefined;
    before?.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#current?.dispatcher.destroy();
  }

  async #renew(): Promise<Dispatcher> {
    let tls: TlsOptions;
    try {
      tls = await this.#readTls();
    } catch (error) {
      if (this.#current === undefined) throw error;
      return this.#current.dispatcher; // Half-written or gone for a moment: what is there still works.
    }
    this.#readAtMs = this.#clock.now();
    const fingerprint = fingerprintOf(tls);
    if (this.#current?.fingerprint === fingerprint) return this.#current.dispatcher;
    const before = this.#current?.dispatcher;
    const dispatcher = createDispatcher(this.#access, tls, this.#lookup);
    this.#current = { dispatcher, fingerprint };
    before?.close().catch(() => undefined);
    return dispatcher;
  }

  async #readTls(): Promise<TlsOptions> {
    const { ca, clientCertificate } = this.#access.tls;
    const trusted = ca === undefined ? {} : { ca: await read(ca) };
    if (!this.#hasClientCertificate) return trusted;
    const given = await this.#plugin?.current();
    if (given?.certificate !== undefined && given.key !== undefined) {
      return { ...trusted, cert: given.certificate, key: given.key };
    }
    if (clientCertificate === undefined) return trusted;
    const [cert, key] = await Promise.all([read(clientCertificate.certificate), read(clientCertificate.key)]);
    return { ...trusted, cert, key };
  }
}

/**
 * A pool of HTTP/1.1 connections: as fast as HTTP/2 against an API server (it is the slower side), with less work here,
 * and a stuck or broken connection takes one request or watch with it instead of all. Times are the requester's.
 */
function createDispatcher(access: Access, tls: TlsOptions, lookup: LookupFunction | undefined): Dispatcher {
  const { insecure, serverName } = access.tls;
  const dial = lookup === undefined ? {} : { lookup };
  const target = {
    ...tls,
    ...dial,
    rejectUnauthorized: !insecure,
    timeout: CONNECT_TIMEOUT_MS,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  const pool = {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
  };
  if (access.proxyUrl === undefined) return new Agent({ ...pool, connect: target });
  return new ProxyAgent({ ...pool, uri: access.proxyUrl, requestTls: target, proxyTls: dial });
}

async function read(material: Material): Promise<Buffer> {
  if (material.from === 'data') return material.data;
  try {
    return await readFile(material.path);
  } catch (cause) {
    throw new UnreachableError(`the certificate file ${material.path} cannot be read`, { cause });
  }
}

function fingerprintOf(tls: TlsOptions): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key]) hash.update(part ?? '').update('\0');
  return hash.digest('hex');
}
