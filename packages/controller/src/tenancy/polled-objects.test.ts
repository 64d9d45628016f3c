import { ApiError, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { beforeEach, expect, test } from 'vitest';
import { PolledObjects, READ_EVERY_MS } from './polled-objects.ts';

const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'prod', name: 'x' };
const version = (resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x', namespace: 'prod', uid: 'u', resourceVersion },
});
const forbidden = new ApiError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, message: 'no' });

let clock: FakeClock;
let stop: AbortController;
let answer: KubeObject | Error | undefined;
let reads: number;
let changes: ObjectRef[];
let polled: PolledObjects;
beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
  reads = 0;
  changes = [];
  const get = async (): Promise<KubeObject | undefined> => {
    reads += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const cluster = { get } as unknown as Cluster;
  polled = new PolledObjects({ cluster, clock, signal: stop.signal, changed: (changed) => changes.push(changed) });
});

test('an object is read when it is first asked for, then on a timer, and told of when it changes', async () => {
  answer = version('1');
  expect(polled.read(ref)).toEqual({ state: 'unread' });
  await clock.advance(0);
  expect(polled.read(ref)).toEqual({ state: 'read', object: version('1') });
  expect(changes).toHaveLength(1);
  await clock.advance(READ_EVERY_MS);
  expect({ reads, changes: changes.length }).toEqual({ reads: 2, changes: 1 });
  answer = version('2');
  await clock.advance(READ_EVERY_MS);
  expect(polled.read(ref)).toEqual({ state: 'read', object: version('2') });
  expect(changes).toHaveLength(2);
});

test('what is denied is asked for again while somebody wants it', async () => {
  answer = forbidden;
  polled.read(ref);
  await clock.advance(0);
  expect(polled.read(ref)).toEqual({ state: 'denied', error: forbidden });
  answer = version('1');
  await clock.advance(2_000);
  polled.read(ref);
  await clock.advance(0);
  expect(polled.read(ref)).toMatchObject({ state: 'read' });
});

test('a read that began before a write does not undo what the write returned', async () => {
  answer = version('1');
  polled.read(ref);
  polled.remember(version('2'));
  await clock.advance(0);
  expect(polled.read(ref)).toEqual({ state: 'read', object: version('2') });
});

test('an object that was deleted is read anew before anything is said of it', async () => {
  answer = version('1');
  polled.read(ref);
  await clock.advance(0);
  answer = undefined;
  polled.expire(ref);
  expect(polled.read(ref)).toEqual({ state: 'unread' });
  await clock.advance(0);
  expect(polled.read(ref)).toEqual({ state: 'read', object: undefined });
});

test('nothing is read any more once nobody asks, or when it is stopped', async () => {
  answer = version('1');
  polled.read(ref);
  await clock.advance(2 * 60 * 60_000);
  const before = reads;
  await clock.advance(10 * READ_EVERY_MS);
  expect(reads).toBe(before);
  polled.read(ref);
  await clock.advance(0);
  stop.abort();
  const stopped = reads;
  await clock.advance(10 * READ_EVERY_MS);
  expect(reads).toBe(stopped);
});
