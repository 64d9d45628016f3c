import type { KubeObject } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { LabelIndex } from './label-index.ts';

const pod = (name: string, namespace = 'n'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
});

test('finds what has a label now, in its namespace', () => {
  const index = new LabelIndex();
  const names = (name: string, value: string) => [...index.with('n', name, value)].map(({ metadata }) => metadata.name);
  index.put('a', pod('a'), { app: 'web', tier: 'x' });
  index.put('b', pod('b'), { app: 'web' });
  index.put('c', pod('c', 'other'), { app: 'web' });
  index.put('d', pod('d'), undefined);
  expect(names('app', 'web')).toEqual(['a', 'b']);
  index.put('a', pod('a'), { app: 'db', tier: 'x' });
  expect([names('app', 'web'), names('app', 'db'), names('tier', 'x')]).toEqual([['b'], ['a'], ['a']]);
  index.take('a');
  index.take('none');
  expect([names('app', 'db'), names('tier', 'x'), names('__proto__', 'x')]).toEqual([[], [], []]);
});
