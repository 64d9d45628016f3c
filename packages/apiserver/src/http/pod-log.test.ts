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

test('a log tells what happened to its container', () => {
  expect(podLog(pod('c'), new URLSearchParams('timestamps=true'))).toBe(
    '2030-01-01T00:00:00Z container c started (simulated)\n' +
      '2030-01-01T00:00:01Z container c ended with exit code 1 (simulated)\n' +
      '2030-01-01T00:00:11Z container c started (simulated)\n',
  );
  expect(podLog(pod('c'), new URLSearchParams('tailLines=1'))).toBe('container c started (simulated)\n');
});

test('which container is meant has to be clear', () => {
  expect(() => podLog(pod('a', 'b'), new URLSearchParams())).toThrow(
    'a container name must be specified for pod p, choose one of: [a b]',
  );
  expect(() => podLog(pod('a'), new URLSearchParams('container=z'))).toThrow('container z is not valid for pod p');
  expect(podLog(pod('a', 'b'), new URLSearchParams('container=b&tailLines=1'))).toContain('container b');
});
