import type { Clock, FileTree } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BUILD_IDLE_MS, BUILD_TIMEOUT_MS, type StageRenderer, workerRenderer } from './stage-renderer.ts';

// A worker loads the engine from its sources: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const OWNER = { namespace: 'prod', name: 'app', stage: 'web' };
const ODD = new URL('./testing/odd-worker.ts', import.meta.url);
const NEVER = new AbortController().signal;
const encoder = new TextEncoder();

function treeOf(objects: number): FileTree {
  return new Map(
    Array.from({ length: objects }, (_, index) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${index}` }, data: { key: 'é\n${x}' } };
      return [`c${index}.yaml`, encoder.encode(JSON.stringify(object))];
    }),
  );
}

let renderer: StageRenderer;
afterEach(() => renderer.close());

function start(options: { program?: URL; inlineBytes?: number; clock?: Clock; workers?: number; heapMiB?: number }) {
  renderer = workerRenderer({ clock: new FakeClock(), inlineBytes: 0, workers: 1, ...options });
  return renderer;
}

const odd = (path: string, signal = NEVER) => renderer.render(treeOf(1), { path }, OWNER, signal);

describe('a build in a worker', () => {
  test('is what a build in place is, objects, hashes and size', async () => {
    const variables = new Map([['x', 'set']]);
    start({});
    for (const files of [treeOf(3), treeOf(2_000)]) {
      const inPlace = await workerRenderer({ clock: new FakeClock(), inlineBytes: Number.MAX_SAFE_INTEGER }).render(
        files,
        { variables },
        OWNER,
        NEVER,
      );
      expect(await renderer.render(files, { variables }, OWNER, NEVER)).toEqual(inPlace);
    }
  });

  test('tells what is wrong with the files', async () => {
    const files = new Map([['a.yaml', encoder.encode('kind: [')]]);
    const result = await start({}).render(files, {}, OWNER, NEVER);
    expect(result).toMatchObject({ ok: false, problems: [{ file: 'a.yaml' }] });
  });

  test('leaves the files to their other readers', async () => {
    const files = treeOf(2);
    await start({}).render(files, {}, OWNER, NEVER);
    expect(files.get('c0.yaml')?.byteLength).toBeGreaterThan(0);
  });

  test('keeps the event loop free', async () => {
    start({});
    await renderer.render(treeOf(1), {}, OWNER, NEVER);
    const files = treeOf(5_000);
    let rounds = 0;
    let isOver = false;
    const turn = (): void => {
      rounds += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await renderer.render(files, {}, OWNER, NEVER);
    isOver = true;
    expect(rounds).toBeGreaterThan(100);
  });
});

describe('a worker that', () => {
  const cases = [
    {
      does: 'break',
      want: { message: expect.stringContaining('its worker broke: something is wrong in here'), retry: 'backoff' },
    },
    { does: 'exit', want: { message: expect.stringContaining('its worker ended with code 3'), retry: 'backoff' } },
    { does: 'fill', want: { message: expect.stringContaining('needed more than 32 MiB of memory'), retry: 'retry' } },
  ] as const;
  test.each(cases)('does "$does" fails its build, and the next gets a new one', async ({ does, want }) => {
    start({ program: ODD, heapMiB: 32 });
    const failed = odd(does);
    const next = odd('answer');
    await expect(failed).rejects.toMatchObject({
      failure: { reason: 'StageFailed', stage: 'web', operation: 'build', ...want },
    });
    await expect(next).resolves.toMatchObject({ ok: true });
  });

  test('takes too long is ended', async () => {
    const clock = new FakeClock();
    start({ program: ODD, clock });
    const failed = expect(odd('spin')).rejects.toMatchObject({
      failure: { message: expect.stringContaining('longer than 120 s'), retry: 'retry' },
    });
    await clock.advance(BUILD_TIMEOUT_MS);
    await failed;
    await expect(odd('answer')).resolves.toMatchObject({ ok: true });
  });

  test('works for a build that is given up is ended', async () => {
    start({ program: ODD });
    const stop = new AbortController();
    const given = odd('spin', stop.signal);
    const queued = odd('answer');
    stop.abort(new Error('not wanted any more'));
    await expect(given).rejects.toThrow('not wanted any more');
    await expect(queued).resolves.toMatchObject({ ok: true });
  });

  test('has nothing to do ends after a while', async () => {
    const clock = new FakeClock();
    start({ program: ODD, clock });
    await odd('answer');
    expect(clock.pending).toBe(1);
    await clock.advance(BUILD_IDLE_MS);
    expect(clock.pending).toBe(0);
    await expect(odd('answer')).resolves.toMatchObject({ ok: true });
  });
});

test('a build that waits for a worker is given up without one', async () => {
  start({ program: ODD });
  const stopFirst = new AbortController();
  const first = odd('spin', stopFirst.signal);
  const stop = new AbortController();
  const waiting = odd('answer', stop.signal);
  stop.abort(new Error('not wanted any more'));
  await expect(waiting).rejects.toThrow('not wanted any more');
  stopFirst.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
});
