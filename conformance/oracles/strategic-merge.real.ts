import { applyStrategicMergePatch, deepFreeze, type JsonObject, StrategicMergePatchError } from '@stageset/k8s';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEPLOYMENT, SERVICE } from '../../packages/k8s/src/patch/built-in-merge.fixture.ts';
import { type Oracle, startOracle } from './oracle.ts';

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

type Value = fc.Arbitrary<unknown>;
const rarely = (usual: Value, unusual: Value, weight = 8): Value =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: unusual });
const record = (fields: Record<string, Value>, requiredKeys: string[] = []): Value =>
  fc.record(fields, { requiredKeys });
const text = fc.constantFrom('a', 'b', 'c');
const map = fc.dictionary(text, text, { maxKeys: 3 });
const nothing = fc.constant(null);

/** A list with a merge key, as it stands in an object or, with directives, in a patch. */
function keyed(
  patch: boolean,
  field: string,
  key: string,
  keys: Value,
  rest: Record<string, Value>,
): Record<string, Value> {
  const element = record({ [key]: keys, ...rest }, [key]);
  const list = fc.uniqueArray(element, { maxLength: 4, selector: (each) => (each as JsonObject)[key] });
  if (!patch) return { [field]: list };
  const deletion = record({ [key]: keys, $patch: fc.constantFrom('delete', 'delete', 'replace', 'odd') }, [
    key,
    '$patch',
  ]);
  const unkeyed = fc.constantFrom<unknown>({ $patch: 'replace' }, { $patch: 'delete' }, { other: 'x' }, 'text');
  const patched = fc.uniqueArray(rarely(rarely(element, deletion, 3), unkeyed, 40), {
    maxLength: 4,
    selector: (each) => (typeof each === 'object' ? (each as JsonObject)[key] : each),
  });
  const order = fc.uniqueArray(record({ [key]: keys }, [key]), {
    // An empty order says nothing of the patch's elements: the library then sorts by an order that is none.
    minLength: 1,
    maxLength: 4,
    selector: (each) => (each as JsonObject)[key],
  });
  return { [field]: rarely(patched, nothing, 20), [`$setElementOrder/${field}`]: order };
}

function container(patch: boolean): Record<string, Value> {
  return {
    image: patch ? rarely(text, nothing) : text,
    args: fc.array(text, { maxLength: 3 }),
    resources: record({ limits: map, requests: map }),
    ...keyed(patch, 'env', 'name', text, { value: text }),
    ...keyed(patch, 'ports', 'containerPort', fc.constantFrom(80, 81, 82), { name: text, protocol: text }),
  };
}

function metadata(patch: boolean): Value {
  const finalizers = fc.uniqueArray(text, { maxLength: 3 });
  return record({
    name: fc.constant('web'),
    labels: patch ? rarely(fc.dictionary(text, rarely(text, nothing, 3), { maxKeys: 3 }), nothing) : map,
    finalizers,
    ...(patch
      ? { '$setElementOrder/finalizers': rarely(fc.uniqueArray(text, { minLength: 1 }), fc.constant('x'), 20) }
      : {}),
  });
}

function deployment(patch: boolean): Value {
  const retain = (fields: Record<string, Value>, names: string[]): Value => {
    const plain = record(fields);
    if (!patch) return plain;
    const retaining = plain.map((value) => ({
      ...(value as JsonObject),
      $retainKeys: Object.keys(value as JsonObject),
    }));
    const other = record({ ...fields, $retainKeys: fc.subarray(names) });
    return rarely(fc.oneof(plain, retaining), fc.oneof(other, nothing), 10);
  };
  const volume = { emptyDir: record({ medium: text }), configMap: record({ name: text }) };
  return record(
    {
      metadata: metadata(patch),
      spec: rarely(
        record({
          replicas: patch ? rarely(fc.nat(3), nothing) : fc.nat(3),
          strategy: retain({ type: text, rollingUpdate: record({ maxSurge: text, maxUnavailable: text }) }, [
            'type',
            'rollingUpdate',
          ]),
          template: record({
            spec: record({
              ...keyed(patch, 'containers', 'name', text, container(patch)),
              ...keyed(patch, 'volumes', 'name', text, volume),
              tolerations: fc.array(record({ key: text, value: text }), { maxLength: 2 }),
              nodeSelector: patch
                ? record(
                    {
                      a: text,
                      b: nothing,
                      $patch: rarely(fc.constant('replace'), fc.constantFrom('delete', 'odd'), 3),
                    },
                    ['a'],
                  )
                : map,
            }),
          }),
        }),
        patch ? fc.constantFrom<unknown>({ $patch: 'delete' }, { $patch: 'replace', replicas: 1 }) : nothing,
        30,
      ),
    },
    ['spec'],
  );
}

const deployments = (patch: boolean): Value =>
  deployment(patch).map((each) => ({ ...(each as JsonObject), apiVersion: 'apps/v1', kind: 'Deployment' }));
const services = (patch: boolean): Value =>
  record(
    {
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Service'),
      metadata: metadata(patch),
      spec: record(keyed(patch, 'ports', 'port', fc.constantFrom(1, 2, 3, 4), { name: text, targetPort: fc.nat(3) })),
    },
    ['apiVersion', 'kind', 'spec'],
  );

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value));

for (const [name, arbitrary, schema] of [
  ['Deployment', deployments, DEPLOYMENT],
  ['Service', services, SERVICE],
] as const) {
  test(`patches of a ${name} do what the API server's library does`, { timeout: 120_000 }, async () => {
    const cases = fc.sample(fc.tuple(arbitrary(false), arbitrary(true)), { numRuns: 4_000, seed: 5 }).map(json) as [
      JsonObject,
      JsonObject,
    ][];
    const answers = await Promise.all(
      cases.map(([object, patch]) => oracle.ask({ op: 'strategicMerge', object, patch })),
    );
    const differing = cases.flatMap(([object, patch], index) => {
      const { out, error } = answers[index] ?? {};
      const got = outcome(deepFreeze(object), deepFreeze(patch), schema);
      const want = error === undefined ? { out } : { error };
      return same(got, want) ? [] : [{ object, patch, want, got }];
    });
    expect({
      different: differing.length,
      first: differing
        .slice(0, 2)
        .map((each) => JSON.stringify(each))
        .join('\n'),
    }).toEqual({ different: 0, first: '' });
  });
}

function outcome(
  object: JsonObject,
  patch: JsonObject,
  schema: typeof DEPLOYMENT,
): { out: unknown } | { error: string } {
  try {
    return { out: applyStrategicMergePatch(object, patch, schema) };
  } catch (error) {
    if (error instanceof StrategicMergePatchError) return { error: error.message };
    throw error;
  }
}

/** Go visits the keys of a map in any order, so that of several errors either may come first: errors are compared as such. */
function same(got: { out?: unknown; error?: string }, want: { out?: unknown; error?: string }): boolean {
  if (got.error !== undefined || want.error !== undefined)
    return (got.error === undefined) === (want.error === undefined);
  return canonical(got.out) === canonical(want.out);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
