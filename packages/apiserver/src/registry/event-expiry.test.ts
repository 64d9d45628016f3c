import { FakeClock } from '@stageset/testkit';
import { expect, test } from 'vitest';
import { createLocalApi } from '../cluster/local-api.ts';

const HOUR_MS = 3_600_000;
const event = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default' },
  involvedObject: { kind: 'Namespace', name: 'default', namespace: 'default' },
  reason: 'Seen',
  message: 'seen',
  type: 'Normal',
});
const ref = (name: string) => ({ apiVersion: 'v1', kind: 'Event', namespace: 'default', name });

test('an event goes an hour after it was last written', async () => {
  const clock = new FakeClock();
  const { registry, close } = createLocalApi({ clock });
  const names = () => registry.list({ apiVersion: 'v1', kind: 'Event' }).items.map(({ metadata }) => metadata.name);
  registry.create(event('a'));
  await clock.advance(60_000);
  registry.create(event('b'));
  await clock.advance(60_000);
  registry.patch(ref('a'), { type: 'merge', patch: { count: 2 } });
  await clock.advance(HOUR_MS - 60_001);
  expect(names()).toEqual(['a', 'b']);
  await clock.advance(1);
  expect(names()).toEqual(['a']);
  await clock.advance(60_000);
  expect(names()).toEqual([]);
  expect(clock.pending).toBe(0);
  close();
});
