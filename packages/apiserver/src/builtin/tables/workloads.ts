import type { KubeObject } from '@stageset/k8s';
import { parseApiVersion } from '@stageset/k8s';
import { conditionOf } from '../conditions.ts';
import { type Fields, fieldsAt, numberAt, textAt } from '../fields.ts';
import { age, containers, count, duration, labelsText, NONE, type Row, selectorText, since } from './cells.ts';
import { podRow } from './pods.ts';

const podSpec = (object: KubeObject): Fields => fieldsAt(object, 'spec', 'template', 'spec');
const number = (from: Fields, name: string): number => numberAt(from, name) ?? 0;

const deployment: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const status = fieldsAt(object, 'status');
  return [
    object.metadata.name,
    `${number(status, 'readyReplicas')}/${number(spec, 'replicas')}`,
    number(status, 'updatedReplicas'),
    number(status, 'availableReplicas'),
    age(object, now),
    ...containers(podSpec(object)),
    selectorText(spec['selector']),
  ];
};

const replicaSet: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const status = fieldsAt(object, 'status');
  return [
    object.metadata.name,
    number(spec, 'replicas'),
    number(status, 'replicas'),
    number(status, 'readyReplicas'),
    age(object, now),
    ...containers(podSpec(object)),
    object.kind === 'ReplicaSet' ? selectorText(spec['selector']) : labelsText(fieldsAt(spec, 'selector')),
  ];
};

const statefulSet: Row = (object, now) => [
  object.metadata.name,
  `${number(fieldsAt(object, 'status'), 'readyReplicas')}/${number(fieldsAt(object, 'spec'), 'replicas')}`,
  age(object, now),
  ...containers(podSpec(object)),
];

const daemonSet: Row = (object, now) => {
  const status = fieldsAt(object, 'status');
  return [
    object.metadata.name,
    number(status, 'desiredNumberScheduled'),
    number(status, 'currentNumberScheduled'),
    number(status, 'numberReady'),
    number(status, 'updatedNumberScheduled'),
    number(status, 'numberAvailable'),
    labelsText(fieldsAt(podSpec(object), 'nodeSelector')),
    age(object, now),
    ...containers(podSpec(object)),
    selectorText(fieldsAt(object, 'spec')['selector']),
  ];
};

/** The condition that says most of a job; one that is true stands for those after it. */
const JOB_STATES = [
  ['Complete', 'Complete'],
  ['Failed', 'Failed'],
  ['', 'Terminating'],
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
] as const;

function jobState(object: KubeObject): string {
  const status = fieldsAt(object, 'status');
  const isEnding = object.metadata.deletionTimestamp !== undefined;
  const state = JOB_STATES.find(([type]) =>
    type === '' ? isEnding : conditionOf(status, type)?.['status'] === 'True',
  );
  return state?.[1] ?? 'Running';
}

function completions(spec: Fields, status: Fields): string {
  const succeeded = number(status, 'succeeded');
  const wanted = numberAt(spec, 'completions');
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  const parallelism = number(spec, 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

const job: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const status = fieldsAt(object, 'status');
  return [
    object.metadata.name,
    jobState(object),
    completions(spec, status),
    duration(status['startTime'], status['completionTime'], now),
    age(object, now),
    ...containers(podSpec(object)),
    selectorText(spec['selector']),
  ];
};

const cronJob: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const status = fieldsAt(object, 'status');
  const jobSpec = fieldsAt(spec, 'jobTemplate', 'spec');
  return [
    object.metadata.name,
    spec['schedule'],
    textAt(spec, 'timeZone') ?? NONE,
    spec['suspend'] === true ? 'True' : 'False',
    count(status['active']),
    status['lastScheduleTime'] === undefined ? NONE : since(status['lastScheduleTime'], now),
    age(object, now),
    ...containers(fieldsAt(jobSpec, 'template', 'spec')),
    selectorText(jobSpec['selector']),
  ];
};

const controllerRevision: Row = (object, now) => {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller === true);
  const group = owner === undefined ? '' : parseApiVersion(owner.apiVersion).group;
  const kind = owner === undefined ? '' : owner.kind.toLowerCase() + (group === '' ? '' : `.${group}`);
  return [
    object.metadata.name,
    owner === undefined ? NONE : `${kind}/${owner.name}`,
    object['revision'] ?? 0,
    age(object, now),
  ];
};

export const WORKLOAD_ROWS: Readonly<Record<string, Row>> = {
  '/Pod': podRow,
  '/ReplicationController': replicaSet,
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/ControllerRevision': controllerRevision,
  'batch/Job': job,
  'batch/CronJob': cronJob,
};
