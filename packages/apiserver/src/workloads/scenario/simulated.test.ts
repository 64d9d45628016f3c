import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { fieldsAt, listAt } from '../../builtin/fields.ts';
import { deployment, type Harness, startHarness, template } from '../testing/harness.ts';

const pod = (simulate: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'prod', annotations: { simulate } },
  spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
});

/** Phase, readiness and what its container waits for, with its restarts: `Running ready`, `Pending ErrImagePull`. */
function stateOf(object: KubeObject | undefined): string {
  if (object === undefined) return 'gone';
  const status = fieldsAt(object, 'status');
  const ready = listAt(status, 'conditions').find(({ type }) => type === 'Ready')?.['status'];
  const [container = {}] = listAt(status, 'containerStatuses');
  const { reason } = fieldsAt(container, 'state', 'waiting');
  const { exitCode } = fieldsAt(container, 'state', 'terminated');
  const restarts = Number(container['restartCount']);
  const words = [
    status['phase'],
    ready === 'True' ? 'ready' : reason,
    exitCode,
    restarts > 0 ? `x${restarts}` : undefined,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

const reasonsOf = ({ list }: Harness): readonly string[] =>
  list('Event')
    .filter((event) => fieldsAt(event, 'involvedObject')['kind'] === 'Pod')
    .map((event) => `${String(event['reason'])} ${String(event['count'] ?? '')}`.trim());

/** Seconds and what is seen then. */
const lives: readonly { name: string; simulate: string; want: readonly (readonly [number, string])[] }[] = [
  {
    name: 'runs late',
    simulate: 'run after=2m',
    want: [
      [119, 'Pending ContainerCreating'],
      [120, 'Running ready'],
    ],
  },
  {
    name: 'runs for a while',
    simulate: 'run for=1m',
    want: [
      [1, 'Running ready'],
      [62, 'Succeeded 0'],
    ],
  },
  { name: 'is held', simulate: 'hold', want: [[3600, 'Pending ContainerCreating']] },
  {
    name: 'is held for a while',
    simulate: 'hold for=1m',
    want: [
      [59, 'Pending ContainerCreating'],
      [60, 'Running ready'],
    ],
  },
  {
    name: 'is never ready',
    simulate: 'unready',
    want: [
      [1, 'Running'],
      [3600, 'Running'],
    ],
  },
  {
    name: 'is not ready at first',
    simulate: 'unready for=30s',
    want: [
      [29, 'Running'],
      [31, 'Running ready'],
    ],
  },
  { name: 'fails', simulate: 'fail exit=3', want: [[1, 'Failed 3']] },
  {
    name: 'fails later',
    simulate: 'fail after=30s',
    want: [
      [1, 'Running ready'],
      [31, 'Failed 1'],
    ],
  },
  {
    name: 'crashes twice, with back-off',
    simulate: 'crash times=2',
    want: [
      [1, 'Running CrashLoopBackOff x1'],
      [11, 'Running CrashLoopBackOff x2'],
      [29, 'Running CrashLoopBackOff x2'],
      [31, 'Running ready x2'],
    ],
  },
  {
    name: 'crashes after a while',
    simulate: 'crash times=1 after=30s',
    want: [
      [1, 'Running ready'],
      [31, 'Running CrashLoopBackOff x1'],
      [41, 'Running ready x1'],
      [600, 'Running ready x1'],
    ],
  },
  {
    name: 'fails its liveness probe once',
    simulate: 'unhealthy times=1',
    want: [
      [1, 'Running ready'],
      [31, 'Running CrashLoopBackOff x1'],
      [41, 'Running ready x1'],
    ],
  },
  {
    name: 'has an image that comes at the second try',
    simulate: 'pull-error times=1',
    want: [
      [0, 'Pending ErrImagePull'],
      [2, 'Pending ImagePullBackOff'],
      [12, 'Running ready'],
    ],
  },
  {
    name: 'flaps twice',
    simulate: 'flap every=10s times=2',
    want: [
      [1, 'Running ready'],
      [11, 'Running'],
      [21, 'Running ready'],
      [31, 'Running'],
      [41, 'Running ready'],
      [600, 'Running ready'],
    ],
  },
];

describe('a pod that is told so', () => {
  for (const { name, simulate, want } of lives) {
    test(name, async () => {
      const { clock, create, get } = await startHarness();
      const startMs = clock.now();
      create(pod(simulate));
      const seen: [number, string][] = [];
      for (const [seconds] of want) {
        await clock.advanceTo(startMs + seconds * 1000 + 500);
        seen.push([seconds, stateOf(get('Pod', 'p'))]);
      }
      expect(seen).toEqual(want);
    });
  }

  test('says with events what happens to it', async () => {
    const harness = await startHarness();
    harness.create(pod('pull-error times=1'));
    await harness.clock.advance(20_000);
    expect(reasonsOf(harness)).toEqual([
      'Scheduled',
      'Pulling 2',
      'Failed 1',
      'Failed 1',
      'BackOff 1',
      'Failed 1',
      'Pulled 1',
      'Created 1',
      'Started 1',
    ]);
  });

  test('fails once and runs when it is made again', async () => {
    const { clock, create, get, registry } = await startHarness();
    create(pod('fail times=1'));
    await clock.advance(1000);
    expect(stateOf(get('Pod', 'p'))).toBe('Failed 1');
    registry.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'prod', name: 'p' });
    create(pod('fail times=1'));
    await clock.advance(1000);
    expect(stateOf(get('Pod', 'p'))).toBe('Running ready');
  });

  test('is told by the Deployment that it belongs to', async () => {
    const { clock, create, list } = await startHarness();
    create({ ...deployment('web'), metadata: { name: 'web', namespace: 'prod', annotations: { simulate: 'hold' } } });
    await clock.advance(5000);
    expect(list('Pod').map(stateOf)).toEqual(['Pending ContainerCreating']);
  });

  test('runs when nobody understands what it is told', async () => {
    const { clock, create, get } = await startHarness();
    create(pod('explode'));
    await clock.advance(1000);
    expect(stateOf(get('Pod', 'p'))).toBe('Running ready');
  });
});

describe('a scenario', () => {
  test('tells pods by their owner, their image and their labels; the first rule that fits decides', async () => {
    const { clock, create, list } = await startHarness({
      apiVersion: 'stages.metio.wtf/v1',
      kind: 'Scenario',
      rules: [
        { match: { namespace: 'prod', image: '*:broken' }, simulate: 'pull-error' },
        { match: { kind: 'Deployment', name: 'slow-*' }, simulate: 'run after=1m' },
        { match: { kind: 'Deployment', labels: { tier: 'none' } }, simulate: 'hold' },
      ],
    });
    create(deployment('slow-a'));
    create(deployment('b', { template: template('b', 'nginx:broken') }));
    create(deployment('c'));
    await clock.advance(1000);
    const states = () => Object.fromEntries(list('Pod').map((one) => [one.metadata.labels?.['app'], stateOf(one)]));
    expect(states()).toEqual({
      'slow-a': 'Pending ContainerCreating',
      b: 'Pending ErrImagePull',
      c: 'Running ready',
    });
    await clock.advance(60_000);
    expect(states()['slow-a']).toBe('Running ready');
  });

  test('says how long things take', async () => {
    const { clock, create, get } = await startHarness({
      apiVersion: 'stages.metio.wtf/v1',
      kind: 'Scenario',
      timing: { podReady: '1m', podStop: '10s' },
    });
    create(pod('run'));
    await clock.advance(59_000);
    expect(stateOf(get('Pod', 'p'))).toBe('Pending ContainerCreating');
    await clock.advance(2_000);
    expect(stateOf(get('Pod', 'p'))).toBe('Running ready');
  });
});

describe('a custom object', () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'databases.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Namespaced',
      names: { kind: 'Database', plural: 'databases' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
  const database = (simulate: string) => ({
    apiVersion: 'example.org/v1',
    kind: 'Database',
    metadata: { name: 'main', namespace: 'prod', annotations: { simulate } },
    spec: {},
  });
  const seen = ({ get }: Harness): readonly string[] =>
    listAt(fieldsAt(get('Database', 'main', 'example.org/v1') ?? {}, 'status'), 'conditions').map(
      ({ type, status, reason }) => `${String(type)}=${String(status)} ${String(reason)}`,
    );
  const rows: readonly { simulate: string; want: readonly (readonly [number, readonly string[]])[] }[] = [
    {
      simulate: 'run after=30s',
      want: [
        [29, ['Ready=False Progressing']],
        [31, ['Ready=True Reconciled']],
      ],
    },
    { simulate: 'hold', want: [[3600, ['Ready=False Progressing']]] },
    {
      simulate: 'hold for=1m',
      want: [
        [59, ['Ready=False Progressing']],
        [61, ['Ready=True Reconciled']],
      ],
    },
    {
      simulate: 'fail reason=BadCredentials',
      want: [[3600, ['Ready=False BadCredentials', 'Stalled=True BadCredentials']]],
    },
    {
      simulate: 'fail times=1',
      want: [
        [5, ['Ready=False ReconciliationFailed', 'Stalled=True ReconciliationFailed']],
        [11, ['Ready=True Reconciled', 'Stalled=False Reconciled']],
      ],
    },
  ];
  for (const { simulate, want } of rows) {
    test(`that is told to ${simulate}`, async () => {
      const harness = await startHarness();
      harness.create(definition);
      const startMs = harness.clock.now();
      harness.create(database(simulate));
      const found: [number, readonly string[]][] = [];
      for (const [seconds] of want) {
        await harness.clock.advanceTo(startMs + seconds * 1000);
        found.push([seconds, seen(harness)]);
      }
      expect(found).toEqual(want);
    });
  }
});
