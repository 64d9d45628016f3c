import { expect, test } from 'vitest';
import type { JsonObject } from '../json/value.ts';
import golden from './golden/kstatus.json' with { type: 'json' };
import { computeHealth } from './health.ts';
import { SCHEDULE_WINDOW_MS } from './object-status.ts';
import { computeStatus } from './status.ts';

const NOW = Date.UTC(2100, 0, 1);

for (const { name, object, want } of golden) {
  test(`kstatus: ${name} is ${want.status}`, () => {
    const { status, message } = computeStatus(object as JsonObject, { nowMs: NOW });
    // The library has an error where we answer Unknown; its text is its own.
    expect(want.status === 'Unknown' ? { status } : { status, message }).toEqual(want);
  });
}

const pod = (status: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  status,
});
const job = (spec: JsonObject, status: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata,
  spec,
  status,
});

const health: readonly { name: string; given: JsonObject; want: unknown }[] = [
  {
    name: 'a Job that runs is in progress',
    given: job({}, { startTime: '2024-01-01T00:00:00Z', active: 1 }),
    want: {
      status: 'InProgress',
      reason: 'JobInProgress',
      message: 'Job in progress. success:0, active: 1, failed: 0',
    },
  },
  {
    name: 'a Job that was not started is in progress',
    given: job({ parallelism: 2 }, {}),
    want: { status: 'InProgress', reason: 'JobNotStarted', message: 'Job not started. active: 0/2' },
  },
  {
    name: 'a suspended Job is current',
    given: job({ suspend: true }, {}),
    want: { status: 'Current', message: 'Job is suspended' },
  },
  {
    name: 'a Job that is being deleted is terminating',
    given: job({ suspend: true }, {}, { deletionTimestamp: '2024-01-01T00:00:00Z' }),
    want: { status: 'Terminating', message: 'Resource scheduled for deletion' },
  },
  {
    name: 'a failed Pod has failed, and says by what',
    given: pod({ phase: 'Failed', containerStatuses: [{ name: 'app', state: { terminated: { exitCode: 3 } } }] }),
    want: { status: 'Failed', reason: 'PodFailed', message: 'Pod has failed: app exited with 3' },
  },
  {
    name: 'an evicted Pod has failed with its own message',
    given: pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' }),
    want: { status: 'Failed', reason: 'PodFailed', message: 'Pod has failed: The node was low on memory.' },
  },
  {
    name: 'everything else is as kstatus has it',
    given: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
    want: { status: 'Current', message: 'Resource is always ready' },
  },
];
for (const { name, given, want } of health) test(`health: ${name}`, () => expect(computeHealth(given)).toEqual(want));

test('a Pod may stay unschedulable for a while, and for ever to those who do not know the time', () => {
  const created = Date.UTC(2024, 0, 1);
  const given = pod(
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
    { creationTimestamp: new Date(created).toISOString() },
  );
  expect(computeStatus(given, { nowMs: created + SCHEDULE_WINDOW_MS - 1 }).status).toBe('InProgress');
  expect(computeStatus(given, { nowMs: created + SCHEDULE_WINDOW_MS }).status).toBe('Failed');
  expect(computeStatus(given).status).toBe('InProgress');
});
