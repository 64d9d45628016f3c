import { UnreachableError } from '@stageset/k8s';
import type { ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';

/** A stream of a scripted server: what the test writes is what a watch receives. */
export class ScriptedStream {
  readonly request: ClusterRequest;
  readonly #chunks: (Uint8Array | 'end' | Error)[] = [];
  #wake: (() => void) | undefined;
  /** Whether the reader has gone. */
  isAbandoned = false;

  constructor(request: ClusterRequest) {
    this.request = request;
    request.signal?.addEventListener('abort', () => {
      this.isAbandoned = true;
      this.#wake?.();
    });
  }

  write(...events: readonly unknown[]): void {
    this.raw(events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`).join(''));
  }

  raw(text: string | Uint8Array): void {
    this.#push(typeof text === 'string' ? Buffer.from(text) : text);
  }

  end(): void {
    this.#push('end');
  }

  cut(): void {
    this.#push(Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }));
  }

  #push(chunk: Uint8Array | 'end' | Error): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  async *body(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#chunks.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else if (this.isAbandoned) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown }
  | Error
  | 'hang';

/**
 * A transport without sockets. Lists and other requests are answered from `replies`, in order, the last one again and
 * again; watches become `streams` that the test writes to, unless `refuseWatch` says otherwise.
 */
export class ScriptedServer {
  readonly requests: ClusterRequest[] = [];
  readonly streams: ScriptedStream[] = [];
  replies: Reply[] = [];
  /** What the next watches are answered with instead of a stream, in order. */
  refusals: Reply[] = [];

  readonly transport: Transport = async (request) => {
    const url = new URL(request.path, 'http://server');
    if (url.pathname === '/api' || url.pathname === '/apis') return json({ json: discovery(url.pathname) });
    this.requests.push(request);
    if (url.searchParams.get('watch') !== 'true') {
      return answer(this.replies.length > 1 ? this.replies.shift() : this.replies[0], request);
    }
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return answer(refusal, request);
    const stream = new ScriptedStream(request);
    this.streams.push(stream);
    return { status: 200, headers: {}, body: stream.body() };
  };

  /** The paths asked for so far, decoded. */
  get paths(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);
  }
}

function answer(reply: Reply | undefined, request: ClusterRequest): Promise<ClusterResponse> | ClusterResponse {
  if (reply === undefined) throw new Error(`the script has no answer to ${request.method} ${request.path}`);
  if (reply instanceof Error) throw reply;
  if (reply !== 'hang') return json(reply);
  return new Promise((_, reject) => request.signal?.addEventListener('abort', () => reject(request.signal?.reason)));
}

function json(reply: Exclude<Reply, Error | 'hang'>): ClusterResponse {
  const text = typeof reply.json === 'string' ? reply.json : JSON.stringify(reply.json);
  const body = (async function* () {
    yield Buffer.from(text);
  })();
  return { status: reply.status ?? 200, headers: reply.headers ?? {}, body };
}

export function connectionLost(code: string): UnreachableError {
  return new UnreachableError(`connection lost (${code})`, { cause: Object.assign(new Error(code), { code }) });
}

export function failure(
  code: number,
  reason: string,
  details: Record<string, unknown> = {},
): { status: number; json: unknown } {
  return {
    status: code,
    json: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason, details },
  };
}

function discovery(path: string): unknown {
  const resource = (name: string, kind: string, scope = 'Namespaced') => ({
    resource: name,
    responseKind: { group: '', version: 'v1', kind },
    scope,
    verbs: ['get', 'list', 'watch'],
  });
  const resources = [resource('configmaps', 'ConfigMap'), resource('namespaces', 'Namespace', 'Cluster')];
  const core = [{ metadata: { name: '' }, versions: [{ version: 'v1', resources }] }];
  return { kind: 'APIGroupDiscoveryList', items: path === '/api' ? core : [] };
}
