import type { HttpAnswer, HttpCall, HttpCalls } from '@stageset/ports';

/** What the other side of `http` actions has seen, and what it answers. */
export class Receiver implements HttpCalls {
  readonly seen: HttpCall[] = [];
  /** By URL, then for all. */
  readonly statuses = new Map<string, number>();
  /** Called before an answer leaves: the place to interfere. */
  onCall: ((call: HttpCall, signal: AbortSignal) => Promise<void>) | undefined;
  /** Requests that were given up before they were answered. */
  givenUp = 0;

  async send(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    this.seen.push(call);
    signal.addEventListener('abort', () => {
      if (!isAnswered) this.givenUp += 1;
    });
    let isAnswered = false;
    await this.onCall?.(call, signal);
    signal.throwIfAborted();
    isAnswered = true;
    return { status: this.statuses.get(call.url) ?? 200, host: new URL(call.url).host };
  }

  /** Requests to a URL. */
  hits(url: string): number {
    return this.seen.filter((call) => call.url === url).length;
  }

  /** Effects at a URL, for a receiver that knows a repetition by its key. */
  effects(url: string): number {
    return new Set(this.seen.filter((call) => call.url === url).map(keyOf)).size;
  }
}

export function keyOf({ headers }: HttpCall): string {
  return headers.find(([name]) => name === 'Idempotency-Key')?.[1] ?? '';
}
