import type { KubeObject } from '@stageset/k8s';
import { conditionOf } from '../conditions.ts';
import { type Fields, fieldsAt, isFields, listAt, numberAt, textAt } from '../fields.ts';
import { age, NONE, type Row, since, UNKNOWN } from './cells.ts';

const ROLE_LABEL = 'node-role.kubernetes.io/';

function nodeState(object: KubeObject): string {
  const ready = conditionOf(fieldsAt(object, 'status'), 'Ready');
  const state = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return fieldsAt(object, 'spec')['unschedulable'] === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(object: KubeObject): string {
  const labels = Object.entries(object.metadata.labels ?? {});
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(ROLE_LABEL) && key.length > ROLE_LABEL.length) return [key.slice(ROLE_LABEL.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return [...new Set(roles)].toSorted().join(',') || NONE;
}

const node: Row = (object, now) => {
  const status = fieldsAt(object, 'status');
  const info = fieldsAt(status, 'nodeInfo');
  const address = (type: string) =>
    textAt(listAt(status, 'addresses').find((one) => one['type'] === type) ?? {}, 'address') ?? NONE;
  return [
    object.metadata.name,
    nodeState(object),
    nodeRoles(object),
    age(object, now),
    textAt(info, 'kubeletVersion') ?? '',
    address('InternalIP'),
    address('ExternalIP'),
    textAt(info, 'osImage') ?? UNKNOWN,
    textAt(info, 'kernelVersion') ?? UNKNOWN,
    textAt(info, 'containerRuntimeVersion') ?? UNKNOWN,
  ];
};

function eventSource(object: KubeObject): string {
  const source = fieldsAt(object, isFields(object['source']) ? 'source' : 'deprecatedSource');
  const component =
    textAt(source, 'component') ?? textAt(object, 'reportingComponent') ?? textAt(object, 'reportingController');
  const host = textAt(source, 'host') ?? textAt(object, 'reportingInstance');
  return [component ?? '', ...(host === undefined ? [] : [host])].join(', ');
}

/** Both shapes of an event: that of the core group and that of `events.k8s.io`. */
const event: Row = (object, now) => {
  const about = fieldsAt(object, isFields(object['involvedObject']) ? 'involvedObject' : 'regarding');
  const series = fieldsAt(object, 'series');
  const first = object['firstTimestamp'] ?? object['deprecatedFirstTimestamp'] ?? object['eventTime'];
  const last = series['lastObservedTime'] ?? object['lastTimestamp'] ?? object['deprecatedLastTimestamp'] ?? first;
  const kind = (textAt(about, 'kind') ?? '').toLowerCase();
  const name = textAt(about, 'name');
  const times = numberAt(series, 'count') ?? numberAt(object, 'count') ?? numberAt(object, 'deprecatedCount') ?? 1;
  return [
    since(last, now),
    object['type'] ?? '',
    object['reason'] ?? '',
    name === undefined ? kind : `${kind}/${name}`,
    textAt(about, 'fieldPath') ?? '',
    eventSource(object),
    (textAt(object, 'message') ?? textAt(object, 'note') ?? '').trim(),
    since(first, now),
    times,
    object.metadata.name,
  ];
};

function subjects(object: KubeObject, kind: string): string {
  return listAt(object, 'subjects')
    .filter((subject) => subject['kind'] === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${String(namespace)}/${String(name)}` : String(name)))
    .join(', ');
}

const binding: Row = (object, now) => {
  const role = fieldsAt(object, 'roleRef');
  return [
    object.metadata.name,
    `${String(role['kind'])}/${String(role['name'])}`,
    age(object, now),
    subjects(object, 'User'),
    subjects(object, 'Group'),
    subjects(object, 'ServiceAccount'),
  ];
};

const budget: Row = (object, now) => {
  const { minAvailable, maxUnavailable } = fieldsAt(object, 'spec');
  return [
    object.metadata.name,
    minAvailable === undefined ? 'N/A' : String(minAvailable),
    maxUnavailable === undefined ? 'N/A' : String(maxUnavailable),
    numberAt(fieldsAt(object, 'status'), 'disruptionsAllowed') ?? 0,
    age(object, now),
  ];
};

/** One metric of an autoscaler: what is, and what is wanted. */
function metric(spec: Fields, current: Fields): string {
  const type = String(spec['type']);
  const member = type.charAt(0).toLowerCase() + type.slice(1);
  const source = fieldsAt(spec, member);
  const target = fieldsAt(source, 'target');
  const now = fieldsAt(current, member, 'current');
  const prefix = type.endsWith('Resource') ? `${String(source['name'])}: ` : '';
  const average = textAt(target, 'averageValue');
  if (average !== undefined) {
    const suffix = type === 'External' || type === 'Object' ? ' (avg)' : '';
    return `${prefix}${textAt(now, 'averageValue') ?? UNKNOWN}/${average}${suffix}`;
  }
  const value = textAt(target, 'value');
  if (value !== undefined) return `${prefix}${textAt(now, 'value') ?? UNKNOWN}/${value}`;
  const percent = (of: number | undefined, otherwise: string) => (of === undefined ? otherwise : `${of}%`);
  return `${prefix}${percent(numberAt(now, 'averageUtilization'), UNKNOWN)}/${percent(numberAt(target, 'averageUtilization'), '<auto>')}`;
}

const MOST_METRICS = 2;

function metrics(object: KubeObject): string {
  const spec = fieldsAt(object, 'spec');
  const wanted = listAt(spec, 'metrics');
  const cpu = numberAt(spec, 'targetCPUUtilizationPercentage');
  if (wanted.length === 0) return cpu === undefined ? NONE : `cpu: ${UNKNOWN}/${cpu}%`;
  const current = listAt(fieldsAt(object, 'status'), 'currentMetrics');
  const list = wanted.map((one, index) => metric(one, current[index] ?? {}));
  const shown = list.slice(0, MOST_METRICS).join(', ');
  return list.length > MOST_METRICS ? `${shown} + ${list.length - MOST_METRICS} more...` : shown;
}

const autoscaler: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const target = fieldsAt(spec, 'scaleTargetRef');
  const least = numberAt(spec, 'minReplicas');
  return [
    object.metadata.name,
    `${String(target['kind'])}/${String(target['name'])}`,
    metrics(object),
    least === undefined ? '<unset>' : String(least),
    numberAt(spec, 'maxReplicas') ?? 0,
    numberAt(fieldsAt(object, 'status'), 'currentReplicas') ?? 0,
    age(object, now),
  ];
};

export const SYSTEM_ROWS: Readonly<Record<string, Row>> = {
  '/Node': node,
  '/Event': event,
  'events.k8s.io/Event': event,
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'policy/PodDisruptionBudget': budget,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
};
