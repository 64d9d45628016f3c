import type { Schema } from '../schema.ts';

/** The parts of built-in kinds' schemas that decide how a strategic merge patch merges, for tests. */

const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });
const TEXT: Schema = { type: 'string' };
const NUMBER: Schema = { type: 'integer' };
const texts = (names: readonly string[]): Record<string, Schema> =>
  Object.fromEntries(names.map((name) => [name, TEXT]));
const keyed = (key: string, items: Schema, strategy = 'merge'): Schema => ({
  type: 'array',
  items,
  'x-kubernetes-patch-strategy': strategy,
  'x-kubernetes-patch-merge-key': key,
});
const replaced = (items: Schema): Schema => ({ type: 'array', items });
const MAP: Schema = { type: 'object', additionalProperties: TEXT };

const metadata = object({
  ...texts(['name', 'namespace']),
  labels: MAP,
  annotations: MAP,
  finalizers: { type: 'array', items: TEXT, 'x-kubernetes-patch-strategy': 'merge' },
  ownerReferences: keyed('uid', object(texts(['apiVersion', 'kind', 'name', 'uid']))),
});
const container = object({
  ...texts(['name', 'image']),
  args: replaced(TEXT),
  command: replaced(TEXT),
  env: keyed(
    'name',
    object({ ...texts(['name', 'value']), valueFrom: object({ fieldRef: object(texts(['fieldPath'])) }) }),
  ),
  ports: keyed('containerPort', object({ ...texts(['name', 'protocol']), containerPort: NUMBER, hostPort: NUMBER })),
  volumeMounts: keyed('mountPath', object(texts(['name', 'mountPath', 'subPath']))),
  resources: object({ limits: MAP, requests: MAP }),
});
const podSpec = object({
  containers: keyed('name', container),
  initContainers: keyed('name', container),
  volumes: keyed(
    'name',
    object({
      name: TEXT,
      emptyDir: object({ medium: TEXT }),
      configMap: object({ name: TEXT, items: replaced(object(texts(['key', 'path']))) }),
    }),
    'merge,retainKeys',
  ),
  imagePullSecrets: keyed('name', object(texts(['name']))),
  hostAliases: keyed('ip', object({ ip: TEXT, hostnames: replaced(TEXT) })),
  tolerations: replaced(object(texts(['key', 'operator', 'value', 'effect']))),
  nodeSelector: MAP,
});

export const DEPLOYMENT: Schema = object({
  ...texts(['apiVersion', 'kind']),
  metadata,
  spec: object({
    replicas: NUMBER,
    paused: { type: 'boolean' },
    selector: object({ matchLabels: MAP }),
    strategy: {
      ...object({ type: TEXT, rollingUpdate: object({ maxSurge: TEXT, maxUnavailable: TEXT }) }),
      'x-kubernetes-patch-strategy': 'retainKeys',
    },
    template: object({ metadata, spec: podSpec }),
  }),
});

export const SERVICE: Schema = object({
  ...texts(['apiVersion', 'kind']),
  metadata,
  spec: object({
    type: TEXT,
    selector: MAP,
    ports: keyed('port', object({ ...texts(['name', 'protocol']), port: NUMBER, targetPort: NUMBER })),
  }),
});
