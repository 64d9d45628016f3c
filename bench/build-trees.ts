/** A tree to build, and how its figures are told. */
export interface BuildTree {
  readonly files: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Objects of the result, where time for each is of interest. */
  readonly objects?: number;
  /** Builds of which the median counts. */
  readonly repeat?: number;
  /** Left out for the real kustomize, whose time grows with the square. */
  readonly alone?: boolean;
}

const deployment = (name: string): string => `apiVersion: apps/v1
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
      containers:
      - name: main
        image: nginx:1.25
        ports:
        - containerPort: 8080
        env:
        - name: MODE
          value: production
        resources:
          limits:
            cpu: 500m
            memory: 128Mi
        readinessProbe:
          httpGet:
            path: /healthz
            port: 8080
      volumes:
      - name: config
        configMap:
          name: settings
`;

const numbered = (count: number, make: (name: string, i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(`app-${i}`, i));

const TRANSFORMERS = `namespace: prod
namePrefix: team-
labels:
- pairs: {team: core}
  includeSelectors: true
images:
- name: nginx
  newTag: "1.27"
`;

/** Deployments in files of a hundred; transformed by a namespace, a prefix, a label and an image, or as they are. */
export function wideTree(count: number, isTransformed: boolean): BuildTree {
  const files: Record<string, string> = {};
  const all = numbered(count, deployment);
  const names: string[] = [];
  for (let from = 0; from < count; from += 100) {
    names.push(`f${from / 100}.yaml`);
    files[`f${from / 100}.yaml`] = all.slice(from, from + 100).join('---\n');
  }
  const resources = `resources:\n${names.map((name) => `- ${name}\n`).join('')}`;
  files['kustomization.yaml'] = resources + (isTransformed ? TRANSFORMERS : '');
  return { files, objects: count, alone: count > 2_000 };
}

function smallOverlay(): BuildTree {
  return {
    path: 'overlay',
    repeat: 200,
    files: {
      'base/kustomization.yaml':
        'resources: [app.yaml]\nconfigMapGenerator:\n- name: settings\n  literals: [level=info]\n',
      'base/app.yaml': `${deployment('web')}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n`,
      'overlay/kustomization.yaml': `resources: [../base]\n${TRANSFORMERS}patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {replicas: 5}\n`,
    },
  };
}

function deepOverlay(levels: number): BuildTree {
  const files: Record<string, string> = { 'l0/app.yaml': numbered(20, deployment).join('---\n') };
  for (let i = 0; i < levels; i++) {
    const resources = i === 0 ? 'app.yaml' : `../l${i - 1}`;
    files[`l${i}/kustomization.yaml`] =
      `resources: [${resources}]\nnamePrefix: l${i}-\ncommonAnnotations: {l${i}: "1"}\n`;
  }
  return { files, path: `l${levels - 1}`, repeat: 20 };
}

function generators(count: number): BuildTree {
  const entries = numbered(count, (name, i) => `- name: ${name}\n  literals: [a=${i}, b=text, c=more]\n`);
  return { files: { 'kustomization.yaml': `configMapGenerator:\n${entries.join('')}` }, repeat: 5 };
}

function patched(patches: number, count: number): BuildTree {
  const { files } = wideTree(count, false);
  const entries = numbered(
    patches,
    (name) =>
      `- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: ${name}}\n    spec: {replicas: 9, template: {spec: {containers: [{name: main, image: "x:1"}]}}}\n`,
  );
  return { files: { ...files, 'kustomization.yaml': `${files['kustomization.yaml']}patches:\n${entries.join('')}` } };
}

/** By the names that their figures have. */
export const BUILD_TREES: Readonly<Record<string, BuildTree>> = {
  'small overlay': smallOverlay(),
  '1000 plain': wideTree(1_000, false),
  '2000 plain': wideTree(2_000, false),
  '20000 plain': wideTree(20_000, false),
  '1000 transformed': wideTree(1_000, true),
  '2000 transformed': wideTree(2_000, true),
  '20000 transformed': wideTree(20_000, true),
  'overlay of 12 levels': deepOverlay(12),
  '500 generators': generators(500),
  '200 patches over 2000': patched(200, 2_000),
};
