import { readFileSync } from 'node:fs';
import type { KubeObject } from '@stageset/k8s';
import { FakeClock } from '@stageset/testkit';
import { expect, test } from 'vitest';
import { fieldsAt, listAt } from '../../builtin/fields.ts';
import { startCluster } from '../../cluster/start-cluster.ts';
import { WORDS } from './behaviour.ts';
import { parseScenario } from './scenario.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const [, example = ''] = /```yaml\n([^`]*kind: Scenario[^`]*)```/.exec(readme) ?? [];

test('the scenario of the README does what it says', async () => {
  const clock = new FakeClock();
  const { registry, stop } = await startCluster({ clock, scenario: parseScenario(example) });
  registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await clock.advance(100);
  const template = (app: string, image: string, restartPolicy: string) => ({
    metadata: { labels: { app } },
    spec: { restartPolicy, containers: [{ name: 'c', image }] },
  });
  const deploy = (name: string, image: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: { app: name } }, template: template(name, image, 'Always') },
  });
  registry.create(deploy('web', 'web:1'));
  registry.create(deploy('other', 'other:2.0.0-broken'));
  registry.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', namespace: 'shop', labels: { app: 'migrate' } },
    spec: { template: template('migrate', 'migrate:1', 'Never') },
  });
  const status = (apiVersion: string, kind: string, name: string) =>
    fieldsAt(registry.get({ apiVersion, kind, namespace: 'shop', name }) ?? {}, 'status');
  await clock.advance(60_000);
  expect(status('apps/v1', 'Deployment', 'web')).toMatchObject({ readyReplicas: 1 });
  expect(status('batch/v1', 'Job', 'migrate')).toMatchObject({ failed: 1, succeeded: 1 });
  const states = registry
    .list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' })
    .items.map((pod) => [pod.metadata.labels?.['app'], listAt(fieldsAt(pod, 'status'), 'containerStatuses')[0]]);
  expect(states).toContainEqual(['web', expect.objectContaining({ restartCount: 2, ready: true })]);
  expect(states).toContainEqual([
    'other',
    expect.objectContaining({ state: { waiting: expect.objectContaining({ reason: 'ImagePullBackOff' }) } }),
  ]);
  await stop();
});

test('the README has a line for every word', () => {
  for (const word of WORDS) expect(readme).toContain(`| \`${word}\` |`);
});
