import { describe, expect, test } from 'vitest';
import { deepFreeze, type JsonObject } from '../json/value.ts';
import { DEPLOYMENT, SERVICE } from './built-in-merge.fixture.ts';
import { applyStrategicMergePatch, StrategicMergePatchError } from './strategic-merge-patch.ts';

const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });
const web = pod({
  containers: [
    { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] },
    { name: 'log', image: 'log:1' },
  ],
});

const cases: readonly { name: string; object: JsonObject; patch: JsonObject; want: JsonObject }[] = [
  {
    name: 'a container merges by name, and keeps its place',
    object: web,
    patch: pod({ containers: [{ name: 'log', image: 'log:2' }] }),
    want: pod({
      containers: [
        { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] },
        { name: 'log', image: 'log:2' },
      ],
    }),
  },
  {
    name: 'lists merge inside of lists that merge',
    object: web,
    patch: pod({ containers: [{ name: 'web', env: [{ name: 'B', value: '2' }] }] }),
    want: pod({
      containers: [
        {
          name: 'web',
          image: 'web:1',
          env: [
            { name: 'B', value: '2' },
            { name: 'A', value: '1' },
          ],
        },
        { name: 'log', image: 'log:1' },
      ],
    }),
  },
  {
    name: '$patch: delete takes an element out',
    object: web,
    patch: pod({ containers: [{ name: 'log', $patch: 'delete' }] }),
    want: pod({ containers: [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] }] }),
  },
  {
    name: '$patch: replace makes the patch the list',
    object: web,
    patch: pod({ containers: [{ name: 'new', image: 'new:1' }, { $patch: 'replace' }] }),
    want: pod({ containers: [{ name: 'new', image: 'new:1' }] }),
  },
  {
    name: '$patch: replace in an object keeps nothing',
    object: { spec: { selector: { matchLabels: { a: '1' } }, replicas: 2 } },
    patch: { spec: { $patch: 'replace', replicas: 3 } },
    want: { spec: { replicas: 3 } },
  },
  {
    name: '$patch: delete empties an object',
    object: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'delete' } } },
    want: { metadata: { labels: {} } },
  },
  {
    name: '$retainKeys drops what is not named',
    object: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '1' } } } },
    patch: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    want: { spec: { strategy: { type: 'Recreate' } } },
  },
  {
    name: '$setElementOrder puts elements in order',
    object: web,
    patch: pod({ '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }] }),
    want: pod({
      containers: [
        { name: 'log', image: 'log:1' },
        { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] },
      ],
    }),
  },
  {
    name: '$deleteFromPrimitiveList takes scalars out',
    object: { metadata: { finalizers: ['a', 'b', 'c'] } },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } },
    want: { metadata: { finalizers: ['a', 'c'] } },
  },
  {
    name: 'scalars that merge are not repeated',
    object: { metadata: { finalizers: ['a', 'b'] } },
    patch: { metadata: { finalizers: ['b', 'c'] } },
    want: { metadata: { finalizers: ['a', 'b', 'c'] } },
  },
  {
    name: 'a list without a strategy is replaced',
    object: pod({ tolerations: [{ key: 'a' }] }),
    patch: pod({ tolerations: [{ key: 'b' }] }),
    want: pod({ tolerations: [{ key: 'b' }] }),
  },
  {
    name: 'null deletes, and adds nothing',
    object: { spec: { replicas: 1 }, metadata: { labels: { a: '1' } } },
    patch: {
      spec: { replicas: null, paused: null },
      metadata: { labels: { a: null, b: '2' }, annotations: { x: null } },
    },
    want: { spec: {}, metadata: { labels: { b: '2' }, annotations: {} } },
  },
  {
    name: 'keys of every object are keys like others',
    object: JSON.parse('{"metadata":{"labels":{"__proto__":"a"}}}'),
    patch: JSON.parse('{"metadata":{"labels":{"constructor":"b","__proto__":"c"}}}'),
    want: JSON.parse('{"metadata":{"labels":{"__proto__":"c","constructor":"b"}}}'),
  },
  {
    name: 'what the schema does not know merges as in a merge patch',
    object: { extra: { a: 1, list: [1] } },
    patch: { extra: { b: 2, list: [2] } },
    want: { extra: { a: 1, b: 2, list: [2] } },
  },
];
for (const { name, object, patch, want } of cases) {
  test(name, () => {
    const patched = applyStrategicMergePatch(deepFreeze(object), deepFreeze(patch), DEPLOYMENT);
    expect(patched).toEqual(want);
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  });
}

describe('refuses, in the words of the API server', () => {
  const failures: readonly { name: string; patch: JsonObject; want: string }[] = [
    {
      name: 'an element without its key',
      patch: { spec: { ports: [{ targetPort: 1, name: 'x' }] } },
      want: 'map: map[name:x targetPort:1] does not contain declared merge key: port',
    },
    {
      name: 'an unknown directive',
      patch: { spec: { $patch: 'odd' } },
      want: 'unknown patch type: odd in map: map[$patch:odd]',
    },
    {
      name: 'a mixed list',
      patch: { spec: { ports: ['x'] } },
      want: 'list element types are not identical: [[map[port:80]] [x]]',
    },
    {
      name: 'a list of lists',
      patch: { spec: { ports: [[1]] } },
      want: 'list element types are not identical: [[map[port:80]] [[1]]]',
    },
    {
      name: 'a value that $retainKeys does not name',
      patch: { spec: { $retainKeys: ['ports'], type: 'x' } },
      want: 'invalid patch format of retainKeys',
    },
    {
      name: 'an order that is no list',
      patch: { spec: { '$setElementOrder/ports': 'x' } },
      want: 'expected a []interface {}, but received a string',
    },
    {
      name: 'an order without a field',
      patch: { spec: { $setElementOrder: [] } },
      want: 'invalid patch format of setElementOrder list',
    },
    {
      name: 'an element that its order does not name',
      patch: { spec: { ports: [{ port: 1 }], '$setElementOrder/ports': [{ port: 2 }] } },
      want: "The order in patch list:\n[map[port:1]]\n doesn't match $setElementOrder list:\n[map[port:2]]\n",
    },
  ];
  for (const { name, patch, want } of failures) {
    test(name, () => {
      const service = deepFreeze({ spec: { ports: [{ port: 80 }] } });
      expect(() => applyStrategicMergePatch(service, patch, SERVICE)).toThrow(new StrategicMergePatchError(want));
    });
  }
});
