import { ApiError, IdentityError, isForbidden } from '@stageset/k8s';

/** How the API server says that somebody lacks a right. Other things are forbidden too, by quotas and webhooks. */
const LACKS =
  /User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)" (?:in the namespace "([^"]*)"|at the cluster scope)/;

/** What was forbidden, in the server's words, and what to grant to whom, where the server says what lacks. */
export function deniedMessage(error: ApiError): string {
  const lacks = LACKS.exec(error.message);
  if (lacks === null) return error.message;
  const [, user = '', verb = '', resource = '', group = '', namespace] = lacks;
  const role = namespace === undefined ? 'a ClusterRole' : `a Role in namespace "${namespace}"`;
  return `${error.message}; grant ${nameOf(user)} the verb ${verb} on ${resource} of API group "${group}" by ${role}`;
}

function nameOf(user: string): string {
  const [, , namespace, name] = user.startsWith('system:serviceaccount:') ? user.split(':') : [];
  return namespace === undefined || name === undefined ? `user "${user}"` : `ServiceAccount ${namespace}/${name}`;
}

/** It is not the request that was refused, but whoever makes it. */
export function isRefusedIdentity(error: unknown): boolean {
  return error instanceof IdentityError || (error instanceof ApiError && error.code === 401);
}

/** Why an object is beyond an identity's reach. */
export interface OutOfReach {
  readonly state: 'denied' | 'disowned' | 'unreachable';
  readonly why: string;
}

/**
 * What a failure to look at or delete an object means. `denied`: the identity, or the controller on its behalf, lacks a
 * right. `disowned`: the identity is gone, and will not come back for a deletion. `unreachable`: it may yet be done.
 */
export function outOfReach(error: Error): OutOfReach {
  const root = error instanceof IdentityError ? error.cause : error;
  const code = root instanceof ApiError ? root.code : undefined;
  if (isForbidden(root)) return { state: 'denied', why: error === root ? deniedMessage(root) : error.message };
  const isGone = code === 401 || (code === 404 && error !== root);
  return { state: isGone ? 'disowned' : 'unreachable', why: error.message };
}
