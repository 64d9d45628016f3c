import type { ArtifactRef, Artifacts, Clock, FileTree } from '@stageset/ports';
import { ArtifactError } from '../errors.ts';
import { type ArchiveLimits, DEFAULT_LIMITS } from '../limits.ts';
import { unpack } from '../unpack/unpack.ts';
import { AddressGuard, type ResolveHost } from './address-guard.ts';
import { type Downloader, download } from './download.ts';
import { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './download-limits.ts';
import { guardedAgent } from './guarded-agent.ts';
import { Slots } from './slots.ts';
import { TreeCache } from './tree-cache.ts';

export interface ArtifactsOptions {
  readonly clock: Clock;
  /** Of unpacked trees that are kept; 0 keeps none, and without a word it is `DEFAULT_CACHE_BYTES`. */
  readonly cacheBytes?: number;
  /** Hosts that are not checked: names or addresses, `*` for any characters. */
  readonly allowedHosts: readonly string[];
  readonly limits?: Partial<ArchiveLimits & DownloadLimits>;
  /** How names become addresses; the system's way when left out. */
  readonly resolveHost?: ResolveHost;
}

interface Flight {
  readonly tree: Promise<FileTree>;
  readonly stop: AbortController;
  waiting: number;
}

/** Some hundreds of artifacts of the usual size. */
export const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Artifacts over HTTP: fetched within bounds from hosts that may be asked, verified, unpacked, and kept by digest.
 * Fetches of one digest at one time share a download, which ends early only when nobody waits for it any more.
 */
export function createArtifacts(options: ArtifactsOptions): Artifacts & { close(): Promise<void> } {
  const limits = { ...DEFAULT_LIMITS, ...DEFAULT_DOWNLOAD_LIMITS, ...options.limits };
  const guard = new AddressGuard({
    allowedHosts: options.allowedHosts,
    flag: '--allowed-artifact-hosts',
    refuse: (message) => new ArtifactError('refused', message),
    ...(options.resolveHost === undefined ? {} : { resolve: options.resolveHost }),
  });
  const dispatcher = guardedAgent(guard);
  const cache = new TreeCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const slots = new Slots(limits.maxDownloads, limits.maxDownloadsPerHost);
  const { archiveBytes } = limits;
  const downloader: Downloader = { dispatcher, guard, slots, clock: options.clock, limits, archiveBytes };
  const flights = new Map<string, Flight>();

  const fetchTree = async (url: string, digest: string, signal: AbortSignal): Promise<FileTree> => {
    const tree = await download(downloader, url, digest, signal, (archive) => unpack(archive, url, limits, signal));
    cache.add(digest, tree);
    return tree;
  };

  const board = (url: string, digest: string): Flight => {
    // The URL counts too: of two places that claim the same digest, one may be refused or gone.
    const key = `${digest} ${url}`;
    const underWay = flights.get(key);
    if (underWay !== undefined) return underWay;
    const stop = new AbortController();
    const leave = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    const tree = fetchTree(url, digest, stop.signal).finally(leave);
    const flight: Flight = { tree, stop, waiting: 0 };
    stop.signal.addEventListener('abort', leave, { once: true });
    flights.set(key, flight);
    return flight;
  };

  return {
    async fetch(artifact: ArtifactRef, signal?: AbortSignal): Promise<FileTree> {
      signal?.throwIfAborted();
      const digest = sha256Of(artifact);
      guard.check(artifact.url);
      return cache.get(digest) ?? (await ride(board(artifact.url, digest), signal));
    },
    close: () => dispatcher.destroy(),
  };
}

/** Waits for a shared download; the last to give it up ends it. */
function ride(flight: Flight, signal: AbortSignal | undefined): Promise<FileTree> {
  flight.waiting += 1;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.stop.abort(signal?.reason);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    const settled = (): void => signal?.removeEventListener('abort', giveUp);
    flight.tree.then(
      (tree) => {
        settled();
        resolve(tree);
      },
      (error: unknown) => {
        settled();
        reject(error);
      },
    );
  });
}

/** The 64 hex digits of a reference's digest, in lower case. */
function sha256Of({ url, digest }: ArtifactRef): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest.trim().toLowerCase()) ?? [];
  if (hex !== undefined) return hex;
  const what = digest.trim() === '' ? 'has no digest' : `has the digest ${JSON.stringify(digest.slice(0, 80))}`;
  throw new ArtifactError('refused', `${url} ${what}: it must be sha256: and 64 hex digits`);
}
