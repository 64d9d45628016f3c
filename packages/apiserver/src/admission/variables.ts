import { authorizerValue, fromJson, requestResourceValue, type Value } from '@stageset/cel';
import type { JsonObject } from '@stageset/k8s';
import type { Authorization } from '../auth/authorization.ts';
import type { Attributes } from './attributes.ts';
import { objectOf } from './read.ts';
import { admissionRequest } from './review.ts';
import type { Match } from './rules.ts';

/** The variables that every expression about a request has. */
export function admissionVariables(
  attributes: Attributes,
  match: Match,
  authorization: Authorization,
): Map<string, Value> {
  const { object: _, oldObject: __, uid: ___, ...request } = objectOf(admissionRequest('', attributes, match));
  const { user, resource, subresource, namespace, name } = attributes;
  const authorize: Parameters<typeof authorizerValue>[0] = ({ path, serviceAccount, ...question }) => {
    if (path !== undefined) return user.groups.includes('system:masters');
    const who =
      serviceAccount === undefined
        ? user
        : {
            name: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
            groups: [
              'system:serviceaccounts',
              `system:serviceaccounts:${serviceAccount.namespace}`,
              'system:authenticated',
            ],
          };
    return authorization.allows(who, {
      verb: question.verb,
      group: question.group,
      resource: question.resource,
      ...(question.subresource === '' ? {} : { subresource: question.subresource }),
      ...(question.namespace === '' ? {} : { namespace: question.namespace }),
      ...(question.name === '' ? {} : { name: question.name }),
    });
  };
  return new Map<string, Value>([
    ['object', fromJson(attributes.object ?? null)],
    ['oldObject', fromJson(attributes.oldObject ?? null)],
    ['request', fromJson(request as JsonObject)],
    ['authorizer', authorizerValue(authorize)],
    [
      'authorizer.requestResource',
      requestResourceValue(authorize, {
        group: resource.group,
        resource: resource.resource,
        subresource,
        namespace,
        name,
      }),
    ],
  ]);
}
