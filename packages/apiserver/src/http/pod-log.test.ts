import type { KubeObject } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { podLog } from './pod-log.ts';

const pod = (...names: string[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: names.map((name) => ({ name, image: 'i' })) },
  status: {
    containerStatuses: names.map((name) => ({
      name,
      lastState: { terminated: { exitCode: 1, startedAt: '2030-01-01T00:00:00Z', finishedAt: '2030-01-01T00:00:01Z' } },
      state: { running: { startedAt: '2030-01-01T00:00:11Z' } },
    })),
  },
});

const NOW = Date.parse('2030-01-01T00:01:00Z');
const log = (of: KubeObject, query = '') => podLog(of, new URLSearchParams(query), NOW);

test('a log tells what happened to its container, and to the one before', () => {
  expect(log(pod('c'), 'timestamps=true')).toBe('2030-01-01T00:00:11Z container c started (simulated)\n');
  expect(log(pod('c'), 'previous=true&timestamps=true')).toBe(
    '2030-01-01T00:00:00Z container c started (simulated)\n' +
      '2030-01-01T00:00:01Z container c ended with exit code 1 (simulated)\n',
  );
});

const parts: readonly (readonly [query: string, want: string])[] = [
  ['previous=true&tailLines=1', 'container c ended with exit code 1 (simulated)\n'],
  ['previous=true&tailLines=0', ''],
  ['previous=true&limitBytes=9', 'container'],
  ['sinceSeconds=48', ''],
  ['sinceSeconds=60', 'container c started (simulated)\n'],
  ['sinceTime=2030-01-01T00:00:12Z', ''],
];
for (const [query, want] of parts) test(`${query} is a part of it`, () => expect(log(pod('c'), query)).toBe(want));

const refusals: readonly (readonly [query: string, says: string])[] = [
  ['tailLines=-1', 'tailLines: Invalid value: -1: must be greater than or equal to 0'],
  ['limitBytes=0', 'limitBytes: Invalid value: 0: must be greater than 0'],
  ['tailLines=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['sinceSeconds=1&sinceTime=2030-01-01T00:00:00Z', 'at most one of `sinceTime` or `sinceSeconds` may be specified'],
];
for (const [query, says] of refusals)
  test(`${query} is refused`, () => expect(() => log(pod('c'), query)).toThrow(says));

test('a container that has not run has no log', () => {
  const waiting = {
    ...pod('c'),
    status: { containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] },
  };
  expect(() => log(waiting)).toThrow('container "c" in pod "p" is waiting to start: ContainerCreating');
  expect(() => log(waiting, 'previous=true')).toThrow('previous terminated container "c" in pod "p" not found');
});

test('which container is meant has to be clear', () => {
  expect(() => log(pod('a', 'b'))).toThrow('a container name must be specified for pod p, choose one of: [a b]');
  expect(() => log(pod('a'), 'container=z')).toThrow('container z is not valid for pod p');
  expect(log(pod('a', 'b'), 'container=b&tailLines=1')).toContain('container b');
});
