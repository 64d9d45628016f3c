import { expect, test } from 'vitest';
import { CONFIG_MAPS, PATCH_TYPES, testApi } from '../testing/api.ts';

const bodies: readonly {
  readonly name: string;
  readonly body: string;
  readonly type: string;
  readonly want: string;
}[] = [
  { name: 'JSON', body: '{"data": hunter2}', type: 'application/json', want: 'invalid character in JSON' },
  { name: 'JSON that ends early', body: '{"data":', type: 'application/json', want: 'unexpected end of JSON input' },
  {
    name: 'a patch',
    body: 'hunter2',
    type: PATCH_TYPES.merge,
    want: 'error decoding patch: invalid character in JSON',
  },
  { name: 'YAML', body: 'data: [hunter2', type: PATCH_TYPES.apply, want: 'error converting YAML to JSON' },
];
for (const { name, body, type, want } of bodies) {
  test(`${name} that does not parse is refused without repeating it`, async () => {
    const api = testApi();
    const [method, path] =
      type === 'application/json' ? (['POST', CONFIG_MAPS] as const) : (['PATCH', `${CONFIG_MAPS}/a`] as const);
    const answer = await api.call(method, path, body, { 'content-type': type });
    expect(answer.status).toBe(400);
    expect(answer.body['message']).toContain(want);
    expect(answer.body['message']).not.toContain('hunter2');
  });
}

test('Go clients send built-in kinds in their binary form', async () => {
  // What `kubectl create namespace foo` sends.
  const bytes = Buffer.from(
    '6b3873000a0f0a02763112094e616d657370616365121b0a130a03666f6f12001a0022002a00320038004200' + '12001a020a001a002200',
    'hex',
  );
  const api = testApi();
  const { status } = await api.transport({
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    body: bytes,
  });
  expect(status).toBe(201);
  expect((await api.call('GET', '/api/v1/namespaces/foo')).body).toMatchObject({ status: { phase: 'Active' } });
});
