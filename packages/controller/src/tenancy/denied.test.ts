import { ApiError, IdentityError, UnreachableError } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { deniedMessage, outOfReach } from './denied.ts';

const api = (code: number, message: string) =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });

const lacking = (user: string, place: string) =>
  `secrets "x" is forbidden: User "${user}" cannot patch resource "secrets" in API group "" ${place}`;

describe('what is denied', () => {
  const cases = [
    {
      name: 'says what to grant to a ServiceAccount, and where',
      given: lacking('system:serviceaccount:prod:deployer', 'in the namespace "prod"'),
      want: '; grant ServiceAccount prod/deployer the verb patch on secrets of API group "" by a Role in namespace "prod"',
    },
    {
      name: 'says what to grant at the scope of the cluster',
      given: lacking('jane', 'at the cluster scope'),
      want: '; grant user "jane" the verb patch on secrets of API group "" by a ClusterRole',
    },
    { name: 'advises nothing where no right is lacking', given: 'exceeded quota: compute', want: '' },
  ];
  for (const { name, given, want } of cases) {
    test(name, () => expect(deniedMessage(api(403, given))).toBe(`${given}${want}`));
  }
});

describe('an object that cannot be deleted', () => {
  const identity = (cause: Error) => new IdentityError('no token', { cause });
  const cases = [
    { name: 'since it is forbidden', given: api(403, 'no'), want: 'denied' },
    { name: 'since nobody may ask for the token', given: identity(api(403, 'no')), want: 'denied' },
    { name: 'since the account is gone', given: identity(api(404, 'no')), want: 'disowned' },
    { name: 'since a fresh token is refused', given: api(401, 'no'), want: 'disowned' },
    { name: 'since no token came in time', given: identity(new Error('late')), want: 'unreachable' },
    { name: 'since the server broke', given: api(500, 'oops'), want: 'unreachable' },
    { name: 'since nobody answers', given: new UnreachableError('no'), want: 'unreachable' },
    { name: 'whose absence is an answer, not a reason', given: api(404, 'no'), want: 'unreachable' },
  ];
  for (const { name, given, want } of cases)
    test(`${name} is ${want}`, () => expect(outOfReach(given).state).toBe(want));
});
