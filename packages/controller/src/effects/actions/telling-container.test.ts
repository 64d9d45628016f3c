import type { JsonObject, KubeObject } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { tellingContainer } from './telling-container.ts';

const ended = (exitCode: number, second = 0, reason = exitCode === 0 ? 'Completed' : 'Error') => ({
  terminated: { exitCode, reason, finishedAt: `2026-01-01T00:00:0${second}Z` },
});
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const waits = { waiting: { reason: 'CrashLoopBackOff' } };

interface Parts {
  readonly name: string;
  readonly state?: JsonObject;
  readonly lastState?: JsonObject;
}

/** A pod with these containers; `proxy` is a sidecar. */
function pod(containers: readonly Parts[], init: readonly Parts[] = []): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { initContainers: [{ name: 'prepare' }, { name: 'proxy', restartPolicy: 'Always' }] },
    status: { containerStatuses: containers, initContainerStatuses: init },
  };
}

const cases: readonly { name: string; given: KubeObject; want: unknown }[] = [
  { name: 'nothing has run', given: pod([{ name: 'app', state: { waiting: {} } }]), want: undefined },
  { name: 'no status', given: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }, want: undefined },
  { name: 'all is well', given: pod([{ name: 'app', state: ended(0) }]), want: undefined },
  {
    name: 'the only one failed',
    given: pod([{ name: 'app', state: ended(3) }]),
    want: { name: 'app', state: 'exited with 3', isFailed: true, isPrevious: false },
  },
  {
    name: 'not the first of its list failed',
    given: pod([
      { name: 'app', state: ended(0) },
      { name: 'other', state: ended(2) },
    ]),
    want: { name: 'other', state: 'exited with 2' },
  },
  {
    name: 'the first to fail took the other along',
    given: pod([
      { name: 'app', state: ended(137, 5) },
      { name: 'other', state: ended(2, 1) },
    ]),
    want: { name: 'other' },
  },
  {
    name: 'an init container failed, so that no other ran',
    given: pod(
      [{ name: 'app', state: { waiting: { reason: 'PodInitializing' } } }],
      [{ name: 'prepare', state: ended(9) }],
    ),
    want: { name: 'prepare', state: 'exited with 9' },
  },
  {
    name: 'a sidecar that failed earlier does not decide',
    given: pod([{ name: 'app', state: ended(1, 5) }], [{ name: 'proxy', state: running, lastState: ended(2, 1) }]),
    want: { name: 'app' },
  },
  {
    name: 'a sidecar that fails alone is the reason',
    given: pod(
      [{ name: 'app', state: { waiting: { reason: 'PodInitializing' } } }],
      [{ name: 'proxy', state: waits, lastState: ended(2) }],
    ),
    want: { name: 'proxy', state: 'exited with 2', isPrevious: false },
  },
  {
    name: 'out of memory',
    given: pod([{ name: 'app', state: ended(137, 0, 'OOMKilled') }]),
    want: { name: 'app', state: 'exited with 137 (OOMKilled)' },
  },
  {
    name: 'one that runs again after it failed',
    given: pod([{ name: 'app', state: running, lastState: ended(1) }]),
    want: { name: 'app', isFailed: true, isPrevious: true },
  },
  {
    name: 'one that runs, beside a sidecar that was there before',
    given: pod([{ name: 'app', state: running }], [{ name: 'proxy', state: running }]),
    want: { name: 'app', state: 'was running', isFailed: false },
  },
  {
    name: 'an init container that does not end',
    given: pod(
      [{ name: 'app', state: { waiting: {} } }],
      [
        { name: 'proxy', state: running },
        { name: 'prepare', state: running },
      ],
    ),
    want: { name: 'prepare', state: 'was running' },
  },
];
for (const { name, given, want } of cases) {
  test(name, () => {
    const told = tellingContainer(given);
    if (want === undefined) expect(told).toBeUndefined();
    else expect(told).toMatchObject(want as object);
  });
}
