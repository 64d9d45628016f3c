import type { User } from '../registry/hooks.ts';
import type { Authentication, Sender } from './authentication.ts';
import type { Attributes, Authorization } from './authorization.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** Who is who, and who may do what. */
export interface Access {
  readonly authentication: Authentication;
  readonly authorization: Authorization;
  readonly tokens: ServiceAccountTokens;
}

/** @throws 403 when a sender may not act as the user (and every group) it has taken on. */
export function requireImpersonation(access: Access, { user, impersonator }: Sender): void {
  if (impersonator === undefined) return;
  const verb = 'impersonate';
  access.authorization.require(impersonator, { verb, ...impersonated(user) });
  for (const name of user.groups.filter((group) => !IMPLIED_GROUP.test(group))) {
    access.authorization.require(impersonator, { verb, group: '', resource: 'groups', name });
  }
}

/** Groups that come with an identity rather than being asked for. */
const IMPLIED_GROUP = /^system:(?:authenticated|serviceaccounts(?::.*)?)$/;

function impersonated({ name }: User): Omit<Attributes, 'verb'> {
  const [, , namespace, account] = name.startsWith('system:serviceaccount:') ? name.split(':') : [];
  if (namespace === undefined || account === undefined) return { group: '', resource: 'users', name };
  return { group: '', resource: 'serviceaccounts', namespace, name: account };
}
