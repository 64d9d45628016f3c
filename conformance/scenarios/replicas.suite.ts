import { fileURLToPath } from 'node:url';
import type { Transport } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProcess, start } from '../e2e/process.ts';
import { eventually } from '../support/eventually.ts';
import { configMap, Scenario, type StartedController, stage } from './fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
const DURATION_S = 3;

interface Write {
  readonly who: string;
  readonly stageSet: string;
  readonly fromMs: number;
  untilMs: number;
}

/** Notes from when to when each write of a replica is under way, by StageSet; objects are named `<stageset>-…`. */
function noting(who: string, writes: Write[]): (transport: Transport) => Transport {
  return (transport) => async (request) => {
    const stageSet = /\/(?:stagesets|configmaps|stageinventories)\/(app-\d+)/.exec(request.path)?.[1];
    if (request.method === 'GET' || stageSet === undefined) return transport(request);
    const write = { who, stageSet, fromMs: systemClock.now(), untilMs: Number.POSITIVE_INFINITY };
    writes.push(write);
    try {
      return await transport(request);
    } finally {
      write.untilMs = systemClock.now();
    }
  };
}

function overlaps(writes: readonly Write[]): readonly string[] {
  return writes.flatMap((a, index) =>
    writes
      .slice(index + 1)
      .filter((b) => a.stageSet === b.stageSet && a.who !== b.who && b.fromMs < a.untilMs && a.fromMs < b.untilMs)
      .map((b) => `${a.stageSet}: ${a.who} and ${b.who}`),
  );
}

describe('replicas', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.prepare();
  });
  afterAll(async () => {
    // Somebody has to tear down what those who are gone have left.
    await scenario.startController();
    await scenario.stop();
  });

  test('S-141 three share the StageSets, one leaves, and no StageSet is ever written by two', async () => {
    const ns = await scenario.suite.namespace();
    const writes: Write[] = [];
    const names = Array.from({ length: 12 }, (_, index) => `app-${index}`);
    const replicas: StartedController[] = [];
    for (const who of ['a', 'b', 'c']) {
      const options = { instance: who, replicas: { namespace: ns, durationMs: DURATION_S * 1000 } };
      replicas.push(await scenario.startController(options, noting(who, writes)));
    }
    const publish = async (revision: string): Promise<void> => {
      for (const name of names) {
        const files = { 'cm.yaml': configMap(`${name}-settings`, ns, revision) };
        await scenario.publish(ns, name, files, { revision });
      }
    };
    const delivered = (revision: string) => Promise.all(names.map((name) => scenario.delivered(ns, name, revision)));
    await publish('v1');
    for (const name of names) await scenario.stageSet(ns, name, { stages: [stage('stage-a', name)] });
    await delivered('v1');
    // Those who came first may have written all of it; from here on everybody is known to everybody.
    await eventuallyMembers(replicas, 3);
    await publish('v2');
    await delivered('v2');
    expect(new Set(writes.map(({ who }) => who)).size).toBeGreaterThan(1);

    const leaves = replicas[0];
    const [leftAt] = await Promise.all([
      leaves?.stop().then(systemClock.now),
      publish('v3').then(() => delivered('v3')),
    ]);
    expect(writes.filter(({ who, fromMs }) => who === 'a' && fromMs > (leftAt ?? 0))).toEqual([]);
    expect(overlaps(writes)).toEqual([]);
    const { items } = await scenario.cluster.list({ ...LEASE, namespace: ns });
    expect(items.map(({ metadata }) => metadata.name)).toContainEqual(
      expect.stringMatching(/^stageset-controller\.stages\.metio\.wtf-[0-9a-f]{16}$/),
    );
    await Promise.all(replicas.map(({ stop }) => stop()));
  });

  test('a replica looks at StageSets with its labels only, whatever others share', async () => {
    const ns = await scenario.suite.namespace();
    const revision = await scenario.publish(ns, 'ea', { 'cm.yaml': configMap('sharded', ns, 'v1') });
    await scenario.stageSet(ns, 'app');
    const selector = (shard: string) => ({ watchLabelSelector: `sharding.fluxcd.io/key=${shard}` });
    const one = await scenario.startController(selector('one'));
    const two = await scenario.startController(selector('two'));
    const ref = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: ns, name: 'app' };
    await scenario.cluster.patch(ref, {
      type: 'merge',
      patch: { metadata: { labels: { 'sharding.fluxcd.io/key': 'two' } } },
    });
    await scenario.delivered(ns, 'app', revision);
    expect(one.running.wakeUps()).toEqual([]);
    // The status is seen before the pass that has written it sets its timer.
    await expect.poll(() => two.running.wakeUps().map(({ key }) => key), { timeout: 60_000 }).toEqual([`${ns}/app`]);
    await Promise.all([one.stop(), two.stop()]);
  });

  test('S-141 kill -9: the others take the share of a lost process over within its lease', async () => {
    const ns = await scenario.suite.namespace();
    const replica = (): RunningProcess =>
      start(
        process.execPath,
        [
          'packages/cli/bin/stageset.js',
          'controller',
          '--kubeconfig',
          scenario.suite.kubeconfig,
          '--allowed-artifact-hosts',
          '127.0.0.1',
          '--metrics-bind-address=0',
          '--health-probe-bind-address=0',
          '--leader-elect',
          '--leader-election-namespace',
          ns,
          '--leader-election-lease-duration',
          '5s',
        ],
        root,
      );
    const [first, second] = [replica(), replica()];
    await Promise.all([first.printed(/"members":2/), second.printed(/"members":2/)]);
    const names = Array.from({ length: 6 }, (_, index) => `killed-${index}`);
    const revision = await scenario.publish(ns, 'ea', { 'cm.yaml': configMap('c', ns, 'v1') });
    for (const name of names) {
      const namespaced = { 'cm.yaml': configMap(`${name}-settings`, ns, 'v1') };
      await scenario.publish(ns, name, namespaced, { revision });
      await scenario.stageSet(ns, name, { stages: [stage('stage-a', name)] });
    }
    await Promise.all(names.map((name) => scenario.delivered(ns, name, revision)));

    first.child.kill('SIGKILL');
    for (const name of names) {
      const files = { 'cm.yaml': configMap(`${name}-settings`, ns, 'v2') };
      await scenario.publish(ns, name, files, { revision: 'v2' });
    }
    await Promise.all(names.map((name) => scenario.delivered(ns, name, 'v2')));
    // Where the lost one had no share, nothing else has waited for its end.
    await eventually(scenario.cluster, { ...LEASE, namespace: ns }, 'one lease is left', ({ length }) => length === 1);
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    const { items } = await scenario.cluster.list({ ...LEASE, namespace: ns });
    // What is left says that its holder has let go.
    expect(items.map(({ spec }) => (spec as { holderIdentity?: string }).holderIdentity)).toEqual([undefined]);
  });
});

async function eventuallyMembers(replicas: readonly StartedController[], members: number): Promise<void> {
  const counted = async (): Promise<boolean> => {
    const all = await Promise.all(replicas.map(({ running }) => running.metrics()));
    return all.every((text) => text.includes(`stageset_replicas ${members}`));
  };
  while (!(await counted())) await new Promise<void>((resolve) => void systemClock.schedule(50, resolve));
}
