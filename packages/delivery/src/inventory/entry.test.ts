import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryId, entryRef } from './entry.ts';

describe('inventory entries', () => {
  const cases = [
    { ref: { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web' }, id: 'default_web__Service' },
    {
      ref: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:x' },
      id: '_system:x_rbac.authorization.k8s.io_ClusterRole',
    },
    { ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a', name: 'b' }, id: 'a_b_apps_Deployment' },
  ];
  for (const { ref, id } of cases) {
    test(id, () => {
      expect(entryId(ref)).toBe(id);
      expect(entryRef({ id, v: 'v1' })).toEqual(ref);
    });
  }

  for (const id of ['', 'a_b', 'a_b_c_d_e', 'ns__group_Kind', 'ns_name_group_']) {
    test(`${JSON.stringify(id)} names nothing`, () => expect(entryRef({ id, v: 'v1' })).toBeUndefined());
  }

  test('an id leads back to its object', () => {
    const part = fc.stringMatching(/^[a-z0-9.:-]{1,12}$/);
    fc.assert(
      fc.property(part, part, part, fc.option(part), (name, group, kind, namespace) => {
        const ref = { apiVersion: `${group}/v1`, kind, name, ...(namespace === null ? {} : { namespace }) };
        expect(entryRef({ id: entryId(ref), v: 'v1' })).toEqual(ref);
      }),
    );
  });
});
