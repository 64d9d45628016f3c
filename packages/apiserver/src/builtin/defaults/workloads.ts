import { type Fields, fieldsAt, isFields, listAt } from '../fields.ts';
import { type DefaultRule, setAbsent } from './rule.ts';

const MAX_INT32 = 2_147_483_647;

function deploymentStrategy(fields: Fields): void {
  setAbsent(fields, { type: 'RollingUpdate' });
  if (fields['type'] !== 'RollingUpdate') return;
  fields['rollingUpdate'] = { maxUnavailable: '25%', maxSurge: '25%', ...fieldsAt(fields, 'rollingUpdate') };
}

function daemonSetStrategy(fields: Fields): void {
  setAbsent(fields, { type: 'RollingUpdate' });
  if (fields['type'] !== 'RollingUpdate') return;
  fields['rollingUpdate'] = { maxUnavailable: 1, maxSurge: 0, ...fieldsAt(fields, 'rollingUpdate') };
}

/** A `RollingUpdate` that was asked for by name alone stays without numbers. */
function statefulSetStrategy(fields: Fields): void {
  if (fields['type'] === undefined || fields['type'] === '')
    setAbsent(fields, { type: 'RollingUpdate', rollingUpdate: {} });
  const { type, rollingUpdate } = fields;
  if (type === 'RollingUpdate' && isFields(rollingUpdate)) setAbsent(rollingUpdate, { partition: 0 });
}

function statefulSetSpec(fields: Fields): void {
  setAbsent(fields, {
    podManagementPolicy: 'OrderedReady',
    replicas: 1,
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: {},
  });
  setAbsent(fieldsAt(fields, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  for (const claim of listAt(fields, 'volumeClaimTemplates')) {
    setAbsent(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
  }
}

function jobSpec(fields: Fields): void {
  if (fields['completions'] === undefined && fields['parallelism'] === undefined) fields['completions'] = 1;
  setAbsent(fields, {
    parallelism: 1,
    backoffLimit: fields['backoffLimitPerIndex'] === undefined ? 6 : MAX_INT32,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: fields['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
    manualSelector: false,
  });
}

/** A job without labels takes those of its template. The template of a CronJob gets none of this before it is a job. */
function job(fields: Fields): void {
  jobSpec(fieldsAt(fields, 'spec'));
  const labels = fieldsAt(fieldsAt(fieldsAt(fields, 'spec'), 'template'), 'metadata')['labels'];
  if (isFields(labels)) setAbsent(fieldsAt(fields, 'metadata'), { labels });
}

/** By Go type, `io.k8s.api.apps.v1.` left out. */
export const APPS_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  DeploymentSpec: { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  DeploymentStrategy: deploymentStrategy,
  ReplicaSetSpec: { replicas: 1 },
  DaemonSetSpec: { revisionHistoryLimit: 10 },
  DaemonSetUpdateStrategy: daemonSetStrategy,
  StatefulSetSpec: statefulSetSpec,
  StatefulSetUpdateStrategy: statefulSetStrategy,
};

/** By Go type, `io.k8s.api.batch.v1.` left out. */
export const BATCH_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  Job: job,
  CronJobSpec: {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
  PodFailurePolicyOnPodConditionsPattern: { status: 'True' },
};
