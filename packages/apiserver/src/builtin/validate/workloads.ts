import { deepEqual, type KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, numberAt } from '../fields.ts';
import type { Faults } from './faults.ts';
import { fixedPodSpec, POD_UPDATE, validatePodSpec } from './pods.ts';
import { scheduleFault } from './schedule.ts';
import { shownSelector, validateLabels, validateOwnSelector } from './selectors.ts';

type Rule = (object: KubeObject, old: KubeObject | undefined, faults: Faults) => void;

const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const IMMUTABLE = 'field is immutable';

/** A count, or a share that may not be more than the whole. */
export function validateShare(field: string, value: unknown, faults: Faults): void {
  if (typeof value !== 'string') faults.notNegative(field, value);
  else if (!/^\d+%$/.test(value)) faults.invalid(field, value, PERCENT);
}

function notAboveAll(field: string, value: unknown, faults: Faults): void {
  const percent = typeof value === 'string' ? Number(/^(\d+)%$/.exec(value)?.[1] ?? 0) : 0;
  if (percent > 100) faults.invalid(field, value, 'must not be greater than 100%');
}

const isNone = (value: unknown): boolean => value === 0 || value === '0%';

function validateTemplate(spec: Fields, faults: Faults, restartPolicies: readonly string[]): void {
  const template = fieldsAt(spec, 'template');
  const podSpec = fieldsAt(template, 'spec');
  validateLabels(fieldsAt(template, 'metadata', 'labels'), 'spec.template.labels', faults);
  validatePodSpec(podSpec, 'spec.template.spec', faults);
  const { restartPolicy } = podSpec;
  if (typeof restartPolicy === 'string' && restartPolicies[0] === 'Always' && restartPolicy !== 'Always') {
    faults.notSupported('spec.template.spec.restartPolicy', restartPolicy, restartPolicies);
  }
}

function unchanged(field: string, next: unknown, old: unknown, faults: Faults): void {
  if (deepEqual(next, old)) return;
  const shown = field === 'selector' && isFields(next) ? shownSelector(next) : next;
  faults.invalid(`spec.${field}`, shown, IMMUTABLE);
}

const deployment: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  faults.notNegative('spec.replicas', spec['replicas']);
  if (validateOwnSelector(object, faults)) validateTemplate(spec, faults, ['Always']);
  validateDeploymentStrategy(fieldsAt(spec, 'strategy'), faults);
  for (const name of ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']) {
    faults.notNegative(`spec.${name}`, spec[name]);
  }
  const deadline = numberAt(spec, 'progressDeadlineSeconds');
  if (deadline !== undefined && deadline <= (numberAt(spec, 'minReadySeconds') ?? 0)) {
    faults.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
  }
  if (old !== undefined) unchanged('selector', spec['selector'], fieldsAt(old, 'spec')['selector'], faults);
};

/** A strategy as the real server's messages show it. */
function shownStrategy(strategy: Fields): Fields {
  const rolling = strategy['rollingUpdate'];
  if (!isFields(rolling)) return { Type: strategy['type'], RollingUpdate: null };
  const names = Object.entries(rolling).sort(([a], [b]) => (a < b ? 1 : -1));
  const shown = names.map(([name, value]) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, value]);
  return { Type: strategy['type'], RollingUpdate: Object.fromEntries(shown) };
}

function validateDeploymentStrategy(strategy: Fields, faults: Faults): void {
  const { type } = strategy;
  if (type !== 'Recreate' && type !== 'RollingUpdate') {
    faults.notSupported('spec.strategy', shownStrategy(strategy), ['Recreate', 'RollingUpdate']);
    return;
  }
  if (type === 'Recreate') {
    if (strategy['rollingUpdate'] !== undefined) {
      faults.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'");
    }
    return;
  }
  const { maxSurge, maxUnavailable } = fieldsAt(strategy, 'rollingUpdate');
  const at = 'spec.strategy.rollingUpdate';
  validateShare(`${at}.maxUnavailable`, maxUnavailable, faults);
  validateShare(`${at}.maxSurge`, maxSurge, faults);
  if (isNone(maxSurge) && isNone(maxUnavailable)) {
    faults.invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  }
  notAboveAll(`${at}.maxUnavailable`, maxUnavailable, faults);
}

const replicaSet: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  faults.notNegative('spec.replicas', spec['replicas']);
  faults.notNegative('spec.minReadySeconds', spec['minReadySeconds']);
  if (validateOwnSelector(object, faults)) validateTemplate(spec, faults, ['Always']);
  if (old !== undefined) unchanged('selector', spec['selector'], fieldsAt(old, 'spec')['selector'], faults);
};

const daemonSet: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  validateOwnSelector(object, faults);
  validateTemplate(spec, faults, ['Always']);
  faults.notNegative('spec.minReadySeconds', spec['minReadySeconds']);
  faults.notNegative('spec.revisionHistoryLimit', spec['revisionHistoryLimit']);
  const strategy = fieldsAt(spec, 'updateStrategy');
  if (strategy['type'] !== 'RollingUpdate' && strategy['type'] !== 'OnDelete') {
    faults.notSupported('spec.updateStrategy', shownStrategy(strategy), ['RollingUpdate', 'OnDelete']);
  }
  const { maxSurge, maxUnavailable } = fieldsAt(strategy, 'rollingUpdate');
  const at = 'spec.updateStrategy.rollingUpdate';
  validateShare(`${at}.maxUnavailable`, maxUnavailable, faults);
  validateShare(`${at}.maxSurge`, maxSurge, faults);
  if (old !== undefined) unchanged('selector', spec['selector'], fieldsAt(old, 'spec')['selector'], faults);
};

const STATEFUL_CHANGES = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const STATEFUL_UPDATE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function fixedStatefulSpec(object: KubeObject): Fields {
  const fixed = Object.entries(fieldsAt(object, 'spec')).filter(([name]) => !STATEFUL_CHANGES.includes(name));
  return Object.fromEntries(fixed);
}

const statefulSet: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  const { podManagementPolicy } = spec;
  if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    faults.invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'");
  }
  const strategy = fieldsAt(spec, 'updateStrategy');
  if (strategy['type'] !== 'RollingUpdate' && strategy['type'] !== 'OnDelete') {
    faults.invalid('spec.updateStrategy', shownStrategy(strategy), "must be 'RollingUpdate' or 'OnDelete'");
  }
  const { partition } = fieldsAt(spec, 'updateStrategy', 'rollingUpdate');
  faults.notNegative('spec.updateStrategy.rollingUpdate.partition', partition);
  faults.notNegative('spec.replicas', spec['replicas']);
  faults.notNegative('spec.minReadySeconds', spec['minReadySeconds']);
  if (validateOwnSelector(object, faults)) validateTemplate(withClaimVolumes(spec), faults, ['Always']);
  if (old !== undefined && !deepEqual(fixedStatefulSpec(object), fixedStatefulSpec(old))) {
    faults.forbidden('spec', STATEFUL_UPDATE);
  }
};

/** Containers may mount the volumes that claims will bring. */
function withClaimVolumes(spec: Fields): Fields {
  const template = fieldsAt(spec, 'template');
  const podSpec = fieldsAt(template, 'spec');
  const volumes = Array.isArray(podSpec['volumes']) ? podSpec['volumes'] : [];
  const known = new Set(volumes.map((volume: Fields) => volume['name']));
  const claims = Array.isArray(spec['volumeClaimTemplates']) ? spec['volumeClaimTemplates'] : [];
  const claimed = claims
    .map((claim: Fields) => ({
      name: fieldsAt(claim, 'metadata')['name'],
      persistentVolumeClaim: { claimName: 'claimed' },
    }))
    .filter(({ name }) => !known.has(name));
  return { ...spec, template: { ...template, spec: { ...podSpec, volumes: [...volumes, ...claimed] } } };
}

const JOB_NUMBERS = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'];
const JOB_FIXED = ['completions', 'selector', 'template', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex'];

const job: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  validateJobSpec(spec, 'spec', faults);
  if (old === undefined) return;
  const oldSpec = fieldsAt(old, 'spec');
  for (const name of JOB_FIXED) {
    if (name === 'completions' && isElasticIndexed(spec, oldSpec)) continue;
    unchanged(name, spec[name], oldSpec[name], faults);
  }
};

/** An indexed job may change its completions together with its parallelism. */
function isElasticIndexed(spec: Fields, old: Fields): boolean {
  return (
    spec['completionMode'] === 'Indexed' &&
    old['completionMode'] === 'Indexed' &&
    spec['completions'] === spec['parallelism']
  );
}

function validateJobSpec(spec: Fields, path: string, faults: Faults): void {
  for (const name of JOB_NUMBERS) faults.notNegative(`${path}.${name}`, spec[name]);
  faults.oneOf(`${path}.completionMode`, spec['completionMode'], ['NonIndexed', 'Indexed']);
  const podSpec = fieldsAt(spec, 'template', 'spec');
  validateLabels(fieldsAt(spec, 'template', 'metadata', 'labels'), `${path}.template.labels`, faults);
  validatePodSpec(podSpec, `${path}.template.spec`, faults);
  const { restartPolicy } = podSpec;
  if (restartPolicy === 'Always') {
    faults.required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"');
  } else {
    faults.oneOf(`${path}.template.spec.restartPolicy`, restartPolicy, ['OnFailure', 'Never']);
  }
}

const cronJob: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  const { schedule } = spec;
  if (typeof schedule !== 'string' || schedule === '') faults.required('spec.schedule');
  else {
    const why = scheduleFault(schedule);
    if (why !== undefined) faults.invalid('spec.schedule', schedule, why);
  }
  faults.notNegative('spec.startingDeadlineSeconds', spec['startingDeadlineSeconds']);
  faults.oneOf('spec.concurrencyPolicy', spec['concurrencyPolicy'], ['Allow', 'Forbid', 'Replace']);
  validateJobSpec(fieldsAt(spec, 'jobTemplate', 'spec'), 'spec.jobTemplate.spec', faults);
  faults.notNegative('spec.successfulJobsHistoryLimit', spec['successfulJobsHistoryLimit']);
  faults.notNegative('spec.failedJobsHistoryLimit', spec['failedJobsHistoryLimit']);
  const { name } = object.metadata;
  if (old === undefined && name.length > MAX_CRON_JOB_NAME) {
    faults.invalid('metadata.name', name, `must be no more than ${MAX_CRON_JOB_NAME} characters`);
  }
};

const pod: Rule = (object, old, faults) => {
  const spec = fieldsAt(object, 'spec');
  validatePodSpec(spec, 'spec', faults);
  if (old === undefined) return;
  if (!deepEqual(fixedPodSpec(spec), fixedPodSpec(fieldsAt(old, 'spec')))) faults.forbidden('spec', POD_UPDATE);
};

/** Its jobs add a dash and ten digits, and have to fit a label. */
const MAX_CRON_JOB_NAME = 52;

function podTemplate(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  validatePodSpec(fieldsAt(fieldsAt(object, 'template'), 'spec'), 'template.spec', faults);
}

export const WORKLOAD_RULES: Readonly<Record<string, Rule>> = {
  '/Pod': pod,
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/DaemonSet': daemonSet,
  'apps/StatefulSet': statefulSet,
  'batch/Job': job,
  'batch/CronJob': cronJob,
  '/PodTemplate': podTemplate,
};
