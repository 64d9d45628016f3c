import { BatchTracer } from '../tracing/batch-tracer.ts';
import { encodeTraces } from '../tracing/otlp.ts';
import type { Tracer } from '../tracing/tracer.ts';
import type { ControllerParts } from './controller.ts';
import { GrpcTraces } from './grpc-traces.ts';

const SERVICE = 'stageset-controller';

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, within five seconds. */
  stop(): Promise<void>;
}

/** Traces to the collector that the options name; `undefined` when they name none. */
export function startTracing({
  options,
  clock,
  logger,
}: Pick<ControllerParts, 'options' | 'clock' | 'logger'>): Tracing | undefined {
  if (options.tracing === undefined) return undefined;
  const { endpoint, insecure, ratio, version } = options.tracing;
  const collector = new GrpcTraces({ endpoint, insecure, clock });
  const resource = { 'service.name': SERVICE, 'service.version': version };
  const tracer = new BatchTracer({
    clock,
    ratio,
    send: (spans) => collector.export(encodeTraces(resource, SERVICE, spans)),
    onLost: (spans, error) => logger.warn('traces not sent', { endpoint, spans, error }),
  });
  return {
    tracer,
    async stop() {
      await tracer.flush();
      collector.close();
    },
  };
}
