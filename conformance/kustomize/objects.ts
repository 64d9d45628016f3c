/** Texts of objects that many cases share. */

export const configMap = (name: string, rest = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

export const secret = (name: string, rest = ''): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${rest}`;

export const serviceAccount = (name: string, namespace = ''): string =>
  `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n${namespace === '' ? '' : `  namespace: ${namespace}\n`}`;

export const service = (name: string): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
  - name: http
    port: 80
    targetPort: 8080
`;

/** With two containers, probes, environment and volumes from a ConfigMap and a Secret. */
export const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: runner
      containers:
      - name: main
        image: nginx:1.25
        ports:
        - containerPort: 8080
        env:
        - name: MODE
          value: production
        - name: LEVEL
          valueFrom:
            configMapKeyRef:
              name: settings
              key: level
        envFrom:
        - secretRef:
            name: credentials
      - name: sidecar
        image: registry.example.com:5000/team/proxy@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      volumes:
      - name: config
        configMap:
          name: settings
      - name: keys
        secret:
          secretName: credentials
`;

export const widget = (name: string, spec = ''): string =>
  `apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: ${name}\nspec:\n${spec}`;

/** Pod specs of the built-in workloads: where each has its template. */
export const WORKLOADS = {
  Pod: 'v1',
  ReplicationController: 'v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  PodTemplate: 'v1',
} as const;

export type Workload = keyof typeof WORKLOADS;

/** A workload of that kind around a pod spec. */
export function workload(kind: Workload, name: string, podSpec: string): string {
  const head = `apiVersion: ${WORKLOADS[kind]}\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
  const inner = (indent: number): string =>
    podSpec
      .trimEnd()
      .split('\n')
      .map((line) => `${' '.repeat(indent)}${line}\n`)
      .join('');
  switch (kind) {
    case 'Pod':
      return `${head}spec:\n${inner(2)}`;
    case 'PodTemplate':
      return `${head}template:\n  spec:\n${inner(4)}`;
    case 'CronJob':
      return `${head}spec:\n  schedule: "0 3 * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n${inner(10)}`;
    default:
      return `${head}spec:\n  template:\n    spec:\n${inner(6)}`;
  }
}
