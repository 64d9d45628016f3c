import { expect, test } from 'vitest';
import { PrometheusMetrics } from './prometheus.ts';

/** Every series that one StageSet can have. */
function tellAll(metrics: PrometheusMetrics, namespace: string, name: string): void {
  for (const stage of ['a', 'b']) {
    metrics.stageApplied(namespace, name, stage);
    metrics.stageReady(namespace, name, stage, true);
    metrics.driftCorrected(namespace, name, stage, 2);
    metrics.inventoryEntrySkipped(namespace, name, stage);
  }
  for (const reason of ['Succeeded', 'StageFailed']) metrics.verdict(namespace, name, reason);
  for (const scope of ['Revision', 'Version', 'Lifetime']) metrics.actionRan(namespace, name, scope);
  metrics.ledgerAnchorFailed(namespace, name);
  metrics.ledgerAdopted(namespace, name);
}

const linesOf = async (metrics: PrometheusMetrics, part: string): Promise<readonly string[]> =>
  (await metrics.render()).split('\n').filter((line) => !line.startsWith('#') && line.includes(part));

test('S-148 every series of a StageSet goes with it, and none of another', async () => {
  const metrics = new PrometheusMetrics();
  tellAll(metrics, 'prod', 'app');
  tellAll(metrics, 'prod', 'app-2');
  tellAll(metrics, 'test', 'app');
  const others = [...(await linesOf(metrics, '"app-2"')), ...(await linesOf(metrics, '"test"'))];
  expect(await linesOf(metrics, '"prod"')).toHaveLength(30);
  metrics.forget('prod', 'app');
  expect([...(await linesOf(metrics, '"app-2"')), ...(await linesOf(metrics, '"test"'))]).toEqual(others);
  expect((await linesOf(metrics, '"prod"')).filter((line) => line.includes('"app"'))).toEqual([]);
});

test('a stage that has left takes its own series along', async () => {
  const metrics = new PrometheusMetrics();
  tellAll(metrics, 'prod', 'app');
  metrics.forgetStage('prod', 'app', 'a');
  expect(await linesOf(metrics, 'stage="a"')).toEqual([]);
  expect(await linesOf(metrics, 'stage="b"')).toHaveLength(4);
});

test('what was given up is told after its StageSet, that is what it is for', async () => {
  const metrics = new PrometheusMetrics();
  metrics.teardownForced('prod', 'app', 'timed_out');
  metrics.forget('prod', 'app');
  const [line = ''] = await linesOf(metrics, 'stageset_teardown_force_drop_total{');
  expect(line).toMatch(/reason="timed_out".* 1$/);
});
