import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { fieldsAt, listAt } from '../builtin/fields.ts';
import { deployment, startHarness, template } from './testing/harness.ts';

function statusOf(object: KubeObject | undefined): Record<string, unknown> {
  return fieldsAt(object ?? {}, 'status');
}

function conditionsOf(object: KubeObject | undefined): Record<string, string> {
  return Object.fromEntries(
    listAt(statusOf(object), 'conditions').map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

describe('a Deployment', () => {
  test('rolls out and says so as a real one does', async () => {
    const { clock, create, get, list } = await startHarness();
    create(deployment('web', { replicas: 2 }));
    await clock.advance(100);
    expect(conditionsOf(get('Deployment', 'web'))).toEqual({
      Available: 'False MinimumReplicasUnavailable',
      Progressing: 'True ReplicaSetUpdated',
    });
    await clock.advance(200);
    expect(statusOf(get('Deployment', 'web'))).toEqual({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      terminatingReplicas: 0,
      conditions: [
        expect.objectContaining({ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }),
        expect.objectContaining({ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }),
      ],
    });
    const [set] = list('ReplicaSet');
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '2',
      'deployment.kubernetes.io/max-replicas': '3',
      'deployment.kubernetes.io/revision': '1',
    });
    expect(list('Pod').map((pod) => statusOf(pod)['phase'])).toEqual(['Running', 'Running']);
    expect(clock.pending).toBe(0);
  });

  test('keeps its pods within surge and unavailability while it updates', async () => {
    const { clock, create, get, list, patch } = await startHarness();
    create(deployment('web', { replicas: 4 }));
    await clock.advance(400);
    patch('Deployment', 'web', { spec: { template: template('web', 'nginx:2') } });
    for (let step = 0; step < 200; step++) {
      await clock.advance(5);
      const ready = list('Pod').filter((pod) => conditionsOf(pod)['Ready']?.startsWith('True')).length;
      expect(ready).toBeGreaterThanOrEqual(3);
      // Those that are on their way out are not counted, as everywhere.
      const present = list('Pod').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      expect(present.length).toBeLessThanOrEqual(5);
    }
    const images = list('Pod').map((pod) => listAt(fieldsAt(pod, 'spec'), 'containers')[0]?.['image']);
    expect(images).toEqual(['nginx:2', 'nginx:2', 'nginx:2', 'nginx:2']);
    expect(statusOf(get('Deployment', 'web'))).toMatchObject({ observedGeneration: 2, updatedReplicas: 4 });
    expect(get('Deployment', 'web')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  test('goes back to the set it had before when its template does', async () => {
    const { clock, create, get, list, patch } = await startHarness();
    create(deployment('web'));
    await clock.advance(400);
    patch('Deployment', 'web', { spec: { template: template('web', 'nginx:2') } });
    await clock.advance(1000);
    patch('Deployment', 'web', { spec: { template: template('web') } });
    await clock.advance(1000);
    expect(list('ReplicaSet')).toHaveLength(2);
    expect(get('Deployment', 'web')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    expect(conditionsOf(get('Deployment', 'web'))['Progressing']).toBe('True NewReplicaSetAvailable');
  });

  test('misses its deadline when its pods are held, and recovers when they are let go', async () => {
    const { clock, create, get, list, patch } = await startHarness();
    create(deployment('web', { progressDeadlineSeconds: 5, template: template('web', 'nginx', { simulate: 'hold' }) }));
    await clock.advance(4000);
    expect(conditionsOf(get('Deployment', 'web'))['Progressing']).toBe('True ReplicaSetUpdated');
    await clock.advance(2500);
    expect(conditionsOf(get('Deployment', 'web'))['Progressing']).toBe('False ProgressDeadlineExceeded');
    expect(clock.pending).toBe(0);
    patch('Pod', list('Pod')[0]?.metadata.name ?? '', { metadata: { annotations: { simulate: null } } });
    await clock.advance(300);
    expect(conditionsOf(get('Deployment', 'web'))).toEqual({
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
  });

  test('that recreates has no old pod left before it makes a new one', async () => {
    const { clock, create, list, patch } = await startHarness();
    create(deployment('web', { replicas: 2, strategy: { type: 'Recreate' } }));
    await clock.advance(400);
    patch('Deployment', 'web', { spec: { template: template('web', 'nginx:2') } });
    for (let step = 0; step < 100; step++) {
      await clock.advance(5);
      const images = list('Pod').map((pod) => listAt(fieldsAt(pod, 'spec'), 'containers')[0]?.['image']);
      expect(new Set(images).size).toBeLessThanOrEqual(1);
    }
    expect(list('Pod')).toHaveLength(2);
  });

  test('takes its sets and pods with it', async () => {
    const { clock, create, list, registry } = await startHarness();
    create(deployment('web'));
    await clock.advance(400);
    registry.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name: 'web' });
    await clock.advance(100);
    expect([...list('ReplicaSet'), ...list('Pod')]).toEqual([]);
  });

  test('leaves its sets to the next of its kind when it is orphaned', async () => {
    const { clock, create, list, registry, get } = await startHarness();
    create(deployment('web'));
    await clock.advance(400);
    const before = list('Pod').map((pod) => pod.metadata.uid);
    registry.delete(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name: 'web' },
      { propagation: 'Orphan' },
    );
    await clock.advance(100);
    expect(get('Deployment', 'web')).toBeUndefined();
    expect(list('Pod').map((pod) => pod.metadata.uid)).toEqual(before);
    create(deployment('web'));
    await clock.advance(400);
    expect(list('Pod').map((pod) => pod.metadata.uid)).toEqual(before);
  });

  test('waits for its dependents in the foreground', async () => {
    const { clock, create, list, registry, get } = await startHarness();
    create(deployment('web'));
    await clock.advance(400);
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name: 'web' };
    expect(registry.delete(ref, { propagation: 'Foreground' })).toBe('terminating');
    expect(get('Deployment', 'web')).toBeDefined();
    await clock.advance(200);
    expect(get('Deployment', 'web')).toBeUndefined();
    expect([...list('ReplicaSet'), ...list('Pod')]).toEqual([]);
  });

  test('names the same things the same way every time', async () => {
    const names = async () => {
      const { clock, create, list } = await startHarness();
      create(deployment('web', { replicas: 3 }));
      await clock.advance(400);
      return list('Pod').map((pod) => pod.metadata.name);
    };
    expect(await names()).toEqual(await names());
  });
});

test('nothing is left running when the simulation stops', async () => {
  const { clock, create, simulation } = await startHarness();
  create(deployment('web', { template: template('web', 'nginx', { simulate: 'crash' }) }));
  await clock.advance(1000);
  expect(clock.pending).toBeGreaterThan(0);
  simulation.stop();
  expect(clock.pending).toBe(0);
});
