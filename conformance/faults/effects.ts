import type { HttpAnswer, HttpCall, HttpCalls, Transport } from '@stageset/ports';
import type { Random } from '../support/random.ts';

/** What actions have done to the world, counted where it takes place: patches by the server, requests by who gets them. */
export class Effects implements HttpCalls {
  /** How often each effect has patched, by `<stage> <field manager>`. */
  readonly patches = new Map<string, number>();
  /** Requests in order: the stage they tell of, and their `Idempotency-Key`. */
  readonly requests: { readonly stage: string; readonly key: string }[] = [];
  readonly #random: Random;
  readonly #faults: number;

  constructor(random: Random, faults: number) {
    this.#random = random;
    this.#faults = faults;
  }

  async send({ url, headers }: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const key = headers.find(([name]) => name === 'Idempotency-Key')?.[1] ?? '';
    this.requests.push({ stage: new URL(url).pathname.slice(1), key });
    return { status: this.#random.chance(this.#faults) ? 503 : 200, host: new URL(url).host };
  }

  /** The same transport; patches of the counters are counted when the server has carried them out. */
  counting(transport: Transport): Transport {
    return async (request) => {
      const response = await transport(request);
      const [, stage] = request.path.match(/role-counter-([^?/]+)/) ?? [];
      if (stage !== undefined && request.method === 'PATCH' && response.status < 300) {
        const manager = new URLSearchParams(request.path.split('?')[1]).get('fieldManager') ?? '';
        const effect = `${stage} ${manager}`;
        this.patches.set(effect, (this.patches.get(effect) ?? 0) + 1);
      }
      return response;
    };
  }

  /** Effects of a stage so far, whether or not they were repeated. */
  of(stage: string): { readonly patches: number; readonly requests: number } {
    return {
      patches: [...this.patches.keys()].filter((effect) => effect.startsWith(`${stage} `)).length,
      requests: new Set(this.requests.filter((request) => request.stage === stage).map(({ key }) => key)).size,
    };
  }
}
