import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { describeLocation, kubeConfigRef, locationOf, parseLocation, remoteAccess } from './kube-config.ts';

const secret = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'edge', namespace: 'prod' },
  data,
});
const configMap = (data: Record<string, string>): KubeObject => ({ ...secret(data), kind: 'ConfigMap' });
const inSecret = kubeConfigRef({ secretRef: { name: 'edge' } });
const inConfigMap = kubeConfigRef({ configMapRef: { name: 'edge' } });
const context = { namespace: 'prod' };
const generic = { provider: 'generic', address: 'https://edge', serviceAccountName: 'robot' };

test('the key of a Secret is value unless another is named', () => {
  expect(inSecret).toEqual({ kind: 'Secret', name: 'edge', key: 'value' });
  expect(kubeConfigRef({ secretRef: { name: 'edge', key: 'config' } }).key).toBe('config');
});

test.each([inSecret, inConfigMap])('a location leads back to $kind $name', (ref) => {
  const at = locationOf(ref, 'https://edge:6443/path');
  expect(parseLocation(at)).toEqual({ ref, server: 'https://edge:6443/path' });
  expect(describeLocation(at, 'prod')).toBe(`the cluster of ${ref.kind} prod/edge (https://edge:6443/path)`);
});

test.each([
  '',
  'Secret/edge',
  'Secret/edge https://e',
  'ConfigMap/edge/k https://e',
  'Pod/edge https://e',
  'Secret/a/b c d',
])('%j is no location', (at) => expect(parseLocation(at)).toBeUndefined());

describe('what an object says of another cluster', () => {
  const cases = [
    {
      name: 'a missing Secret may come',
      given: remoteAccess(inSecret, undefined, context),
      want: { kind: 'unusable', message: expect.stringMatching(/^Secret prod\/edge not found/) },
    },
    {
      name: 'a missing ConfigMap is the fault of the spec',
      given: remoteAccess(inConfigMap, undefined, context),
      want: { kind: 'invalid', message: expect.stringMatching(/^ConfigMap prod\/edge not found/) },
    },
    {
      name: 'a Secret without the key tells the keys it has, and no value',
      given: remoteAccess(inSecret, secret({ b: 'c2VjcmV0', a: 'c2VjcmV0' }), context),
      want: { kind: 'unusable', message: 'Secret prod/edge has no kubeconfig under the key "value" (it has a, b)' },
    },
    {
      name: 'a Secret with the key holds a kubeconfig',
      given: remoteAccess(inSecret, secret({ value: btoa('text') }), { ...context, impersonate: 'someone' }),
      want: {
        kind: 'access',
        access: { by: 'kubeconfig', text: 'text', source: 'Secret prod/edge', impersonate: 'someone' },
      },
    },
    {
      name: 'an account of the StageSet’s namespace gives the tokens, for all audiences',
      given: remoteAccess(inConfigMap, configMap({ ...generic, audiences: 'a, b\nc', 'ca.crt': 'PEM' }), context),
      want: {
        kind: 'access',
        access: {
          by: 'token',
          address: 'https://edge',
          account: { namespace: 'prod', name: 'robot' },
          audiences: ['a', 'b', 'c'],
          certificateAuthority: 'PEM',
        },
      },
    },
    {
      name: 'the controller’s own token is shown to nobody',
      given: remoteAccess(inConfigMap, configMap({ provider: 'generic', address: 'https://edge' }), context),
      want: { kind: 'invalid', message: expect.stringContaining('data.serviceAccountName is missing') },
    },
    {
      name: 'keys that every object has are none of its own',
      given: remoteAccess({ ...inSecret, key: '__proto__' }, secret({}), context),
      want: { kind: 'unusable' },
    },
  ];
  for (const { name, given, want } of cases) test(name, () => expect(given).toMatchObject(want));

  test('another content is another connection', () => {
    const digestOf = (data: Record<string, string>) => {
      const said = remoteAccess(inConfigMap, configMap(data), context);
      return said.kind === 'access' ? said.digest : said.kind;
    };
    expect(digestOf(generic)).toBe(digestOf({ ...generic }));
    expect(digestOf(generic)).not.toBe(digestOf({ ...generic, address: 'https://other' }));
  });
});
