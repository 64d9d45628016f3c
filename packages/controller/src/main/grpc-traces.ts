import { type ClientHttp2Session, connect } from 'node:http2';
import type { Clock } from '@stageset/ports';

const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const TIMEOUT_MS = 10_000;

/** Sends encoded traces to a collector by gRPC: one call a batch, over a connection that is made when it is needed. */
export class GrpcTraces {
  readonly #origin: string;
  readonly #clock: Clock;
  #session: ClientHttp2Session | undefined;

  constructor({ endpoint, insecure, clock }: { endpoint: string; insecure: boolean; clock: Clock }) {
    this.#origin = `${insecure ? 'http' : 'https'}://${endpoint}`;
    this.#clock = clock;
  }

  /** Rejects when the collector did not take it. */
  export(request: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const session = this.#connected();
      const call = session.request({
        ':method': 'POST',
        ':path': PATH,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const cancel = this.#clock.schedule(TIMEOUT_MS, () =>
        call.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)),
      );
      let status: string | undefined;
      let words = '';
      const take = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] === undefined) return;
        status = String(headers['grpc-status']);
        words = String(headers['grpc-message'] ?? '');
      };
      const fail = (error: Error): void => {
        cancel();
        reject(new Error(`${this.#origin}: ${error.message}`, { cause: error }));
      };
      session.once('error', fail);
      call.on('response', take);
      call.on('trailers', take);
      call.on('error', fail);
      call.on('close', () => {
        cancel();
        session.off('error', fail);
        if (status === '0') resolve();
        else reject(new Error(`${this.#origin}: gRPC status ${status ?? 'missing'} ${words}`));
      });
      call.resume();
      call.end(framed(request));
    });
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    const known = this.#session;
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connect(this.#origin);
    // The call that is under way tells of it; the next one makes another connection.
    session.on('error', () => undefined);
    session.unref();
    this.#session = session;
    return session;
  }
}

/** gRPC's frame: not compressed, length, message. */
function framed(body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.byteLength, 1);
  return Buffer.concat([head, body]);
}
