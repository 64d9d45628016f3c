import { randomUUID } from 'node:crypto';
import { isJsonArray, isJsonObject, type KubeObject } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import type { Access } from '../auth/access.ts';
import { ISSUER } from '../auth/service-account-tokens.ts';
import { badRequest, conflict, failure, invalid, methodNotAllowed, notFound } from '../registry/status-error.ts';
import { decodeObject } from './body.ts';
import { evict } from './eviction.ts';
import { followLog } from './follow-log.ts';
import { podLog } from './pod-log.ts';
import { isTrue } from './query.ts';
import { presentObject, type ResourceCall } from './resource-call.ts';
import { jsonResponse, textResponse } from './response.ts';

const DEFAULT_LIFETIME_S = 3600;
const MIN_LIFETIME_S = 600;
const MAX_LIFETIME_S = 2 ** 32;
/** Subresources that need a container to talk to. */
const CONTAINER_ACTIONS = new Set(['log', 'exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers', 'resize']);

/** Subresources that do something rather than being a part of the object. */
export function handleAction(access: Access, call: ResourceCall, name: string, subresource: string): ClusterResponse {
  const { kind, request } = call;
  if (request.method === 'POST' && kind.resource === 'serviceaccounts' && subresource === 'token')
    return issueToken(access, call, name);
  if (request.method === 'POST' && kind.resource === 'pods' && subresource === 'eviction') return evict(call, name);
  if (!CONTAINER_ACTIONS.has(subresource)) throw methodNotAllowed();
  const object = presentObject(call, name);
  if (subresource === 'log' && request.method === 'GET') {
    if (isTrue(request.query.get('follow'))) return followLog(call, object);
    return textResponse(200, podLog(object, request.query, call.registry.clock.now()));
  }
  const message = `the local cluster runs no containers: ${kind.resource}/${subresource} has nothing to answer with`;
  throw failure(501, 'NotImplemented', message, { name, kind: kind.resource });
}

/** A token for a service account, as TokenRequest asks for it. */
function issueToken({ tokens }: Access, call: ResourceCall, name: string): ClusterResponse {
  const { registry, request } = call;
  const account = presentObject(call, name);
  const { value } = decodeObject(request.body, request.headers['content-type'], { kind: 'TokenRequest' });
  const spec = isJsonObject(value) && isJsonObject(value['spec']) ? value['spec'] : {};
  const lifetime = spec['expirationSeconds'] ?? DEFAULT_LIFETIME_S;
  if (typeof lifetime !== 'number') throw badRequest('spec.expirationSeconds must be an integer');
  checkLifetime(lifetime);
  const given = spec['audiences'];
  const asked = isJsonArray(given) ? given.filter((one): one is string => typeof one === 'string') : [];
  const audiences = asked.length === 0 ? [ISSUER] : asked;
  const bound = boundObject(call, spec['boundObjectRef']);
  const nowMs = registry.clock.now();
  const expiresAtMs = nowMs + lifetime * 1000;
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace: call.namespace, uid: randomUUID(), creationTimestamp: time(nowMs) },
    spec: { ...spec, audiences, expirationSeconds: lifetime },
    status: {
      token: tokens.issue(account, { expiresAtMs, audiences, ...(bound === undefined ? {} : { bound }) }),
      expirationTimestamp: time(expiresAtMs),
    },
  });
}

/** The object with whose end the token ends. @throws 404 when it is not there, 409 when it is another of its name. */
function boundObject({ registry, namespace }: ResourceCall, ref: unknown): KubeObject | undefined {
  if (!isJsonObject(ref)) return undefined;
  const { kind, name, uid } = ref;
  if (typeof kind !== 'string' || typeof name !== 'string' || !BINDABLE.has(kind)) {
    throw badRequest(
      `cannot bind token for serviceaccount to object of type ${String(ref['apiVersion'])}, Kind=${String(kind)}`,
    );
  }
  const place = kind === 'Node' || namespace === undefined ? {} : { namespace };
  const resource = { group: '', name: `${kind.toLowerCase()}s` };
  const found = registry.get({ apiVersion: 'v1', kind, name, ...place });
  if (found === undefined) throw notFound(resource, name);
  if (typeof uid === 'string' && uid !== '' && uid !== found.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(resource, name, why);
  }
  return found;
}

/** What a token may be bound to. */
const BINDABLE = new Set(['Pod', 'Secret', 'Node']);

function checkLifetime(seconds: number): void {
  const refuse = (why: string) =>
    invalid({ group: 'authentication.k8s.io', name: 'TokenRequest' }, '', [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${seconds}: ${why}`, field: 'spec.expirationSeconds' },
    ]);
  if (seconds < MIN_LIFETIME_S) throw refuse('may not specify a duration less than 10 minutes');
  if (seconds > MAX_LIFETIME_S) throw refuse('may not specify a duration larger than 2^32 seconds');
}
