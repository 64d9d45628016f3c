import type { Transport } from '@stageset/ports';

export interface RequestCount {
  readonly method: string;
  /** HTTP status; `<error>` when there was no answer. */
  readonly code: string;
  readonly count: number;
}

/** How many requests a transport was given, by method and answer. */
export class RequestCounts {
  readonly #counts = new Map<string, { readonly method: string; readonly code: string; count: number }>();

  /** The same transport, counted. */
  count(transport: Transport): Transport {
    return async (request) => {
      try {
        const response = await transport(request);
        this.#add(request.method, String(response.status));
        return response;
      } catch (error) {
        this.#add(request.method, '<error>');
        throw error;
      }
    };
  }

  read(): readonly RequestCount[] {
    return [...this.#counts.values()];
  }

  #add(method: string, code: string): void {
    const key = `${method} ${code}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { method, code, count: 1 });
    else known.count += 1;
  }
}
