import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Clock } from '@stageset/ports';
import type { Logger } from '../logging/logger.ts';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What a server shows, now and later. */
export interface Certificate {
  readonly pair: KeyPair;
  /** Calls back with each pair that takes the place of the one before. Returns what ends that. */
  follow(use: (pair: KeyPair) => void): () => void;
}

/** How soon a renewed pair is noticed; a Secret reaches its mount within about as long. */
const LOOK_EVERY_MS = 60_000;

/**
 * The certificate in a folder, as a Secret of type `kubernetes.io/tls` is mounted: `tls.crt` and `tls.key`. Rejects when
 * there is none that can be served. Later one that cannot is told, and the one before goes on.
 */
export async function openCertificate(
  folder: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Certificate> {
  const pair = await readPair(folder);
  return {
    pair,
    follow(use) {
      let current = pair;
      let cancel: () => void = () => undefined;
      let isOver = false;
      const look = async (): Promise<void> => {
        try {
          const found = await readPair(folder);
          if (!isOver && (found.cert !== current.cert || found.key !== current.key)) {
            use(found);
            current = found;
            logger.info('certificate renewed', { folder });
          }
        } catch (error) {
          logger.warn('certificate not renewed', { folder, error: String(error) });
        }
        if (!isOver) cancel = clock.schedule(LOOK_EVERY_MS, () => void look());
      };
      cancel = clock.schedule(LOOK_EVERY_MS, () => void look());
      return () => {
        isOver = true;
        cancel();
      };
    },
  };
}

async function readPair(folder: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all([read(folder, 'tls.crt'), read(folder, 'tls.key')]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`tls.crt and tls.key in ${folder} are no certificate and its key: ${why}`, { cause: error });
  }
  return { cert, key };
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${name} cannot be read from ${folder}: ${why}`, { cause: error });
  }
}
