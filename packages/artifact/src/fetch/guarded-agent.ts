import { Agent } from 'undici';
import type { AddressGuard } from './address-guard.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** A pool of connections to addresses that may be asked. Other times are those of whoever sends a request. */
export function guardedAgent(guard: AddressGuard): Agent {
  return new Agent({
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { lookup: guard.lookup, timeout: CONNECT_TIMEOUT_MS },
  });
}
