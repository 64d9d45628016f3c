import { UnreachableError } from '@stageset/k8s';
import type { Clock, WriteGate, WritePermit } from '@stageset/ports';

/** What a fence asks before it lets a write pass. */
export interface WriteGuard {
  /** How long a write for this key that begins now may go on; zero or less when it may not begin. */
  writeMs(key: string): number;
}

/**
 * Stands before every write of a process. Open until it is given a guard; from then on a write for a key passes only
 * while the guard says that the key is ours, and is broken off when our time is over. Writes for no key (events, the
 * leases themselves) always pass.
 */
export class WriteFence implements WriteGate {
  readonly #clock: Clock;
  #guard: WriteGuard | undefined;
  #lapse = new AbortController();
  #cancelLapse: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on nothing passes that `guard` does not vouch for. */
  arm(guard: WriteGuard): void {
    this.#guard = guard;
  }

  /** Everything that passes may go on for this long; a lease was renewed. */
  extend(leftMs: number): void {
    this.#cancelLapse?.();
    this.#cancelLapse = this.#clock.schedule(leftMs, () => this.cut());
  }

  /** Breaks off every write that is on its way. */
  cut(): void {
    this.#cancelLapse?.();
    this.#cancelLapse = undefined;
    this.#lapse.abort(new UnreachableError('the lease of this replica ended before the answer came'));
    this.#lapse = new AbortController();
  }

  admit(caller: string): WritePermit | undefined {
    if (this.#guard === undefined || !isKey(caller)) return undefined;
    const leftMs = this.#guard.writeMs(caller);
    if (leftMs > 0) return { timeoutMs: leftMs, signal: this.#lapse.signal };
    throw new UnreachableError(
      `not sent: ${caller} is not this replica's to write, or what is left of its lease is too short for a write`,
    );
  }
}

/** Callers are keys, `<namespace>/<name>`, or words for parts of the program. */
function isKey(caller: string): boolean {
  return caller.includes('/');
}
