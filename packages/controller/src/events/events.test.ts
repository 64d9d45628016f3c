import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { beforeEach, expect, test } from 'vitest';
import { EventRecorder } from './events.ts';

const about = {
  kind: 'StageSet',
  metadata: { name: 'app', namespace: 'prod', uid: 'u1', resourceVersion: '7', managedFields: [] },
};
let created: KubeObject[];
let warnings: string[];
let answer: (object: KubeObject) => Promise<KubeObject>;
let recorder: EventRecorder;

beforeEach(() => {
  created = [];
  warnings = [];
  answer = async (object) => object;
  const cluster = {
    create: (object: KubeObject) => {
      created.push(object);
      return answer(object);
    },
  } as unknown as Cluster;
  const quiet = (): void => undefined;
  const logger = { debug: quiet, info: quiet, error: quiet, warn: (message: string) => void warnings.push(message) };
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  recorder = new EventRecorder({ cluster, clock, random: () => 0.5, logger, instance: 'pod-1' });
});

test('an event says what it is about, and who reports it', async () => {
  recorder.record(about, { type: 'Warning', reason: 'DriftCorrected', note: 'put back' });
  await recorder.settled();
  expect(created).toMatchObject([
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'prod' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      type: 'Warning',
      reason: 'DriftCorrected',
      action: 'DriftCorrected',
      note: 'put back',
      reportingController: 'stageset-controller',
      reportingInstance: 'pod-1',
      regarding: { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: 'prod', name: 'app', uid: 'u1' },
    },
  ]);
});

test('names differ within one instant, and notes and names are no longer than the server takes', async () => {
  const long = { ...about, metadata: { ...about.metadata, name: 'x'.repeat(253) } };
  for (const note of ['one', 'n'.repeat(2000)]) recorder.record(long, { type: 'Normal', reason: 'Succeeded', note });
  await recorder.settled();
  const names = created.map(({ metadata }) => metadata.name);
  expect(new Set(names).size).toBe(2);
  expect(Math.max(...names.map(({ length }) => length))).toBe(253);
  expect(created[1]?.['note']).toBe(`${'n'.repeat(1021)}...`);
});

test('one that cannot be written is logged, and hurts nobody', async () => {
  answer = () => Promise.reject(new Error('no'));
  recorder.record(about, { type: 'Normal', reason: 'Succeeded', note: '' });
  await recorder.settled();
  expect(warnings).toEqual(['event not written']);
});

test('more than can be on their way are dropped, and that is logged', () => {
  answer = () => new Promise(() => undefined);
  for (let n = 0; n < 1_005; n += 1) recorder.record(about, { type: 'Normal', reason: 'Succeeded', note: `${n}` });
  expect(created).toHaveLength(1_000);
  expect(warnings).toHaveLength(5);
});
