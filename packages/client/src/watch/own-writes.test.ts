import type { KubeObject } from '@stageset/k8s';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OwnWrites } from './own-writes.ts';

function written(name: string, version: number): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion: String(version) } };
}

test('a position passes exactly what is not newer, whatever the order of the answers', () => {
  const write = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), version: fc.integer({ min: 1, max: 200 }) });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), write }),
    fc.record({ kind: fc.constant('delete' as const), write }),
    fc.record({ kind: fc.constant('pass' as const), write }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const writes = new OwnWrites();
      const model = new Map<string, number>();
      for (const { kind, write: one } of steps) {
        if (kind === 'write') {
          if ((model.get(one.name) ?? 0) >= one.version) continue;
          writes.add(one.name, written(one.name, one.version));
          model.set(one.name, one.version);
        } else if (kind === 'delete') {
          writes.delete(one.name);
          model.delete(one.name);
        } else {
          const passed = [...model].filter(([, version]) => version <= one.version).map(([name]) => name);
          expect([...writes.passed(String(one.version))].sort()).toEqual(passed.sort());
          for (const name of passed) model.delete(name);
        }
        expect([...writes.entries()].map(([name]) => name).sort()).toEqual([...model.keys()].sort());
      }
    }),
  );
});

test('fifty thousand writes that the watch confirms one by one take no more than a look each', () => {
  const writes = new OwnWrites();
  const many = Array.from({ length: 50_000 }, (_, index) => written(`object-${index}`, index + 1));
  for (const object of many) writes.add(object.metadata.name, object);
  const startedAt = performance.now();
  for (const object of many) {
    writes.delete(object.metadata.name);
    writes.passed(object.metadata.resourceVersion ?? '');
  }
  expect([...writes.entries()]).toEqual([]);
  // With a look at all that is left for each, this is more than a billion looks.
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
