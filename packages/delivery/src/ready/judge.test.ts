import type { ReadyChecks } from '@stageset/api';
import { Budget } from '@stageset/cel';
import type { KubeObject } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { judge } from './judge.ts';

type Expression = NonNullable<ReadyChecks['exprs']>[number];

const about = { apiVersion: 'example.com/v1', kind: 'Database' } as const;

function database(status: Record<string, unknown>, generation = 1): KubeObject {
  return { ...about, metadata: { name: 'main', namespace: 'prod', generation }, spec: {}, status };
}

const cases: readonly {
  name: string;
  exprs: readonly Omit<Expression, 'apiVersion' | 'kind'>[];
  object?: KubeObject;
  want: unknown;
}[] = [
  { name: 'ready', exprs: [{ current: 'status.phase == "Up"' }], want: { status: 'Current', message: '' } },
  {
    name: 'not ready',
    exprs: [{ current: '  status.phase ==\n  "Down"' }],
    want: { status: 'Unready', message: 'readyChecks.exprs[0].current does not hold: status.phase == "Down"' },
  },
  {
    name: 'not ready, and on its way',
    exprs: [{ current: 'status.phase == "Done"', inProgress: 'status.phase == "Up"' }],
    want: { status: 'InProgress', message: 'readyChecks.exprs[0].inProgress holds: status.phase == "Up"' },
  },
  {
    name: 'ready, whatever is in progress',
    exprs: [{ current: 'true', inProgress: 'true' }],
    want: { status: 'Current', message: '' },
  },
  {
    name: 'failed, although it is ready',
    exprs: [{ current: 'true', failed: 'status.phase == "Up"' }],
    want: {
      status: 'Failed',
      message: 'readyCheck failed for Database prod/main: readyChecks.exprs[0].failed holds: status.phase == "Up"',
    },
  },
  { name: 'not failed is ready where nothing says more', exprs: [{ failed: 'false' }], want: { status: 'Current' } },
  { name: 'asked for nothing', exprs: [{}], want: { status: 'Current', message: '' } },
  { name: 'an error of failed has not failed', exprs: [{ failed: 'status.nope' }], want: { status: 'Current' } },
  {
    name: 'a field that is not there yet is why it waits',
    exprs: [{ current: 'status.endpoint != ""' }],
    want: {
      status: 'Unready',
      message: 'readyChecks.exprs[0].current cannot be answered: status.endpoint != "" (no such key: endpoint)',
    },
  },
  {
    name: 'the worst of several expressions counts',
    exprs: [{ current: 'true' }, { current: 'false' }, { current: 'false', inProgress: 'true' }],
    want: { status: 'Unready', message: 'readyChecks.exprs[1].current does not hold: false' },
  },
  {
    name: 'what was said of an older generation counts for nothing',
    exprs: [{ current: 'true', failed: 'true' }],
    object: database({ phase: 'Up', observedGeneration: 1 }, 2),
    want: { status: 'InProgress', message: 'its controller has not observed generation 2 yet, only 1' },
  },
  {
    name: 'another version of the group is the same kind',
    exprs: [{ current: 'false' }],
    object: { ...database({}), apiVersion: 'example.com/v2' },
    want: { status: 'Unready' },
  },
];
for (const { name, exprs, object = database({ phase: 'Up' }), want } of cases) {
  test(name, () => {
    const judgement = judge(
      exprs.map((expr) => ({ ...about, ...expr })),
      object,
    );
    expect(judgement).toMatchObject(want as object);
  });
}

test('another kind, and the same kind of another group, are not asked about', () => {
  const exprs = [{ ...about, current: 'false' }];
  expect(judge(exprs, { ...database({}), kind: 'Table' })).toBeUndefined();
  expect(judge(exprs, { ...database({}), apiVersion: 'example.org/v1' })).toBeUndefined();
  expect(judge([{ ...about, apiVersion: 'v1', kind: 'Pod', current: 'false' }], database({}))).toBeUndefined();
});

test('all expressions together cost no more than they may', () => {
  const status = { list: Array.from({ length: 50 }, (_, i) => i) };
  const dear = { ...about, current: 'status.list.all(a, status.list.all(b, a + b >= 0))' };
  const budget = new Budget(20_000);
  expect(judge([dear], database(status), budget)).toMatchObject({ status: 'Current' });
  expect(judge([dear], database(status), budget)).toMatchObject({
    status: 'Unready',
    message: expect.stringContaining('actual cost limit exceeded'),
  });
});
