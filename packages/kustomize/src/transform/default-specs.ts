import type { FieldSpec } from '../load/kustomization.ts';

/** The fields that kustomize's transformers know, as data. */

export interface NameReferenceSpec {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly fieldSpecs: readonly FieldSpec[];
}

const create = (path: string, gvk: Omit<FieldSpec, 'path' | 'create'> = {}): FieldSpec => ({
  ...gvk,
  path,
  create: true,
});
const existing = (path: string, gvk: Omit<FieldSpec, 'path' | 'create'> = {}): FieldSpec => ({ ...gvk, path });

const APPS_SET = { group: 'apps', kind: 'StatefulSet' };
const BATCH_JOB = { group: 'batch', kind: 'Job' };
const BATCH_CRON = { group: 'batch', kind: 'CronJob' };

export const NAME_SPECS: readonly FieldSpec[] = [existing('metadata/name')];

export const NAMESPACE_SPECS: readonly FieldSpec[] = [
  create('metadata/name', { kind: 'Namespace' }),
  create('spec/service/namespace', { group: 'apiregistration.k8s.io', kind: 'APIService' }),
  existing('spec/conversion/webhook/clientConfig/service/namespace', {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
  }),
];

/** `metadata/labels` and the labels of templates. */
export const TEMPLATE_LABEL_SPECS: readonly FieldSpec[] = [
  create('metadata/labels'),
  create('spec/template/metadata/labels', { version: 'v1', kind: 'ReplicationController' }),
  create('spec/template/metadata/labels', { kind: 'Deployment' }),
  create('spec/template/metadata/labels', { kind: 'ReplicaSet' }),
  create('spec/template/metadata/labels', { kind: 'DaemonSet' }),
  create('spec/template/metadata/labels', APPS_SET),
  create('spec/volumeClaimTemplates[]/metadata/labels', APPS_SET),
  create('spec/template/metadata/labels', BATCH_JOB),
  create('spec/jobTemplate/metadata/labels', BATCH_CRON),
  create('spec/jobTemplate/spec/template/metadata/labels', BATCH_CRON),
];

const POD_SELECTORS = [
  'affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels',
  'affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels',
  'affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels',
  'affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels',
  'topologySpreadConstraints/labelSelector/matchLabels',
] as const;

const podSelectors = (gvk: Omit<FieldSpec, 'path'>): FieldSpec[] =>
  POD_SELECTORS.map((path) => existing(`spec/template/spec/${path}`, gvk));

/** Selectors, templates and metadata: what `commonLabels` and `includeSelectors` change. */
export const COMMON_LABEL_SPECS: readonly FieldSpec[] = [
  create('spec/selector', { version: 'v1', kind: 'Service' }),
  create('spec/selector', { version: 'v1', kind: 'ReplicationController' }),
  create('spec/selector/matchLabels', { kind: 'Deployment' }),
  ...podSelectors({ group: 'apps', kind: 'Deployment' }),
  create('spec/selector/matchLabels', { kind: 'ReplicaSet' }),
  create('spec/selector/matchLabels', { kind: 'DaemonSet' }),
  create('spec/selector/matchLabels', APPS_SET),
  ...podSelectors(APPS_SET),
  existing('spec/selector/matchLabels', BATCH_JOB),
  existing('spec/jobTemplate/spec/selector/matchLabels', BATCH_CRON),
  existing('spec/selector/matchLabels', { group: 'policy', kind: 'PodDisruptionBudget' }),
  existing('spec/podSelector/matchLabels', { group: 'networking.k8s.io', kind: 'NetworkPolicy' }),
  existing('spec/ingress/from/podSelector/matchLabels', { group: 'networking.k8s.io', kind: 'NetworkPolicy' }),
  existing('spec/egress/to/podSelector/matchLabels', { group: 'networking.k8s.io', kind: 'NetworkPolicy' }),
  ...TEMPLATE_LABEL_SPECS,
];

export const ANNOTATION_SPECS: readonly FieldSpec[] = [
  create('metadata/annotations'),
  create('spec/template/metadata/annotations', { version: 'v1', kind: 'ReplicationController' }),
  create('spec/template/metadata/annotations', { kind: 'Deployment' }),
  create('spec/template/metadata/annotations', { kind: 'ReplicaSet' }),
  create('spec/template/metadata/annotations', { kind: 'DaemonSet' }),
  create('spec/template/metadata/annotations', { kind: 'StatefulSet' }),
  create('spec/template/metadata/annotations', BATCH_JOB),
  create('spec/jobTemplate/metadata/annotations', BATCH_CRON),
  create('spec/jobTemplate/spec/template/metadata/annotations', BATCH_CRON),
];

export const IMAGE_SPECS: readonly FieldSpec[] = ['spec', 'spec/template/spec'].flatMap((pod) => [
  create(`${pod}/containers[]/image`),
  create(`${pod}/initContainers[]/image`),
  create(`${pod}/volumes[]/image/reference`),
]);

export const REPLICA_SPECS: readonly FieldSpec[] = [
  'Deployment',
  'ReplicationController',
  'ReplicaSet',
  'StatefulSet',
].map((kind) => create('spec/replicas', { kind }));

/** Where kinds keep their pod spec. A version narrows the kind as kustomize's own table does. */
const POD = { kind: 'Pod', version: 'v1', prefix: 'spec' };
const POD_TEMPLATE = { kind: 'PodTemplate', prefix: 'template/spec' };
const TEMPLATED = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job'].map((kind) => ({
  kind,
  prefix: 'spec/template/spec',
}));
const CRON = { kind: 'CronJob', prefix: 'spec/jobTemplate/spec/template/spec' };

const inPods = (paths: readonly string[]): FieldSpec[] =>
  [POD, POD_TEMPLATE, ...TEMPLATED, CRON].flatMap(({ prefix, ...gvk }) =>
    paths.map((path) => existing(`${prefix}/${path}`, gvk)),
  );

/** Fields of pod specs that only some kinds' tables list. */
const inSomePods = (path: string): FieldSpec[] => [
  existing(`spec/${path}`, { kind: 'Pod' }),
  ...['StatefulSet', 'Deployment', 'ReplicationController', 'Job', 'DaemonSet'].map((kind) =>
    existing(`spec/template/spec/${path}`, { kind }),
  ),
  existing(`spec/jobTemplate/spec/template/spec/${path}`, { kind: 'CronJob' }),
];

const RBAC = 'rbac.authorization.k8s.io';
const scaled = [existing('spec/scaleTargetRef/name', { kind: 'HorizontalPodAutoscaler' })];

export const NAME_REFERENCE_SPECS: readonly NameReferenceSpec[] = [
  { kind: 'Deployment', fieldSpecs: scaled },
  { kind: 'ReplicationController', fieldSpecs: scaled },
  { kind: 'ReplicaSet', fieldSpecs: scaled },
  { kind: 'StatefulSet', fieldSpecs: scaled },
  {
    kind: 'ConfigMap',
    version: 'v1',
    fieldSpecs: [
      ...inPods([
        'volumes/configMap/name',
        'containers/env/valueFrom/configMapKeyRef/name',
        'initContainers/env/valueFrom/configMapKeyRef/name',
        'containers/envFrom/configMapRef/name',
        'initContainers/envFrom/configMapRef/name',
        'volumes/projected/sources/configMap/name',
      ]),
      existing('spec/configSource/configMap', { kind: 'Node' }),
      existing('rules/resourceNames', { kind: 'Role' }),
      existing('rules/resourceNames', { kind: 'ClusterRole' }),
      existing('metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap', { kind: 'Ingress' }),
    ],
  },
  {
    kind: 'Secret',
    version: 'v1',
    fieldSpecs: [
      ...inPods([
        'volumes/secret/secretName',
        'containers/env/valueFrom/secretKeyRef/name',
        'initContainers/env/valueFrom/secretKeyRef/name',
        'containers/envFrom/secretRef/name',
        'initContainers/envFrom/secretRef/name',
        'imagePullSecrets/name',
        'volumes/projected/sources/secret/name',
      ]),
      existing('spec/tls/secretName', { kind: 'Ingress' }),
      existing('metadata/annotations/ingress.kubernetes.io\\/auth-secret', { kind: 'Ingress' }),
      existing('metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret', { kind: 'Ingress' }),
      existing('metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret', { kind: 'Ingress' }),
      existing('imagePullSecrets/name', { kind: 'ServiceAccount' }),
      existing('parameters/secretName', { kind: 'StorageClass' }),
      existing('parameters/adminSecretName', { kind: 'StorageClass' }),
      existing('parameters/userSecretName', { kind: 'StorageClass' }),
      existing('parameters/secretRef', { kind: 'StorageClass' }),
      existing('rules/resourceNames', { kind: 'Role' }),
      existing('rules/resourceNames', { kind: 'ClusterRole' }),
      existing('spec/template/spec/containers/env/valueFrom/secretKeyRef/name', {
        group: 'serving.knative.dev',
        version: 'v1',
        kind: 'Service',
      }),
      existing('spec/azureFile/secretName', { kind: 'PersistentVolume' }),
    ],
  },
  {
    kind: 'Service',
    version: 'v1',
    fieldSpecs: [
      existing('spec/serviceName', APPS_SET),
      existing('spec/rules/http/paths/backend/serviceName', { kind: 'Ingress' }),
      existing('spec/backend/serviceName', { kind: 'Ingress' }),
      existing('spec/rules/http/paths/backend/service/name', { kind: 'Ingress' }),
      existing('spec/defaultBackend/service/name', { kind: 'Ingress' }),
      existing('spec/service/name', { group: 'apiregistration.k8s.io', kind: 'APIService' }),
      existing('webhooks/clientConfig/service', {
        group: 'admissionregistration.k8s.io',
        kind: 'ValidatingWebhookConfiguration',
      }),
      existing('webhooks/clientConfig/service', {
        group: 'admissionregistration.k8s.io',
        kind: 'MutatingWebhookConfiguration',
      }),
    ],
  },
  { group: RBAC, kind: 'Role', fieldSpecs: [existing('roleRef/name', { group: RBAC, kind: 'RoleBinding' })] },
  {
    group: RBAC,
    kind: 'ClusterRole',
    fieldSpecs: [
      existing('roleRef/name', { group: RBAC, kind: 'RoleBinding' }),
      existing('roleRef/name', { group: RBAC, kind: 'ClusterRoleBinding' }),
    ],
  },
  {
    kind: 'ServiceAccount',
    version: 'v1',
    fieldSpecs: [
      existing('subjects', { group: RBAC, kind: 'RoleBinding' }),
      existing('subjects', { group: RBAC, kind: 'ClusterRoleBinding' }),
      ...inSomePods('serviceAccountName'),
    ],
  },
  { kind: 'PersistentVolumeClaim', version: 'v1', fieldSpecs: inSomePods('volumes/persistentVolumeClaim/claimName') },
  {
    kind: 'PersistentVolume',
    version: 'v1',
    fieldSpecs: [
      existing('spec/volumeName', { kind: 'PersistentVolumeClaim' }),
      existing('rules/resourceNames', { kind: 'ClusterRole' }),
    ],
  },
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'StorageClass',
    fieldSpecs: [
      existing('spec/storageClassName', { kind: 'PersistentVolume' }),
      existing('spec/storageClassName', { kind: 'PersistentVolumeClaim' }),
      existing('spec/volumeClaimTemplates/spec/storageClassName', { kind: 'StatefulSet' }),
    ],
  },
  {
    group: 'scheduling.k8s.io',
    version: 'v1',
    kind: 'PriorityClass',
    fieldSpecs: inSomePods('priorityClassName'),
  },
  {
    // The version is part of the group by a slip of kustomize's: no IngressClass ever matches, and so it stays.
    group: 'networking.k8s.io/v1',
    version: 'v1',
    kind: 'IngressClass',
    fieldSpecs: [existing('spec/ingressClassName', { kind: 'Ingress' })],
  },
  {
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingAdmissionPolicy',
    fieldSpecs: [
      existing('spec/policyName', { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding' }),
    ],
  },
];

const CONTAINER_VARS = ['containers', 'initContainers'].flatMap((list) => [
  `${list}/args`,
  `${list}/command`,
  `${list}/env/value`,
  `${list}/volumeMounts/mountPath`,
]);

const varsIn = (kind: string, prefix: string, nfs?: string): FieldSpec[] => [
  ...CONTAINER_VARS.map((path) => existing(`${prefix}/${path}`, { kind })),
  ...(nfs === undefined ? [] : [existing(nfs, { kind })]),
];

/** Where `$(NAME)` of vars is looked for. */
export const VAR_SPECS: readonly FieldSpec[] = [
  ...varsIn('CronJob', 'spec/jobTemplate/spec/template/spec', 'spec/jobTemplate/spec/template/volumes/nfs/server'),
  ...['DaemonSet', 'Deployment', 'Job', 'ReplicaSet'].flatMap((kind) =>
    varsIn(kind, 'spec/template/spec', 'spec/template/spec/volumes/nfs/server'),
  ),
  existing('spec/template/metadata/annotations', { kind: 'Deployment' }),
  existing('spec/rules/host', { kind: 'Ingress' }),
  existing('spec/tls/hosts', { kind: 'Ingress' }),
  existing('spec/tls/secretName', { kind: 'Ingress' }),
  ...varsIn('Pod', 'spec', 'spec/volumes/nfs/server'),
  existing('spec/ports/port', { kind: 'Service' }),
  existing('spec/ports/targetPort', { kind: 'Service' }),
  ...varsIn('StatefulSet', 'spec/template/spec', 'spec/volumeClaimTemplates/spec/nfs/server'),
  existing('spec/nfs/server', { kind: 'PersistentVolume' }),
  existing('metadata/labels'),
  existing('metadata/annotations'),
];
