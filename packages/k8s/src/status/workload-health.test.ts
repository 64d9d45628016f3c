import { expect, test } from 'vitest';
import type { JsonObject } from '../json/value.ts';
import type { ObjectStatus } from './object-status.ts';
import { hasPods, withPods } from './workload-health.ts';

const OWN: ObjectStatus = { status: 'InProgress', reason: 'LessReady', message: 'Ready: 0/1' };

function workload(kind: string, status: JsonObject = {}): JsonObject {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1';
  return { apiVersion, kind, metadata: { name: 'web', uid: 'u1' }, spec: {}, status };
}

interface PodParts {
  readonly metadata?: JsonObject;
  readonly phase?: string;
  readonly conditions?: readonly JsonObject[];
  readonly container?: JsonObject;
  readonly init?: JsonObject;
}

function pod({ metadata, phase = 'Running', conditions = [], container, init }: PodParts): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', uid: 'p1', ownerReferences: [{ uid: 'u1' }], ...metadata },
    status: {
      phase,
      conditions,
      ...(container === undefined ? {} : { containerStatuses: [{ name: 'app', ...container }] }),
      ...(init === undefined ? {} : { initContainerStatuses: [{ name: 'init', ...init }] }),
    },
  };
}

const crashing = {
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
  lastState: { terminated: { exitCode: 3 } },
};
const CRASHED = 'Pod web-0: container app waits (CrashLoopBackOff): it exited with 3';
const lost = { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' }] };

const cases: readonly {
  name: string;
  kind?: string;
  status?: JsonObject;
  pods: readonly JsonObject[];
  want: unknown;
}[] = [
  { name: 'no pods', pods: [], want: OWN },
  {
    name: 'a pod that starts',
    pods: [pod({ container: { state: { waiting: { reason: 'ContainerCreating' } } } })],
    want: OWN,
  },
  {
    name: 'a crash loop of a StatefulSet',
    pods: [pod({ container: crashing })],
    want: { status: 'Failed', reason: 'PodFailing', message: CRASHED },
  },
  {
    name: 'a crash loop of a ReplicaSet',
    kind: 'ReplicaSet',
    pods: [pod({}), pod({ container: crashing })],
    want: { status: 'Failed', reason: 'PodFailing', message: CRASHED },
  },
  {
    name: 'a crash loop of a Deployment, which has its own deadline',
    kind: 'Deployment',
    pods: [pod({ metadata: { ownerReferences: [{ uid: 'of its ReplicaSet' }] }, container: crashing })],
    want: { ...OWN, message: `Ready: 0/1; ${CRASHED}` },
  },
  {
    name: 'a crash loop of a DaemonSet',
    kind: 'DaemonSet',
    pods: [pod({ container: crashing })],
    want: { ...OWN, message: `Ready: 0/1; ${CRASHED}` },
  },
  {
    name: 'a crash loop of an older revision',
    status: { updateRevision: 'web-2' },
    pods: [pod({ metadata: { labels: { 'controller-revision-hash': 'web-1' } }, container: crashing })],
    want: OWN,
  },
  {
    name: 'a crash loop of the revision that is rolled out',
    status: { updateRevision: 'web-2' },
    pods: [pod({ metadata: { labels: { 'controller-revision-hash': 'web-2' } }, container: crashing })],
    want: { status: 'Failed' },
  },
  {
    name: 'a crash loop on its way out',
    pods: [pod({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, container: crashing })],
    want: OWN,
  },
  {
    name: 'a crash loop of somebody else',
    pods: [pod({ metadata: { ownerReferences: [{ uid: 'u2' }] }, container: crashing })],
    want: OWN,
  },
  {
    name: 'a pod that finds no node, however long',
    pods: [pod({ phase: 'Pending', metadata: { creationTimestamp: '2020-01-01T00:00:00Z' }, ...lost })],
    want: { ...OWN, message: 'Ready: 0/1; Pod web-0: no node' },
  },
  {
    name: 'an image that cannot be had',
    kind: 'Deployment',
    pods: [
      pod({
        phase: 'Pending',
        container: { state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
      }),
    ],
    want: { ...OWN, message: 'Ready: 0/1; Pod web-0: container app waits (ImagePullBackOff): no such image' },
  },
  {
    name: 'an init container that fails',
    kind: 'Deployment',
    pods: [pod({ phase: 'Pending', init: { state: { terminated: { exitCode: 1 } } } })],
    want: { ...OWN, message: 'Ready: 0/1; Pod web-0: container init exited with 1' },
  },
  {
    name: 'an image of a Job that cannot be had',
    kind: 'Job',
    pods: [
      pod({
        phase: 'Pending',
        container: { state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } },
      }),
    ],
    want: { ...OWN, message: 'Ready: 0/1; Pod web-0: container app waits (ErrImagePull): no such image' },
  },
  {
    name: 'a sidecar that was ended with its Job',
    kind: 'Job',
    pods: [pod({ phase: 'Succeeded', init: { state: { terminated: { exitCode: 137 } } } })],
    want: OWN,
  },
  {
    name: 'a pod that cannot be read',
    pods: [{ ...pod({}), status: { containerStatuses: 'x' } }],
    want: { status: 'Unknown' },
  },
];
for (const { name, kind = 'StatefulSet', status, pods, want } of cases) {
  test(name, () =>
    expect(withPods(OWN, workload(kind, status), pods, { nowMs: Date.UTC(2030, 0, 1) })).toMatchObject(want as object),
  );
}

test('what is not in progress is as it says itself', () => {
  for (const status of ['Current', 'Failed', 'Terminating'] as const) {
    const own = { status, message: 'said' };
    expect(withPods(own, workload('StatefulSet'), [pod({ container: crashing })])).toBe(own);
  }
});

test('only workloads have pods that are worth a look', () => {
  const kinds = ['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet', 'Job'];
  expect(kinds.filter((kind) => !hasPods(workload(kind)))).toEqual([]);
  expect(hasPods({ apiVersion: 'batch/v1', kind: 'CronJob' })).toBe(false);
  expect(hasPods({ apiVersion: 'example.com/v1', kind: 'Deployment' })).toBe(false);
});
