import { expect, test } from 'vitest';
import { CONFIG_MAPS, configMap, PATCH_TYPES, readEvents, testApi } from '../testing/api.ts';
import { EventStream } from './event-stream.ts';

const merge = { 'content-type': PATCH_TYPES.merge };
const summary = (events: Awaited<ReturnType<typeof readEvents>>) =>
  events.map(({ type, object }) =>
    `${type} ${(object['metadata'] as { name?: string } | undefined)?.name ?? ''}`.trim(),
  );

test('a watch begins with what is there and goes on with what changes', async () => {
  const api = testApi();
  await api.call('POST', CONFIG_MAPS, configMap('a'));
  const events = readEvents(api.transport, `${CONFIG_MAPS}?watch=1`, 4);
  await api.call('POST', CONFIG_MAPS, configMap('b'));
  await api.call('PATCH', `${CONFIG_MAPS}/a`, { data: { k: 'v' } }, merge);
  await api.call('DELETE', `${CONFIG_MAPS}/b`);
  expect(summary(await events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
});

test('a watch resumes from a version, and one that is forgotten is answered 410', async () => {
  const api = testApi();
  const { body } = await api.call('POST', CONFIG_MAPS, configMap('a'));
  const { resourceVersion } = body['metadata'] as { resourceVersion: string };
  await api.call('POST', CONFIG_MAPS, configMap('b'));
  const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${resourceVersion}`;
  expect(summary(await readEvents(api.transport, path, 1))).toEqual(['ADDED b']);
  api.registry.storage.compact();
  const [event] = await readEvents(api.transport, path, 1);
  expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
});

test('what comes into and goes out of a selection is told as coming and going', async () => {
  const api = testApi();
  const events = readEvents(api.transport, `${CONFIG_MAPS}?watch=1&labelSelector=on%3Dyes`, 3);
  await api.call('POST', CONFIG_MAPS, configMap('a'));
  for (const on of ['yes', 'no']) await api.call('PATCH', `${CONFIG_MAPS}/a`, { metadata: { labels: { on } } }, merge);
  await api.call('POST', CONFIG_MAPS, configMap('b', { metadata: { labels: { on: 'yes' } } }));
  expect(summary(await events)).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
});

test('initial events end with a bookmark, and a quiet watch is told how far it is', async () => {
  const api = testApi();
  await api.call('POST', CONFIG_MAPS, configMap('a'));
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const events = readEvents(api.transport, `${CONFIG_MAPS}?${query}`, 3);
  await api.call('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
  await api.clock.advance(60_000);
  const [, end, later] = await events;
  expect(end).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  });
  expect(later).toMatchObject({
    type: 'BOOKMARK',
    object: { metadata: { resourceVersion: String(api.registry.storage.revision) } },
  });
});

test('a watch ends when its time is over', async () => {
  const api = testApi();
  const events = readEvents(api.transport, `${CONFIG_MAPS}?watch=1&timeoutSeconds=5`, 1);
  await api.clock.advance(5000);
  expect(await events).toEqual([]);
});

test('a watch of a kind ends with the kind, and leaves no timer', async () => {
  const api = testApi();
  const stop = new AbortController();
  const path = `${CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=600`;
  const { body } = await api.transport({ method: 'GET', path, signal: stop.signal });
  expect(api.clock.pending).toBe(2);
  stop.abort();
  for await (const _ of body) expect.unreachable('nothing was to be told');
  expect(api.clock.pending).toBe(0);
});

test('a reader that falls behind is cut off', async () => {
  let ended = 0;
  const stream = new EventStream(10, () => {
    ended += 1;
  });
  stream.push(new Uint8Array(8));
  stream.push(new Uint8Array(8));
  expect(ended).toBe(1);
  for await (const _ of stream) expect.unreachable('what waited is forgotten');
});
