import type { Random } from '../support/random.ts';
import type { Json } from './shrink-json.ts';

export type JsonObject = { readonly [key: string]: Json };

const NAMES = ['web', 'api', 'db', 'cache', 'runner', 'settings', 'credentials', 'data'] as const;
const TEXTS = [
  'x',
  'a b',
  '',
  '1',
  'true',
  'yes',
  '1.5',
  'null',
  'a: b',
  '# x',
  '- x',
  'é',
  '😀',
  'line one\nline two\n',
  'no end\nhere',
  '${VAR}',
  '$(VAR)',
  '{{ x }}',
  '0644',
  '2024-01-02',
  '12:30',
  '*',
  '&a',
  "it's",
  '"q"',
  'tab\there',
  ' lead',
  'trail ',
  `${'long words '.repeat(12)}end`,
  'http://a.b:80/c?d=e',
  'a,b,c',
  '~',
  'N',
  '0x1F',
  '1e3',
  '/path/to',
  '@x',
  '%x',
  '!x',
  '|',
  '>',
];
const KEYS = ['a', 'b', 'key', 'app.conf', 'x-y', 'LOG_LEVEL', 'k1', 'k2', 'k10', 'config.json', 'yes', 'n'] as const;
const IMAGES = [
  'nginx',
  'nginx:1.25',
  'registry.example.com/team/app:v2',
  'localhost:5000/proxy@sha256:00ff',
  'busybox:latest',
];
const LABELS = {
  app: ['web', 'api', 'db'],
  tier: ['front', 'back'],
  'app.kubernetes.io/name': ['shop', 'desk'],
  version: ['v1', '1.0', '2'],
} as const;

export const pickName = (random: Random): string => random.pick(NAMES);
export const pickText = (random: Random): string => random.pick(TEXTS);
export const pickKey = (random: Random): string => random.pick(KEYS);

export function pickLabels(random: Random): JsonObject {
  return Object.fromEntries(
    random.some(Object.entries(LABELS), 0.5).map(([key, values]) => [key, random.pick(values as readonly string[])]),
  );
}

export function pickData(random: Random): JsonObject {
  const keys = random.some(KEYS, 0.3);
  return Object.fromEntries(keys.map((key) => [key, pickText(random)]));
}

function metadata(random: Random, name: string): JsonObject {
  return {
    name,
    ...(random.chance(0.5) ? { labels: pickLabels(random) } : {}),
    ...(random.chance(0.2) ? { annotations: { note: pickText(random) } } : {}),
  };
}

function container(random: Random, name: string): JsonObject {
  return {
    name,
    image: random.pick(IMAGES),
    ...(random.chance(0.4) ? { args: random.some(TEXTS, 0.1) } : {}),
    ...(random.chance(0.4)
      ? {
          env: random.some(['MODE', 'LEVEL', 'HOST'], 0.6).map((each) => ({
            name: each,
            ...(random.chance(0.5)
              ? { value: pickText(random) }
              : {
                  valueFrom: random.chance(0.5)
                    ? { configMapKeyRef: { name: pickName(random), key: 'a' } }
                    : { secretKeyRef: { name: pickName(random), key: 'a' } },
                }),
          })),
        }
      : {}),
    ...(random.chance(0.3)
      ? { envFrom: [{ configMapRef: { name: pickName(random) } }, { secretRef: { name: pickName(random) } }] }
      : {}),
    ...(random.chance(0.4)
      ? {
          ports: [
            { containerPort: 8080, ...(random.chance(0.5) ? { name: 'http' } : {}) },
            ...(random.chance(0.3) ? [{ containerPort: 53, protocol: 'UDP' }] : []),
          ],
        }
      : {}),
    ...(random.chance(0.3)
      ? { resources: { limits: { cpu: random.pick(['1', '500m', 1, 0.5]), memory: '1Gi' } } }
      : {}),
    ...(random.chance(0.2) ? { volumeMounts: [{ name: 'config', mountPath: '/etc/x' }] } : {}),
  };
}

export function podSpec(random: Random): JsonObject {
  return {
    ...(random.chance(0.3) ? { serviceAccountName: pickName(random) } : {}),
    containers: random.some(['main', 'sidecar', 'proxy'], 0.6).map((name) => container(random, name)),
    ...(random.chance(0.2) ? { initContainers: [container(random, 'init')] } : {}),
    ...(random.chance(0.5)
      ? {
          volumes: [
            { name: 'config', configMap: { name: pickName(random) } },
            ...(random.chance(0.5) ? [{ name: 'keys', secret: { secretName: pickName(random) } }] : []),
            ...(random.chance(0.3) ? [{ name: 'disk', persistentVolumeClaim: { claimName: pickName(random) } }] : []),
          ],
        }
      : {}),
    ...(random.chance(0.2) ? { imagePullSecrets: [{ name: pickName(random) }] } : {}),
    ...(random.chance(0.1) ? { tolerations: [{ key: 'a', operator: 'Exists' }], nodeSelector: { disk: 'ssd' } } : {}),
    ...(random.chance(0.1)
      ? {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: 'zone', labelSelector: { matchLabels: pickLabels(random) } },
              ],
            },
          },
        }
      : {}),
  };
}

type Maker = (random: Random, name: string) => JsonObject;

const workload =
  (apiVersion: string, kind: string): Maker =>
  (random, name) => ({
    apiVersion,
    kind,
    metadata: metadata(random, name),
    spec: {
      ...(kind !== 'DaemonSet' && kind !== 'Job' && random.chance(0.6) ? { replicas: random.below(5) } : {}),
      ...(kind === 'StatefulSet' ? { serviceName: pickName(random) } : {}),
      ...(kind === 'Job' ? {} : { selector: { matchLabels: pickLabels(random) } }),
      template: { ...(random.chance(0.8) ? { metadata: { labels: pickLabels(random) } } : {}), spec: podSpec(random) },
      ...(kind === 'StatefulSet' && random.chance(0.5)
        ? { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { storageClassName: pickName(random) } }] }
        : {}),
    },
  });

const rbac = 'rbac.authorization.k8s.io';
const binding =
  (kind: 'RoleBinding' | 'ClusterRoleBinding'): Maker =>
  (random, name) => ({
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: metadata(random, name),
    roleRef: {
      apiGroup: rbac,
      kind: random.pick(kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole']),
      name: pickName(random),
    },
    subjects: random.some(
      [
        { kind: 'ServiceAccount', name: 'default' },
        { kind: 'ServiceAccount', name: pickName(random), ...(random.chance(0.3) ? { namespace: 'prod' } : {}) },
        { kind: 'User', name: 'jane' },
      ] as JsonObject[],
      0.6,
    ),
  });
const role =
  (kind: string): Maker =>
  (random, name) => ({
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: metadata(random, name),
    rules: [
      {
        apiGroups: [''],
        resources: ['configmaps', 'secrets'],
        ...(random.chance(0.5) ? { resourceNames: [pickName(random), 'other'] } : {}),
        verbs: ['get'],
      },
    ],
  });

/** Objects of many kinds that refer to each other by names of one small set. */
export const MAKERS: Readonly<Record<string, Maker>> = {
  Deployment: workload('apps/v1', 'Deployment'),
  StatefulSet: workload('apps/v1', 'StatefulSet'),
  DaemonSet: workload('apps/v1', 'DaemonSet'),
  Job: workload('batch/v1', 'Job'),
  CronJob: (random, name) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata(random, name),
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: { spec: podSpec(random) } } } },
  }),
  Pod: (random, name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: metadata(random, name), spec: podSpec(random) }),
  ConfigMap: (random, name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(random, name),
    data: pickData(random),
  }),
  Secret: (random, name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(random, name),
    ...(random.chance(0.5) ? { type: 'Opaque' } : {}),
    stringData: pickData(random),
  }),
  Service: (random, name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(random, name),
    spec: {
      ...(random.chance(0.8) ? { selector: pickLabels(random) } : {}),
      ports: [{ name: 'http', port: 80, targetPort: random.pick<Json>([8080, 'http', '8080']) }],
    },
  }),
  ServiceAccount: (random, name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(random, name),
    ...(random.chance(0.3) ? { imagePullSecrets: [{ name: pickName(random) }] } : {}),
  }),
  PersistentVolumeClaim: (random, name) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata(random, name),
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: pickName(random),
      resources: { requests: { storage: '1Gi' } },
    },
  }),
  StorageClass: (random, name) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: metadata(random, name),
    provisioner: 'x',
  }),
  Namespace: (random, name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: metadata(random, name) }),
  Role: role('Role'),
  ClusterRole: role('ClusterRole'),
  RoleBinding: binding('RoleBinding'),
  ClusterRoleBinding: binding('ClusterRoleBinding'),
  Ingress: (random, name) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(random, name),
    spec: {
      rules: [
        {
          host: 'a.example.com',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: pickName(random), port: { number: 80 } } } },
            ],
          },
        },
      ],
      tls: [{ secretName: pickName(random), hosts: ['a.example.com'] }],
    },
  }),
  HorizontalPodAutoscaler: (random, name) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata(random, name),
    spec: {
      scaleTargetRef: {
        apiVersion: 'apps/v1',
        kind: random.pick(['Deployment', 'StatefulSet']),
        name: pickName(random),
      },
      maxReplicas: 3,
    },
  }),
  PodDisruptionBudget: (random, name) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(random, name),
    spec: { minAvailable: random.pick<Json>([1, '50%']), selector: { matchLabels: pickLabels(random) } },
  }),
  NetworkPolicy: (random, name) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(random, name),
    spec: {
      podSelector: { matchLabels: pickLabels(random) },
      ingress: [{ from: [{ podSelector: { matchLabels: pickLabels(random) } }] }],
    },
  }),
  Widget: (random, name) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: metadata(random, name),
    spec: {
      size: random.pick<Json>([1, 2.5, '3', true, null]),
      text: pickText(random),
      ref: pickName(random),
      items: [
        { name: 'a', value: pickText(random) },
        { name: 'b', value: 2 },
      ],
      containers: [container(random, 'in-widget')],
    },
  }),
  MutatingWebhookConfiguration: (random, name) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: metadata(random, name),
    webhooks: [{ name: 'a.example.com', clientConfig: { service: { name: pickName(random), namespace: 'prod' } } }],
  }),
  CustomResourceDefinition: (random, name) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: metadata(random, `${name}.example.com`),
    spec: { group: 'example.com', scope: 'Namespaced' },
  }),
};
