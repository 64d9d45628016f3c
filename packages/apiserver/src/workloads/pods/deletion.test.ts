import { describe, expect, test } from 'vitest';
import { fieldsAt, listAt } from '../../builtin/fields.ts';
import { deployment, startHarness } from '../testing/harness.ts';

const pod = (more: object = {}, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'prod', ...more },
  spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
});
const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'prod', name: 'p' };
const slow = { annotations: { simulate: 'run stop=20s' } };

describe('a pod that is deleted', () => {
  test('has its grace period, says that it stops, and goes when it has stopped', async () => {
    const { clock, create, get, list, registry } = await startHarness();
    create(pod(slow));
    await clock.advance(1000);
    const deletedMs = clock.now();
    expect(registry.delete(ref)).toBe('terminating');
    const metadata = get('Pod', 'p')?.metadata;
    expect(metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    expect(Date.parse(metadata?.deletionTimestamp ?? '')).toBe(Math.floor((deletedMs + 30_000) / 1000) * 1000);
    await clock.advance(19_000);
    expect(get('Pod', 'p')).toBeDefined();
    expect(list('Event').map(({ reason, message }) => `${reason} ${message}`)).toContain(
      'Killing Stopping container c',
    );
    await clock.advance(1100);
    expect(get('Pod', 'p')).toBeUndefined();
  });

  test('goes when its grace is over, whatever it does', async () => {
    const { clock, create, get, registry } = await startHarness();
    create(pod(slow, { terminationGracePeriodSeconds: 5 }));
    await clock.advance(1000);
    registry.delete(ref);
    await clock.advance(5000);
    expect(get('Pod', 'p')).toBeUndefined();
  });

  test('may be given less time, not more', async () => {
    const { clock, create, get, registry } = await startHarness();
    create(pod(slow));
    await clock.advance(1000);
    registry.delete(ref, { gracePeriodSeconds: 10 });
    const ends = get('Pod', 'p')?.metadata.deletionTimestamp;
    registry.delete(ref, { gracePeriodSeconds: 60 });
    registry.delete(ref);
    expect(get('Pod', 'p')?.metadata).toMatchObject({ deletionGracePeriodSeconds: 10, deletionTimestamp: ends });
    registry.delete(ref, { gracePeriodSeconds: 3 });
    expect(Date.parse(ends ?? '') - Date.parse(get('Pod', 'p')?.metadata.deletionTimestamp ?? '')).toBe(7000);
    expect(registry.delete(ref, { gracePeriodSeconds: 0 })).toBe('gone');
  });

  const atOnce: readonly [string, object, object][] = [
    ['is forced', {}, {}],
    ['runs nowhere', {}, { nodeSelector: { none: 'such' } }],
    ['has ended', { annotations: { simulate: 'fail' } }, {}],
  ];
  for (const [name, metadata, spec] of atOnce) {
    test(`goes at once when it ${name}`, async () => {
      const { clock, create, registry } = await startHarness();
      create(pod(metadata, spec));
      await clock.advance(1000);
      expect(registry.delete(ref, name === 'is forced' ? { gracePeriodSeconds: 0 } : {})).toBe('gone');
    });
  }

  test('stops and stays as long as a finalizer holds it', async () => {
    const { clock, create, get, patch, registry } = await startHarness();
    create(pod({ finalizers: ['example.org/hold'] }));
    await clock.advance(1000);
    registry.delete(ref);
    await clock.advance(1000);
    expect(get('Pod', 'p')?.metadata.deletionGracePeriodSeconds).toBe(0);
    expect(fieldsAt(get('Pod', 'p') ?? {}, 'status')['phase']).toBe('Succeeded');
    patch('Pod', 'p', { metadata: { finalizers: [] } });
    expect(get('Pod', 'p')).toBeUndefined();
    await clock.advance(100);
    expect(clock.pending).toBe(0);
  });

  test('is no endpoint any more while it stops', async () => {
    const { clock, create, list, registry } = await startHarness();
    create(deployment('web', { replicas: 2 }));
    create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'prod' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await clock.advance(1000);
    const [first] = list('Pod');
    registry.delete({ ...ref, name: first?.metadata.name ?? '' });
    await clock.advance(10);
    const endpoints = listAt(
      list('EndpointSlice').find(({ metadata }) => metadata.name.startsWith('web')) ?? {},
      'endpoints',
    );
    expect(endpoints.map((one) => fieldsAt(one, 'conditions'))).toContainEqual({
      ready: false,
      serving: true,
      terminating: true,
    });
  });
});
