import { FakeClock } from '@stageset/testkit';
import { expect, test } from 'vitest';
import { startCluster } from './start-cluster.ts';

/** What a rollout leaves behind, by name and uid. */
async function rollout(seed: number): Promise<readonly string[]> {
  const clock = new FakeClock();
  const cluster = await startCluster({ clock, seed });
  const seen: string[] = [];
  cluster.registry.watch('*', ({ type, object }) => {
    seen.push(`${type} ${object.kind} ${object.metadata.name} ${object.metadata.uid}`);
  });
  cluster.registry.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  });
  await clock.advance(60_000);
  await cluster.stop();
  return seen.filter((line) => /Deployment|ReplicaSet|Pod/.test(line));
}

test('two runs with the same seed give the same events, another seed gives others', async () => {
  const [one, again, other] = [await rollout(7), await rollout(7), await rollout(8)];
  expect(one.filter((line) => line.startsWith('added Pod'))).toHaveLength(3);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

test('without workloads a Service has its address all the same', async () => {
  const cluster = await startCluster({ clock: new FakeClock(), workloads: false });
  const service = cluster.registry.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  });
  await cluster.stop();
  expect(service['spec']).toMatchObject({ clusterIP: expect.stringMatching(/^10\./) });
});
