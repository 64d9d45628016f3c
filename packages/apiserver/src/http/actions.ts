import { isJsonArray, isJsonObject, type KubeObject, labelSelectorOf, matchesLabels } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import type { Access } from '../auth/access.ts';
import { badRequest, failure, invalid, methodNotAllowed } from '../registry/status-error.ts';
import { systemWrite } from '../registry/write-request.ts';
import { decodeObject } from './body.ts';
import { podLog } from './pod-log.ts';
import { presentObject, type ResourceCall } from './resource-handler.ts';
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
  if (subresource === 'log' && request.method === 'GET') return textResponse(200, podLog(object, request.query));
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
  const audiences = isJsonArray(given) ? given.filter((one): one is string => typeof one === 'string') : [];
  const now = registry.clock.now();
  const expiresAtMs = now + lifetime * 1000;
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  return jsonResponse(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace: call.namespace, creationTimestamp: time(now) },
    spec: { ...spec, audiences, expirationSeconds: lifetime },
    status: { token: tokens.issue(account, expiresAtMs, audiences), expirationTimestamp: time(expiresAtMs) },
  });
}

function checkLifetime(seconds: number): void {
  const refuse = (why: string) =>
    invalid({ group: 'authentication.k8s.io', name: 'TokenRequest' }, '', [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${seconds}: ${why}`, field: 'spec.expirationSeconds' },
    ]);
  if (seconds < MIN_LIFETIME_S) throw refuse('may not specify a duration less than 10 minutes');
  if (seconds > MAX_LIFETIME_S) throw refuse('may not specify a duration larger than 2^32 seconds');
}

/** Counts the disruption at once, so that two evictions do not both rely on what one of them uses up. */
function takeFromBudget({ registry, namespace }: ResourceCall, pod: KubeObject): void {
  if (namespace === undefined || pod.metadata.deletionTimestamp !== undefined) return;
  const budgets = registry.list({ ...BUDGET, namespace }).items.filter((budget) => covers(budget, pod));
  for (const budget of budgets) {
    const status = isJsonObject(budget['status']) ? budget['status'] : {};
    const allowed = Number(status['disruptionsAllowed'] ?? 0);
    const { name } = budget.metadata;
    if (allowed <= 0) {
      const message = `The disruption budget ${name} needs ${Number(status['desiredHealthy'] ?? 0)} healthy pods and has ${Number(status['currentHealthy'] ?? 0)} currently`;
      throw failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
        causes: [{ reason: 'DisruptionBudget', message }],
      });
    }
    registry.patchStatus({ ...BUDGET, namespace, name }, { disruptionsAllowed: allowed - 1 });
  }
}

const BUDGET = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' } as const;

function covers(budget: KubeObject, pod: KubeObject): boolean {
  const spec = isJsonObject(budget['spec']) ? budget['spec'] : {};
  const selector = spec['selector'];
  return isJsonObject(selector) && matchesLabels(labelSelectorOf(selector), pod.metadata.labels ?? {});
}

/** A deletion that the disruption budgets of the pod allow. @throws 429 when one of them does not. */
function evict(call: ResourceCall, name: string): ClusterResponse {
  const { registry, kind, namespace, request } = call;
  const { value } = decodeObject(request.body, request.headers['content-type'], { kind: 'Eviction' });
  const metadata = isJsonObject(value) && isJsonObject(value['metadata']) ? value['metadata'] : {};
  if ((metadata['name'] ?? name) !== name) throw badRequest('name in URL does not match name in Eviction object');
  takeFromBudget(call, presentObject(call, name));
  registry.writer.delete(systemWrite(kind, namespace, { user: request.user }), name, {});
  return jsonResponse(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}
