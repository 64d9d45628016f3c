import { expect, test } from 'vitest';
import { CONFIG_MAPS, configMap, type TestApi, testApi } from '../testing/api.ts';

const names = (body: Record<string, unknown>) =>
  (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
const listMeta = (body: Record<string, unknown>) => body['metadata'] as Record<string, string>;

async function filled(options: Parameters<typeof testApi>[0] = {}): Promise<TestApi> {
  const api = testApi(options);
  for (const name of ['c', 'a', 'b']) {
    await api.call('POST', CONFIG_MAPS, configMap(name, { metadata: { labels: { name } } }));
  }
  return api;
}

test('lists are sorted, and items of built-in kinds come without kind', async () => {
  const api = await filled();
  const { body } = await api.call('GET', CONFIG_MAPS);
  expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
  expect(names(body)).toEqual(['a', 'b', 'c']);
  expect((body['items'] as object[])[0]).not.toHaveProperty('kind');
});

const selections: readonly (readonly [query: string, want: readonly string[]])[] = [
  ['labelSelector=name+in+(a,b)', ['a', 'b']],
  ['labelSelector=name!%3Da', ['b', 'c']],
  ['fieldSelector=metadata.name%3Dc', ['c']],
  ['fieldSelector=metadata.namespace%3Dother', []],
];
for (const [query, want] of selections) {
  test(`selects by ${query}`, async () => {
    const api = await filled();
    expect(names((await api.call('GET', `${CONFIG_MAPS}?${query}`)).body)).toEqual(want);
  });
}

test('the pages of a list show one moment', async () => {
  const api = await filled();
  const first = await api.call('GET', `${CONFIG_MAPS}?limit=2`);
  expect(names(first.body)).toEqual(['a', 'b']);
  expect(first.body['metadata']).toMatchObject({ remainingItemCount: 1 });
  await api.call('DELETE', `${CONFIG_MAPS}/c`);
  await api.call('POST', CONFIG_MAPS, configMap('d'));
  const token = listMeta(first.body)['continue'] ?? '';
  const second = await api.call('GET', `${CONFIG_MAPS}?limit=2&continue=${token}`);
  expect(names(second.body)).toEqual(['c']);
  expect(second.body['metadata']).toEqual({ resourceVersion: listMeta(first.body)['resourceVersion'] });
});

test('a page whose moment is forgotten is answered 410', async () => {
  const api = await filled({ historyLimit: 4 });
  const first = await api.call('GET', `${CONFIG_MAPS}?limit=1`);
  for (let index = 0; index < 5; index += 1) await api.call('POST', CONFIG_MAPS, configMap(`x${index}`));
  const answer = await api.call('GET', `${CONFIG_MAPS}?limit=1&continue=${listMeta(first.body)['continue']}`);
  expect(answer.body).toMatchObject({ code: 410, reason: 'Expired' });
});

const refusals: readonly (readonly [query: string, code: number, message: string])[] = [
  ['limit=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
  ['continue=x', 400, 'invalid continue token'],
  ['fieldSelector=foo%3Dbar', 400, '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ['labelSelector=a+b', 400, "found 'b'"],
  ['resourceVersion=99999999', 504, 'Too large resource version: 99999999'],
  ['resourceVersion=x', 400, 'invalid resource version'],
  ['resourceVersionMatch=Exact', 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
];
for (const [query, code, message] of refusals) {
  test(`refuses ${query}`, async () => {
    const { body } = await testApi().call('GET', `${CONFIG_MAPS}?${query}`);
    expect(body).toMatchObject({ code, message: expect.stringContaining(message) });
  });
}

test('metadata alone, and tables', async () => {
  const api = await filled();
  const accept = (as: string) => ({ accept: `application/json;as=${as};v=v1;g=meta.k8s.io` });
  const partial = await api.call('GET', CONFIG_MAPS, undefined, accept('PartialObjectMetadataList'));
  expect(partial.body).toMatchObject({
    kind: 'PartialObjectMetadataList',
    items: [{ kind: 'PartialObjectMetadata' }, {}, {}],
  });
  const table = await api.call('GET', CONFIG_MAPS, undefined, accept('Table'));
  expect(table.body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
  expect((table.body['rows'] as { cells: unknown[] }[]).map(({ cells }) => cells[0])).toEqual(['a', 'b', 'c']);
});
