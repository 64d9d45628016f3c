import { createHash } from 'node:crypto';
import type { Clock } from '@stageset/ports';
import type { Dispatcher } from 'undici';
import { ArtifactError } from '../errors.ts';
import type { AddressGuard } from './address-guard.ts';
import { type Deadline, pause, startDeadline } from './deadline.ts';
import type { DownloadLimits } from './download-limits.ts';
import type { Slots } from './slots.ts';

export interface Downloader {
  readonly dispatcher: Dispatcher;
  readonly guard: AddressGuard;
  /** Taken for each try, and given back while the next is waited for: a dead server holds nobody else up. */
  readonly slots: Slots;
  readonly clock: Clock;
  readonly limits: DownloadLimits;
  readonly archiveBytes: number;
}

interface Downloaded {
  readonly bytes: Uint8Array;
  /** Of the bytes as they came, in hex. */
  readonly sha256: string;
}

/** A failure that the next try may not meet. */
class Hiccup extends ArtifactError {
  constructor(message: string, cause?: unknown) {
    super('unavailable', message, { cause });
  }
}

/** A blip is bridged here; whatever lasts longer is left to the caller, who has better things to do than to wait. */
const FIRST_BACK_OFF_MS = 250;

/**
 * The bytes behind a URL, verified: their SHA-256 is `digest` (64 hex digits). Connection failures and 5xx are tried
 * again, all within one time bound; everything else is final. What `use` does with them still counts as the download;
 * between two tries nothing is held.
 */
export async function download<T>(
  from: Downloader,
  url: string,
  digest: string,
  signal: AbortSignal,
  use: (archive: Uint8Array) => Promise<T>,
): Promise<T> {
  const { clock, limits } = from;
  using deadline = startDeadline(clock, limits.timeoutMs, () => outOfTime(url, limits), signal);
  for (let attempt = 1; ; attempt += 1) {
    try {
      using _slot = await from.slots.take(new URL(url).host, deadline.signal);
      const downloaded = await downloadOnce(from, url, deadline.signal);
      verify(downloaded.sha256, digest, url);
      return await use(downloaded.bytes);
    } catch (error) {
      deadline.signal.throwIfAborted();
      if (!(error instanceof Hiccup) || attempt >= limits.maxAttempts) throw error;
    }
    await pause(clock, FIRST_BACK_OFF_MS * 2 ** (attempt - 1), deadline.signal);
  }
}

/** Follows redirects itself, since every hop is checked like the first. */
async function downloadOnce(from: Downloader, text: string, signal: AbortSignal): Promise<Downloaded> {
  const { clock, limits } = from;
  let url = from.guard.check(text);
  using silence = startDeadline(clock, limits.silenceMs, () => silent(url, limits), signal);
  for (let hops = 0; ; hops += 1) {
    const response = await request(from, url, silence.signal);
    const location = REDIRECTS.has(response.statusCode) ? response.headers['location'] : undefined;
    if (typeof location !== 'string') return body(from, url, response, silence);
    await drop(response);
    if (hops >= limits.maxRedirects) {
      throw new ArtifactError(
        'unavailable',
        `${text}: more than ${limits.maxRedirects} redirects (bound \`maxRedirects\`)`,
        {
          limit: 'redirects',
        },
      );
    }
    url = from.guard.check(URL.parse(location, url.href)?.href ?? location);
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

async function request(from: Downloader, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  try {
    return await from.dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: { accept: '*/*', 'user-agent': 'stageset' },
      signal,
    });
  } catch (error) {
    throw failed(url, error, signal);
  }
}

async function body(
  from: Downloader,
  url: URL,
  response: Dispatcher.ResponseData,
  silence: Deadline,
): Promise<Downloaded> {
  if (response.statusCode !== 200) {
    await drop(response);
    const message = `${url.href} answered ${response.statusCode}`;
    if (response.statusCode >= 500 || response.statusCode === 429) throw new Hiccup(message);
    throw new ArtifactError('unavailable', message);
  }
  const declared = Number(response.headers['content-length'] ?? 0);
  const chunks: Uint8Array[] = [];
  const hash = createHash('sha256'); // As the bytes come: all at once would hold the process up.
  let size = 0;
  try {
    if (declared > from.archiveBytes) throw tooLarge(url, from.archiveBytes);
    for await (const chunk of response.body) {
      silence.reset(from.limits.silenceMs);
      size += chunk.byteLength;
      if (size > from.archiveBytes) throw tooLarge(url, from.archiveBytes);
      hash.update(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    response.body.destroy();
    throw failed(url, error, silence.signal);
  }
  return { bytes: Buffer.concat(chunks), sha256: hash.digest('hex') };
}

/** What is not what was promised is never unpacked. */
function verify(actual: string, digest: string, url: string): void {
  if (actual === digest) return;
  throw new ArtifactError(
    'digest-mismatch',
    `${url}: its digest is sha256:${actual}, not sha256:${digest}: it was changed or cut on the way, or the source has moved on`,
  );
}

async function drop(response: Dispatcher.ResponseData): Promise<void> {
  await response.body.dump().catch(() => undefined);
}

function failed(url: URL, error: unknown, signal: AbortSignal): unknown {
  const reason: unknown = signal.aborted ? signal.reason : error;
  for (let at: unknown = reason; at instanceof Error; at = at.cause) if (at instanceof ArtifactError) return at;
  if (signal.aborted) return reason;
  const message = error instanceof Error ? error.message : String(error);
  return new Hiccup(`${url.href} cannot be fetched: ${message === '' ? 'the connection failed' : message}`, error);
}

function tooLarge(url: URL, bytes: number): ArtifactError {
  return new ArtifactError('malformed', `${url.href}: more than ${bytes} bytes (bound \`archiveBytes\`)`, {
    limit: 'archiveBytes',
  });
}

function silent(url: URL, limits: DownloadLimits): Error {
  return new Hiccup(`${url.href} sent nothing for ${limits.silenceMs / 1000} s (bound \`silenceMs\`)`);
}

function outOfTime(url: string, limits: DownloadLimits): Error {
  return new ArtifactError(
    'unavailable',
    `${url} was not fetched within ${limits.timeoutMs / 1000} s (bound \`timeoutMs\`)`,
    {
      limit: 'timeoutMs',
    },
  );
}
