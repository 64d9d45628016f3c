import { ApiError, UnreachableError } from '@stageset/k8s';
import type { ClusterRequest, ClusterResponse, Transport, WriteGate } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { describe, expect, test } from 'vitest';
import { connectionLost, failure } from '../testing/scripted-server.ts';
import { RequestBudget } from './budget.ts';
import { failureOf } from './failure.ts';
import { FairQueue } from './fair-queue.ts';
import type { RequestLimits } from './limits.ts';
import { Requester } from './requester.ts';

const GET = { caller: 'a', method: 'GET', path: '/api/v1/nodes?x=1', repeatable: true } as const;
const POST = { caller: 'a', method: 'POST', path: '/api/v1/nodes', repeatable: false } as const;

type Reply = { status: number; headers?: Record<string, string>; json: unknown } | Error | 'hang' | 'half';

function requester(replies: readonly Reply[], limits: Partial<RequestLimits> = {}) {
  const clock = new FakeClock();
  const sent: ClusterRequest[] = [];
  const transport: Transport = async (request): Promise<ClusterResponse> => {
    const reply = replies[Math.min(sent.length, replies.length - 1)] ?? 'hang';
    sent.push(request);
    if (reply instanceof Error) throw reply;
    if (reply === 'hang') return new Promise(() => undefined); // Heeds no signal at all.
    const body = (async function* () {
      if (reply === 'half') {
        yield Buffer.from('{"ha');
        throw Object.assign(new Error('terminated'), { code: 'UND_ERR_SOCKET' });
      }
      yield Buffer.from(typeof reply.json === 'string' ? reply.json : JSON.stringify(reply.json));
    })();
    return {
      status: reply === 'half' ? 200 : reply.status,
      headers: reply === 'half' ? {} : (reply.headers ?? {}),
      body,
    };
  };
  const made = new Requester(transport, { clock, random: () => 0, budget: new RequestBudget(limits) });
  return { requester: made, clock, sent };
}
const ok = { status: 200, json: {} };

const retries: readonly {
  name: string;
  replies: readonly Reply[];
  request: typeof GET | typeof POST;
  sent: number;
  ok: boolean;
}[] = [
  {
    name: 'a read over a broken connection',
    replies: [connectionLost('ECONNRESET'), ok],
    request: GET,
    sent: 2,
    ok: true,
  },
  { name: 'a read that broke in the middle', replies: ['half', ok], request: GET, sent: 2, ok: true },
  {
    name: 'no creation over a broken connection',
    replies: [connectionLost('ECONNRESET'), ok],
    request: POST,
    sent: 1,
    ok: false,
  },
  {
    name: 'a creation that was never sent',
    replies: [connectionLost('ECONNREFUSED'), ok],
    request: POST,
    sent: 2,
    ok: true,
  },
  { name: 'a creation after 429', replies: [failure(429, 'TooManyRequests'), ok], request: POST, sent: 2, ok: true },
  {
    name: 'a read after 503 with Retry-After',
    replies: [{ ...failure(503, 'x'), headers: { 'retry-after': '1' } }, ok],
    request: GET,
    sent: 2,
    ok: true,
  },
  {
    name: 'no creation after 503 with Retry-After',
    replies: [{ ...failure(503, 'x'), headers: { 'retry-after': '1' } }, ok],
    request: POST,
    sent: 1,
    ok: false,
  },
  { name: 'no read after 500', replies: [failure(500, 'InternalError'), ok], request: GET, sent: 1, ok: false },
  {
    name: 'nothing that asks for too long a wait',
    replies: [failure(429, 'x', { retryAfterSeconds: 11 }), ok],
    request: GET,
    sent: 1,
    ok: false,
  },
  { name: 'nothing for ever', replies: [connectionLost('ECONNREFUSED')], request: GET, sent: 4, ok: false },
];
describe('sends again', () => {
  for (const { name, replies, request, sent: times, ok: isOk } of retries) {
    test(name, async () => {
      const { requester: made, clock, sent } = requester(replies);
      const answer = made.send(request).then(
        (value) => value.ok,
        () => false,
      );
      await clock.advance(60_000);
      expect(await answer).toBe(isOk);
      expect(sent).toHaveLength(times);
    });
  }

  test('no sooner than the server asks for', async () => {
    const { requester: made, clock, sent } = requester([failure(429, 'x', { retryAfterSeconds: 5 }), ok]);
    const answer = made.send(GET);
    await clock.advance(4_999);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect((await answer).ok).toBe(true);
  });
});

describe('bounds', () => {
  test('the time of an answer, even of a transport that heeds no signal, and gives the place back', async () => {
    const { requester: made, clock } = requester(['hang'], { maxInFlight: 1 });
    const first = made.send(GET).catch((error: unknown) => error);
    const second = made.send(GET).catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(await first).toBeInstanceOf(UnreachableError);
    expect(String(await first)).toMatch(/no complete answer to GET \/api\/v1\/nodes within 60 s/);
    await clock.advance(60_000);
    expect(await second).toBeInstanceOf(UnreachableError);
    expect(clock.pending).toBe(0);
  });

  test('the size of an answer', async () => {
    const { requester: made, sent } = requester([{ status: 200, json: 'x'.repeat(100) }], { maxResponseBytes: 50 });
    await expect(made.send(GET)).rejects.toThrow(/larger than 50 bytes/);
    expect(sent).toHaveLength(1);
  });

  test('the number of watches', async () => {
    const { requester: made } = requester([ok], { maxWatches: 1 });
    const signal = new AbortController().signal;
    const open = await made.open(GET, signal);
    await expect(made.open(GET, signal)).rejects.toThrow(/maxWatches/);
    if ('close' in open) open.close();
    expect('chunks' in (await made.open(GET, signal))).toBe(true);
  });
});

test('an abort ends a request that waits, one that is under way, and one that is to be tried again', async () => {
  for (const replies of [['hang'], [connectionLost('ECONNREFUSED')]] as const) {
    const { requester: made, clock } = requester(replies, { maxInFlight: 1 });
    const stop = new AbortController();
    const answers = [made.send(GET, stop.signal), made.send(GET, stop.signal)].map((sent) =>
      sent.catch((error: unknown) => error),
    );
    await clock.advance(0);
    stop.abort(new Error('enough'));
    expect((await Promise.all(answers)).map(String)).toEqual(['Error: enough', 'Error: enough']);
    expect(clock.pending).toBe(0);
  }
});

describe('a fair queue', () => {
  test('lets callers take turns, whatever their lines', async () => {
    const queue = new FairQueue(1);
    const order: string[] = [];
    const leave = await queue.enter('first');
    const work = async (caller: string): Promise<void> => {
      const done = await queue.enter(caller);
      order.push(caller);
      done();
      done();
    };
    const all = [...Array.from({ length: 4 }, () => work('big')), work('small'), work('other'), work('small')];
    leave();
    await Promise.all(all);
    expect(order).toEqual(['big', 'small', 'other', 'big', 'small', 'big', 'big']);
    expect(queue.inFlight).toBe(0);
  });

  test('never lets in more than it has places, and forgets who left the line', async () => {
    const queue = new FairQueue(2);
    const leaves = [await queue.enter('a'), await queue.enter('a')];
    const stop = new AbortController();
    const gone = queue.enter('a', stop.signal);
    const next = queue.enter('b');
    stop.abort();
    await expect(gone).rejects.toThrow(/abort/i);
    leaves[0]?.();
    (await next)();
    leaves[1]?.();
    expect(queue.inFlight).toBe(0);
  });
});

describe('a failed answer becomes an error', () => {
  const request = { method: 'PATCH', path: '/apis/apps/v1/namespaces/ns/deployments/web?force=true' };
  const cases: readonly {
    name: string;
    status: number;
    body: string;
    headers?: Record<string, string>;
    want: object;
  }[] = [
    {
      name: 'from a Status, causes and all',
      status: 409,
      body: JSON.stringify({
        kind: 'Status',
        status: 'Failure',
        reason: 'Conflict',
        message: 'held by x',
        details: {
          causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas', message: 'x' }],
          retryAfterSeconds: 2,
        },
      }),
      want: {
        code: 409,
        reason: 'Conflict',
        message: 'held by x',
        retryAfterMs: 2000,
        causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas', message: 'x' }],
      },
    },
    {
      name: "from a proxy's page",
      status: 502,
      body: '<html>\n  <h1>Bad\n gateway</h1></html>',
      headers: { 'retry-after': '3' },
      want: {
        code: 502,
        reason: 'Unknown',
        retryAfterMs: 3000,
        message:
          'the server answered 502 to PATCH /apis/apps/v1/namespaces/ns/deployments/web: <html> <h1>Bad gateway</h1></html>',
      },
    },
    { name: 'from JSON cut short', status: 403, body: '{"kind":"Sta', want: { code: 403, reason: 'Forbidden' } },
    { name: 'from nothing', status: 500, body: '', want: { reason: 'InternalError', message: /with an empty body$/ } },
  ];
  for (const { name, status, body, headers = {}, want } of cases) {
    test(name, () => {
      const { error } = failureOf(request, { status, headers }, body);
      expect(error).toBeInstanceOf(ApiError);
      const { code, reason, message, retryAfterMs, causes } = error;
      for (const [key, value] of Object.entries(want)) {
        const actual = { code, reason, message, retryAfterMs, causes }[key as 'code'];
        if (value instanceof RegExp) expect(actual).toMatch(value);
        else expect(actual).toEqual(value);
      }
    });
  }
});

describe('a gate', () => {
  const gated = (gate: WriteGate) => {
    const sent: ClusterRequest[] = [];
    const transport: Transport = async (request) => {
      sent.push(request);
      return { status: 200, headers: {}, body: ReadableStream.from([Buffer.from('{}')]) };
    };
    const budget = new RequestBudget({ maxInFlight: 1 }, gate);
    return { sent, budget, requester: new Requester(transport, { clock: new FakeClock(), random: () => 0, budget }) };
  };

  test('is asked for whom a write is, when it has waited its turn, and never about reads', async () => {
    const asked: string[] = [];
    const {
      requester: made,
      budget,
      sent,
    } = gated({
      admit: (caller) => {
        asked.push(caller);
        return undefined;
      },
    });
    const leave = await budget.queue.enter('other');
    const write = made.send(POST);
    await Promise.resolve();
    expect(asked).toEqual([]);
    leave();
    await write;
    await made.send(GET);
    expect(asked).toEqual(['a']);
    expect(sent.map(({ path }) => path)).toEqual([POST.path, GET.path]);
  });

  test('has the server give up when its time is over, and ends the wait for the answer', async () => {
    const stop = new AbortController();
    const { requester: made, sent } = gated({ admit: () => ({ timeoutMs: 4_900, signal: stop.signal }) });
    await made.send(POST);
    expect(sent[0]?.path).toBe(`${POST.path}?timeout=4s`);
    stop.abort(new UnreachableError('over'));
    await expect(made.send(POST)).rejects.toThrow('over');
  });

  test('that refuses keeps the write from being sent', async () => {
    const { requester: made, sent } = gated({
      admit: () => {
        throw new UnreachableError('not ours');
      },
    });
    await expect(made.send(POST)).rejects.toThrow('not ours');
    expect(sent).toEqual([]);
  });
});
