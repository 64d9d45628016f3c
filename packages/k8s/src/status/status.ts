import type { JsonObject } from '../json/value.ts';
export interface ObjectStatus {
  readonly status: 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'Unknown';
  readonly reason?: string;
  readonly message: string;
}
export interface StatusOptions {
  /** Epoch milliseconds, for the rules that look at age. Without it an object counts as just made. */
  readonly nowMs?: number;
}
export function computeStatus(object: JsonObject, options?: StatusOptions): ObjectStatus {
  throw new Error('to follow');
}
