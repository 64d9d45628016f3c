import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@stageset/ports';
import type { EndedSpan } from './otlp.ts';
import type { Attributes, Span, Tracer } from './tracer.ts';

/** Spans that wait to be sent at most; more are dropped. */
const MAX_WAITING = 4096;
const MAX_BATCH = 512;
const SEND_EVERY_MS = 5_000;
const FLUSH_MS = 5_000;

export interface BatchTracerParts {
  readonly clock: Clock;
  /** Of traces, from 0 to 1: the same trace is kept or left out as a whole. */
  readonly ratio: number;
  /** Rejects when they could not be delivered. They are not sent again. */
  readonly send: (spans: readonly EndedSpan[]) => Promise<void>;
  readonly onLost: (spans: number, error: string) => void;
}

/** Collects spans and sends them from time to time, beside the work. */
export class BatchTracer implements Tracer {
  readonly #parts: BatchTracerParts;
  #waiting: EndedSpan[] = [];
  #cancel: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(parts: BatchTracerParts) {
    this.#parts = parts;
  }

  begin(name: string, trace: string, attributes: Attributes): Span {
    const traceId = createHash('sha256').update(trace).digest().subarray(0, 16);
    const isSampled = traceId.readUInt32BE(8) / 2 ** 32 < this.#parts.ratio;
    return this.#span({ name, traceId, parentId: undefined, isSampled }, attributes);
  }

  /** Sends what waits; resolves when that is done, or after five seconds. */
  async flush(): Promise<void> {
    this.#send();
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#parts.clock.schedule(FLUSH_MS, resolve);
    });
    await Promise.race([this.#sending, late]);
    cancel();
  }

  #span(
    of: { name: string; traceId: Uint8Array; parentId: Uint8Array | undefined; isSampled: boolean },
    initial: Attributes,
  ): Span {
    const { clock } = this.#parts;
    const spanId = randomBytes(8);
    const startMs = clock.now();
    let attributes = initial;
    let isEnded = false;
    return {
      child: (name, more = {}) => this.#span({ ...of, name, parentId: spanId }, more),
      set: (more) => {
        attributes = { ...attributes, ...more };
      },
      end: (error) => {
        if (isEnded || !of.isSampled) return;
        isEnded = true;
        const { name, traceId, parentId } = of;
        const failed = error === undefined ? {} : { error: error instanceof Error ? error.message : String(error) };
        this.#add({ traceId, spanId, parentId, name, startMs, endMs: clock.now(), attributes, ...failed });
      },
    };
  }

  #add(span: EndedSpan): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#parts.onLost(1, 'too many spans wait to be sent');
      return;
    }
    this.#waiting.push(span);
    this.#cancel ??= this.#parts.clock.schedule(SEND_EVERY_MS, () => this.#send());
  }

  #send(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const spans = this.#waiting;
    this.#waiting = [];
    this.#sending = this.#sending.then(async () => {
      for (let at = 0; at < spans.length; at += MAX_BATCH) {
        const batch = spans.slice(at, at + MAX_BATCH);
        await this.#parts.send(batch).catch((error: unknown) => this.#parts.onLost(batch.length, String(error)));
      }
    });
  }
}
