import type { Transport } from '@stageset/ports';
import { pause } from '@stageset/runtime';

/**
 * For the hunt after cases that depend on speed: with `STAGESET_PACE_MS` set, a session waits so long after each of its
 * commands, and a suite a tenth of it before each of its requests. To a case, the cluster is then that much faster.
 */
const PACE_MS = Number(process.env['STAGESET_PACE_MS'] ?? 0);

export const afterCommand = (): Promise<void> => wait(PACE_MS);

/** The same requests, later. */
export function paced(transport: Transport): Transport {
  if (PACE_MS === 0) return transport;
  return async (request) => {
    await wait(PACE_MS / 10);
    return transport(request);
  };
}

const wait = (ms: number): Promise<void> => (ms > 0 ? pause(ms) : Promise.resolve());
