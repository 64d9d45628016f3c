import type { JsonObject } from '@stageset/k8s';

const condition = (type: string, status: string, reason = 'Because'): JsonObject => ({
  type,
  status,
  reason,
  lastTransitionTime: '2024-01-02T03:04:05Z',
});

/** Objects as clusters have them, for expressions to be asked about. */
export const OBJECTS: readonly JsonObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      generation: 2,
      labels: { app: 'web', 'app.kubernetes.io/name': 'web' },
      creationTimestamp: '2024-01-01T00:00:00Z',
    },
    spec: {
      replicas: 3,
      paused: false,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'web', image: 'reg.acme.io/web:2.4.1', ports: [{ port: 8080 }] }] } },
    },
    status: {
      observedGeneration: 2,
      readyReplicas: 3,
      conditions: [condition('Available', 'True'), condition('Progressing', 'True', 'NewReplicaSetAvailable')],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', annotations: { 'x.io/y': '10' }, labels: { app: 'web' } },
    spec: { ports: [{ port: 80, name: 'http' }, { port: 443 }], ratio: 1.5, selector: {} },
    status: { loadBalancer: { ingress: [] } },
  },
  {
    apiVersion: 'db.example.com/v1',
    kind: 'Database',
    metadata: { name: 'orders', generation: 5 },
    spec: { replicas: 1, ratio: 0.25, nothing: null, ports: [] },
    status: { phase: 'Running', ready: true, observedGeneration: 4, conditions: [condition('Ready', 'False')] },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'flags' },
    data: { ready: 'true' },
  },
  {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'é😀', labels: {}, generation: 1 },
    spec: { replicas: 9007199254740991, ports: [{ port: '80' }] },
    status: { phase: 'Ready', observedGeneration: 1, conditions: [] },
  },
];
