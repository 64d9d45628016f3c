import type { Dependency, StageSet } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { aStageSet } from '../testing/facts.ts';
import { type Dependencies, dependenciesOf, readDependencies, readinessOf } from './dependencies.ts';

const READY = [{ type: 'Ready', status: 'True', reason: 'Succeeded' }];

interface Parts {
  readonly name?: string;
  readonly namespace?: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly status?: Record<string, unknown>;
  readonly dependsOn?: readonly Dependency[];
}

/** A StageSet that is ready at generation 1, unless told otherwise. */
function other({ name = 'db', namespace = 'prod', generation = 1, status, dependsOn, ...metadata }: Parts): KubeObject {
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: { name, namespace, generation, ...metadata },
    spec: { stages: [], ...(dependsOn === undefined ? {} : { dependsOn }) },
    status: { conditions: READY, observedGeneration: 1, ...status },
  };
}

function read(
  dependsOn: readonly Dependency[],
  others: readonly KubeObject[] = [],
  crossNamespace = true,
): Dependencies {
  const stageSet: StageSet = aStageSet({ spec: { dependsOn } });
  const byKey = new Map([stageSet, ...others].map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
  return readDependencies(stageSet, {
    find: ({ namespace, name }) => byKey.get(`${namespace}/${name}`),
    crossNamespace,
  });
}

const FOREIGN =
  'waiting for StageSet "db" in namespace "infra", which is not reachable or not ready; check its status there';

const cases: readonly {
  name: string;
  dependsOn?: readonly Dependency[];
  others?: readonly KubeObject[];
  crossNamespace?: boolean;
  want: string | undefined;
}[] = [
  { name: 'nothing to wait for', dependsOn: [], want: undefined },
  { name: 'ready', others: [other({})], want: undefined },
  { name: 'missing', want: 'waiting for StageSet prod/db, which does not exist' },
  {
    name: 'not ready',
    others: [other({ status: { conditions: [{ type: 'Ready', status: 'False', reason: 'StageFailed' }] } })],
    want: 'waiting for StageSet prod/db, which is not ready (StageFailed)',
  },
  {
    name: 'not looked at yet',
    others: [other({ status: { conditions: [] } })],
    want: 'waiting for StageSet prod/db, which has no verdict yet',
  },
  {
    name: 'ready at an older generation',
    others: [other({ generation: 2 })],
    want: 'waiting for StageSet prod/db, whose generation 2 is not delivered yet',
  },
  {
    name: 'on its way out',
    others: [other({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    want: 'waiting for StageSet prod/db, which is being deleted',
  },
  {
    name: 'S-113 ready, with a newer revision held by a window',
    others: [other({ status: { pendingUpdate: { revisions: { 'prod/db': 'v2' } } } })],
    want: 'waiting for StageSet prod/db, which holds a newer revision back until its update window opens',
  },
  { name: 'ready, with a hold over nothing', others: [other({ status: { pendingUpdate: {} } })], want: undefined },
  {
    name: 'S-111 too old',
    dependsOn: [{ name: 'db', minVersion: '1.5.0' }],
    others: [other({ status: { version: '1.4.0' } })],
    want: 'waiting for StageSet prod/db, whose version has to be 1.5.0 or later and is 1.4.0',
  },
  {
    name: 'S-111 without a version',
    dependsOn: [{ name: 'db', minVersion: '1.5.0' }],
    others: [other({})],
    want: 'waiting for StageSet prod/db, whose version has to be 1.5.0 or later and is (none)',
  },
  {
    name: 'with something else for a version',
    dependsOn: [{ name: 'db', minVersion: '1.5.0' }],
    others: [other({ status: { version: 'latest' } })],
    want: 'waiting for StageSet prod/db, whose version has to be 1.5.0 or later and is latest',
  },
  {
    name: 'S-111 new enough',
    dependsOn: [{ name: 'db', minVersion: '1.5' }],
    others: [other({ status: { version: 'v1.5.0' } })],
    want: undefined,
  },
  {
    name: 'a pre-release comes before its release',
    dependsOn: [{ name: 'db', minVersion: '1.5.0' }],
    others: [other({ status: { version: '1.5.0-rc.1' } })],
    want: 'waiting for StageSet prod/db, whose version has to be 1.5.0 or later and is 1.5.0-rc.1',
  },
  {
    name: 'the first of several, and how many more',
    dependsOn: [{ name: 'a' }, { name: 'db' }, { name: 'c' }],
    others: [other({})],
    want: 'waiting for StageSet prod/a, which does not exist (and 1 more)',
  },
  {
    name: 'S-127 missing elsewhere',
    dependsOn: [{ name: 'db', namespace: 'infra' }],
    want: FOREIGN,
  },
  {
    name: 'S-127 not ready elsewhere',
    dependsOn: [{ name: 'db', namespace: 'infra' }],
    others: [other({ namespace: 'infra', generation: 2 })],
    want: FOREIGN,
  },
  {
    name: 'S-127 too old elsewhere',
    dependsOn: [{ name: 'db', namespace: 'infra', minVersion: '2.0.0' }],
    others: [other({ namespace: 'infra', status: { version: '1.0.0' } })],
    want: FOREIGN,
  },
  {
    name: 'ready elsewhere',
    dependsOn: [{ name: 'db', namespace: 'infra' }],
    others: [other({ namespace: 'infra' })],
    want: undefined,
  },
  {
    name: 'elsewhere, where that is switched off',
    dependsOn: [{ name: 'db', namespace: 'infra' }],
    others: [other({ namespace: 'infra' })],
    crossNamespace: false,
    want: 'cross-namespace references are switched off, and StageSet "db" is in namespace "infra"',
  },
];
const DB: readonly Dependency[] = [{ name: 'db' }];

describe('what a StageSet depends on', () => {
  for (const { name, dependsOn = DB, others, crossNamespace, want } of cases) {
    test(name, () => {
      const { unmet } = read(dependsOn, others, crossNamespace);
      expect(unmet?.message).toBe(want);
      expect(unmet?.reason).toBe(want === undefined ? undefined : 'DependencyNotReady');
    });
  }
});

describe('S-112 circles', () => {
  const circles: readonly { name: string; others: readonly KubeObject[]; want: string | undefined }[] = [
    {
      name: 'of two',
      others: [other({ dependsOn: [{ name: 'app' }] })],
      want: 'prod/app → prod/db → prod/app',
    },
    {
      name: 'of three, across namespaces',
      others: [
        other({ dependsOn: [{ name: 'dns', namespace: 'infra' }] }),
        other({ name: 'dns', namespace: 'infra', dependsOn: [{ name: 'app', namespace: 'prod' }] }),
      ],
      want: 'prod/app → prod/db → infra/dns → prod/app',
    },
    {
      name: 'the shortest of several',
      others: [
        other({ dependsOn: [{ name: 'x' }, { name: 'app' }] }),
        other({ name: 'x', dependsOn: [{ name: 'app' }] }),
      ],
      want: 'prod/app → prod/db → prod/app',
    },
    {
      name: 'of others, which it is no part of',
      others: [other({ dependsOn: [{ name: 'x' }] }), other({ name: 'x', dependsOn: [{ name: 'db' }] })],
      want: undefined,
    },
    {
      name: 'a name that is the same elsewhere',
      others: [other({ dependsOn: [{ name: 'app', namespace: 'infra' }] })],
      want: undefined,
    },
  ];
  for (const { name, others, want } of circles) {
    test(name, () => {
      const { unmet } = read(DB, others);
      if (want === undefined) expect(unmet?.reason).not.toBe('Stalled');
      else {
        expect(unmet).toEqual({
          reason: 'Stalled',
          message: `spec.dependsOn goes in a circle: ${want}; take one of these dependencies out`,
          retry: 'slowly',
        });
      }
    });
  }

  test('what was followed is told, so that a change of it is seen', () => {
    const { direct, followed } = read(DB, [other({ dependsOn: [{ name: 'x' }] })]);
    expect(direct).toEqual([{ namespace: 'prod', name: 'db' }]);
    expect(followed).toEqual([
      { namespace: 'prod', name: 'db' },
      { namespace: 'prod', name: 'x' },
    ]);
  });
});

test('what others depend on is read from any object, and only that', () => {
  const odd = {
    ...other({}),
    spec: { dependsOn: [{ name: 'a', namespace: '' }, { name: 1 }, 'x', { namespace: 'y' }] },
  };
  expect(dependenciesOf(odd)).toEqual([{ namespace: 'prod', name: 'a' }]);
  expect(dependenciesOf({ ...odd, spec: null })).toEqual([]);
  expect(dependenciesOf(undefined)).toEqual([]);
});

test('readiness is the same until something changes that others rest on', () => {
  const before = other({});
  expect(readinessOf({ ...before, metadata: { ...before.metadata, resourceVersion: '7', labels: { a: 'b' } } })).toBe(
    readinessOf(before),
  );
  for (const changed of [
    other({ generation: 2 }),
    other({ status: { version: '1.0.0' } }),
    other({ status: { pendingUpdate: { revisions: { a: 'b' } } } }),
    other({ status: { observedGeneration: 0 } }),
    other({ deletionTimestamp: '2026-01-01T00:00:00Z' }),
    other({ status: { conditions: [] } }),
  ]) {
    expect(readinessOf(changed)).not.toBe(readinessOf(before));
  }
});
