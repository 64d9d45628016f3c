import { isJsonObject, type JsonObject, type KubeObject, labelSelectorOf, matchesLabels } from '@stageset/k8s';
import type { ClusterResponse, DeleteOptions } from '@stageset/ports';
import type { Grace } from '../registry/graceful-deletion.ts';
import { badRequest, failure } from '../registry/status-error.ts';
import { systemWrite } from '../registry/write-request.ts';
import { now } from '../registry/writing.ts';
import { decodeObject } from './body.ts';
import { readDeleteOptions } from './deletion.ts';
import { isDryRun } from './query.ts';
import { presentObject, type ResourceCall } from './resource-call.ts';
import { jsonResponse } from './response.ts';

const BUDGET = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' } as const;
const DONE = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
const MANY_BUDGETS = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

/** A deletion that the disruption budget of the pod allows. @throws 429 when it does not, 500 when there are several. */
export function evict(call: ResourceCall, name: string): ClusterResponse {
  const { registry, kind, namespace, request } = call;
  const { value } = decodeObject(request.body, request.headers['content-type'], { kind: 'Eviction' });
  const eviction = isJsonObject(value) ? value : {};
  const metadata = isJsonObject(eviction['metadata']) ? eviction['metadata'] : {};
  if ((metadata['name'] ?? name) !== name) throw badRequest('name in URL does not match name in Eviction object');
  const options = optionsOf(call, eviction);
  const pod = presentObject(call, name);
  if (!isLost(pod)) takeFromBudget(call, pod, options.dryRun === true);
  if (options.dryRun !== true) markDisrupted(call, pod);
  const write = systemWrite(kind, namespace, { user: request.user, dryRun: options.dryRun === true });
  now(registry.writer.delete(write, name, options));
  return jsonResponse(201, DONE);
}

function optionsOf({ request }: ResourceCall, { deleteOptions }: JsonObject): DeleteOptions & Grace {
  const given = readDeleteOptions(deleteOptions, new URLSearchParams());
  const dryRun = request.query.getAll('dryRun');
  return dryRun.length === 0 ? given : { ...given, dryRun: isDryRun('CreateOptions', dryRun) };
}

const statusOf = (object: KubeObject): JsonObject => (isJsonObject(object['status']) ? object['status'] : {});
const specOf = (object: KubeObject): JsonObject => (isJsonObject(object['spec']) ? object['spec'] : {});

/** Taking away a pod that does not run, or is going anyway, disrupts nothing. */
function isLost(pod: KubeObject): boolean {
  const { phase } = statusOf(pod);
  return pod.metadata.deletionTimestamp !== undefined || phase !== 'Running';
}

/** Counts the disruption at once, so that two evictions do not both rely on what one of them uses up. */
function takeFromBudget({ registry, namespace = '' }: ResourceCall, pod: KubeObject, dryRun: boolean): void {
  const budgets = registry.list({ ...BUDGET, namespace }).items.filter((budget) => covers(budget, pod));
  const [budget, ...others] = budgets;
  if (budget === undefined) return;
  if (others.length > 0) throw failure(500, '', MANY_BUDGETS);
  const status = statusOf(budget);
  if (!isReady(pod) && mayLoseUnready(budget)) return;
  const { name, generation = 0 } = budget.metadata;
  if (Number(status['observedGeneration'] ?? 0) < generation) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`);
  }
  const allowed = Number(status['disruptionsAllowed'] ?? 0);
  if (allowed <= 0) {
    const [desired, current] = [Number(status['desiredHealthy'] ?? 0), Number(status['currentHealthy'] ?? 0)];
    throw tooMany(`The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`);
  }
  if (!dryRun) registry.patchStatus({ ...BUDGET, namespace, name }, { disruptionsAllowed: allowed - 1 });
}

/** A pod that is not ready may go if the budget says so, or if the application has what it needs without it. */
function mayLoseUnready(budget: KubeObject): boolean {
  const { currentHealthy, desiredHealthy } = statusOf(budget);
  const desired = Number(desiredHealthy ?? 0);
  return (
    specOf(budget)['unhealthyPodEvictionPolicy'] === 'AlwaysAllow' ||
    (desired > 0 && Number(currentHealthy ?? 0) >= desired)
  );
}

function tooMany(message: string): Error {
  return failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
  });
}

function covers(budget: KubeObject, pod: KubeObject): boolean {
  const { selector } = specOf(budget);
  return isJsonObject(selector) && matchesLabels(labelSelectorOf(selector), pod.metadata.labels ?? {});
}

function conditionsOf(pod: KubeObject): readonly JsonObject[] {
  const { conditions } = statusOf(pod);
  return Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
}

function isReady(pod: KubeObject): boolean {
  return conditionsOf(pod).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Says in the pod's status why it goes. */
function markDisrupted({ registry }: ResourceCall, pod: KubeObject): void {
  const lastTransitionTime = `${new Date(registry.clock.now()).toISOString().slice(0, 19)}Z`;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime,
  };
  const { namespace = '', name } = pod.metadata;
  const others = conditionsOf(pod).filter(({ type }) => type !== 'DisruptionTarget');
  registry.patchStatus({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { conditions: [...others, condition] });
}
