import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario } from './fixture.ts';

type Field = { readonly field: number; readonly bytes: Buffer };

/** Fields of a protobuf message; numbers are left out, only what has a length is of interest here. */
function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const type = key % 8;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else {
      const length = varint();
      fields.push({ field: Math.floor(key / 8), bytes: message.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

interface SeenSpan {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly attributes: readonly string[];
}

const find = (fields: readonly Field[], number: number): readonly Buffer[] =>
  fields.filter(({ field }) => field === number).map(({ bytes }) => bytes);

/** Spans of one `ExportTraceServiceRequest`. */
function spansOf(request: Buffer): readonly SeenSpan[] {
  return find(fieldsOf(request), 1).flatMap((resourceSpans) =>
    find(fieldsOf(resourceSpans), 2).flatMap((scopeSpans) =>
      find(fieldsOf(scopeSpans), 2).map((bytes): SeenSpan => {
        const fields = fieldsOf(bytes);
        return {
          name: String(find(fields, 5)[0]),
          trace: find(fields, 1)[0]?.toString('hex') ?? '',
          id: find(fields, 2)[0]?.toString('hex') ?? '',
          parent: find(fields, 4)[0]?.toString('hex'),
          attributes: find(fields, 9).map((pair) => String(find(fieldsOf(pair), 1)[0])),
        };
      }),
    ),
  );
}

/** A collector: takes OTLP by gRPC and keeps the spans. */
async function startCollector(spans: SeenSpan[], requests: Buffer[]): Promise<Http2Server> {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const frame = Buffer.concat(chunks);
      const isRight =
        headers[':path'] === '/opentelemetry.proto.collector.trace.v1.TraceService/Export' &&
        headers['content-type'] === 'application/grpc' &&
        frame.readUInt32BE(1) === frame.length - 5;
      requests.push(frame.subarray(5));
      if (isRight) spans.push(...spansOf(frame.subarray(5)));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': isRight ? '0' : '3' }));
      stream.end(Buffer.alloc(5));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('traces', () => {
  const spans: SeenSpan[] = [];
  const requests: Buffer[] = [];
  let scenario: Scenario;
  let collector: Http2Server;
  beforeAll(async () => {
    collector = await startCollector(spans, requests);
    const { port } = collector.address() as AddressInfo;
    const endpoint = `127.0.0.1:${port}`;
    scenario = await Scenario.start({ tracing: { endpoint, insecure: true, ratio: 1, version: '9.9.9' } });
  });
  afterAll(async () => {
    await scenario.stop();
    collector.close();
  });

  test('S-148 a release is one trace: passes, and in them what is fetched, built and applied', async () => {
    const ns = await scenario.suite.namespace();
    await scenario.publish(ns, 'ea', { 'cm.yaml': configMap('traced', ns, 'v1') });
    await scenario.stageSet(ns, 'app');
    await scenario.ready(ns, 'app', 'True', 'Succeeded');
    for (let tries = 0; tries < 300 && !spans.some(({ name }) => name === 'stage.apply'); tries += 1) {
      await new Promise<void>((resolve) => void systemClock.schedule(50, resolve));
    }
    const byName = (name: string) => spans.find((span) => span.name === name);
    const [apply, fetched, built] = [byName('stage.apply'), byName('stage.fetch'), byName('stage.build')];
    expect(apply?.attributes).toEqual(['stage', 'stage.objectCount']);
    expect(fetched?.attributes).toEqual(['stage', 'stage.revision', 'stage.digest']);
    expect(built?.attributes).toEqual(['stage']);
    for (const child of [apply, fetched, built]) {
      const root = spans.find(({ id }) => id === child?.parent);
      expect(root).toMatchObject({ name: 'StageSet.Reconcile', parent: undefined, trace: child?.trace });
      expect(root?.attributes).toEqual(['stageset.namespace', 'stageset.name', 'stageset.generation']);
    }
    expect(requests[0]?.includes('stageset-controller')).toBe(true);
    expect(requests[0]?.includes('9.9.9')).toBe(true);
  });
});
