import {
  configMap,
  deployment,
  secret,
  service,
  serviceAccount,
  WORKLOADS,
  type Workload,
  widget,
  workload,
} from '../objects.ts';
import { type Area, area, type Case, join } from '../tree.ts';

const BARE = 'containers:\n- name: c\n  image: nginx\n';
const kinds = Object.keys(WORKLOADS) as Workload[];

const RBAC = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: binding
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: default}
- {kind: ServiceAccount, name: default, namespace: other}
- {kind: ServiceAccount, name: runner}
- {kind: User, name: default}
- {kind: Group, name: ops}
`;

/** Objects whose namespaces and names have rules of their own. */
const SPECIAL: Readonly<Record<string, string>> = {
  ConfigMap: configMap('a'),
  'ConfigMap with a namespace': configMap('a', '  namespace: old\n'),
  'ConfigMap with namespace null': configMap('a', '  namespace: null\n'),
  Namespace: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n',
  'two Namespaces':
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: older}\n',
  ClusterRole: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: []\n',
  RoleBinding: RBAC,
  'RoleBinding and ServiceAccount': `${RBAC}---\n${serviceAccount('runner')}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader}\nrules: []\n`,
  ClusterRoleBinding: RBAC.replace('kind: RoleBinding', 'kind: ClusterRoleBinding').replace(
    'kind: Role,',
    'kind: ClusterRole,',
  ),
  'RoleBinding without subjects':
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\n',
  APIService:
    'apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.example.com}\nspec: {group: example.com, version: v1, service: {name: svc, namespace: old}}\n',
  'APIService without a service':
    'apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.example.com}\nspec: {group: example.com}\n',
  CustomResourceDefinition:
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: svc, namespace: old}}}}}\n',
  'CustomResourceDefinition without conversion':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec: {group: example.com}\n',
  ValidatingWebhookConfiguration: `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: v}\nwebhooks:\n- name: a.example.com\n  clientConfig: {service: {name: web, namespace: old, path: /v}}\n---\n${service('web')}`,
  'webhook whose Service is in its namespace': `apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: v}\nwebhooks:\n- name: a.example.com\n  clientConfig: {service: {name: web, namespace: old}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: old}\n`,
  'unknown kind': widget('w'),
  'unknown cluster kind': 'apiVersion: example.com/v1\nkind: ClusterWidget\nmetadata: {name: w}\n',
  PersistentVolume: 'apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv}\nspec: {}\n',
  StorageClass: 'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: x\n',
  PriorityClass: 'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n',
  Deployment: deployment('web'),
  ReplicationController: workload('ReplicationController', 'rc', BARE),
  CronJob: workload('CronJob', 'cj', BARE),
  Ingress:
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{host: a.example.com}]}\n',
  NetworkPolicy:
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec:\n  podSelector: {matchLabels: {a: b}}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {c: d}}\n    - namespaceSelector: {matchLabels: {e: f}}\n  egress:\n  - to:\n    - podSelector: {matchLabels: {g: h}}\n',
  PodDisruptionBudget:
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\nspec: {selector: {matchLabels: {a: b}}}\n',
  StatefulSet: `${workload('StatefulSet', 'db', BARE)}  serviceName: web\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {storageClassName: fast}\n`,
  Service: service('web'),
  'Service without selector': 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n',
  'Deployment without template': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 1}\n',
  'Deployment with affinity':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: d}, matchExpressions: [{key: a, operator: Exists}]}\n  template:\n    metadata: {labels: {app: d}}\n    spec:\n      affinity:\n        podAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          - labelSelector: {matchLabels: {app: d}}\n            topologyKey: zone\n          preferredDuringSchedulingIgnoredDuringExecution:\n          - weight: 1\n            podAffinityTerm:\n              labelSelector: {matchLabels: {app: d}}\n              topologyKey: zone\n        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          - labelSelector: {matchLabels: {app: d}}\n            topologyKey: zone\n      topologySpreadConstraints:\n      - labelSelector: {matchLabels: {app: d}}\n        topologyKey: zone\n      containers: []\n',
  'labels null': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: null, annotations: null}\n',
  'a label that is there': configMap('a', '  labels: {team: old, other: x}\n  annotations: {note: old}\n'),
  'quoted labels': configMap('a', '  labels: {"b": "1", \'a\': \'yes\'}\n'),
};

const TRANSFORMERS: Readonly<Record<string, string>> = {
  namespace: 'namespace: prod',
  prefix: 'namePrefix: p-',
  suffix: 'nameSuffix: -s',
  commonLabels: 'commonLabels: {team: "1", zone: yes-no}',
  labels: 'labels:\n- pairs: {team: a}',
  'labels with selectors': 'labels:\n- pairs: {team: a}\n  includeSelectors: true',
  'labels with templates': 'labels:\n- pairs: {team: a}\n  includeTemplates: true',
  'labels with volume claim templates': 'labels:\n- pairs: {team: a}\n  includeVolumeClaimTemplates: true',
  commonAnnotations: 'commonAnnotations: {note: "1", b: "line\\nbreak"}',
};

const matrix: Record<string, Case> = {};
for (const [what, text] of Object.entries(TRANSFORMERS)) {
  for (const [on, object] of Object.entries(SPECIAL)) {
    matrix[`${what} on ${on}`] = { 'kustomization.yaml': `resources: [a.yaml]\n${text}\n`, 'a.yaml': object };
  }
}

const LABELS = `${deployment('web')}---\n${service('web')}---\n${widget('w', '  template: {labels: {a: b}}\n')}`;
const label = (rest: string): string => `resources: [a.yaml]\nlabels:\n${rest}`;

export const TRANSFORMER_CASES: Area = join(
  area({}, matrix),
  area(
    { 'a.yaml': LABELS },
    {
      'labels in order': label('- pairs: {a: "1", b: "1"}\n- pairs: {b: "2", c: "2"}\n'),
      'labels of both kinds': `${label('- pairs: {a: "1"}\n')}commonLabels: {a: "2", b: "2"}\n`,
      'labels everything at once': label(
        '- pairs: {a: "1"}\n  includeSelectors: true\n  includeTemplates: true\n  includeVolumeClaimTemplates: true\n',
      ),
      'labels with fields': label(
        '- pairs: {a: "1"}\n  fields:\n  - {kind: Widget, path: spec/template/labels, create: true}\n',
      ),
      'labels with fields that are not there': label(
        '- pairs: {a: "1"}\n  fields:\n  - {kind: Widget, path: spec/other/labels}\n',
      ),
      'labels with fields that are created': label(
        '- pairs: {a: "1"}\n  fields:\n  - {kind: Widget, path: spec/other/labels, create: true}\n',
      ),
      'labels with conflicting fields': label(
        '- pairs: {a: "1"}\n  includeSelectors: true\n  fields:\n  - {path: metadata/labels, create: false}\n',
      ),
      'labels with fields of a version': label(
        '- pairs: {a: "1"}\n  fields:\n  - {group: example.com, version: v2, kind: Widget, path: spec/template/labels, create: true}\n',
      ),
      'labels without pairs': label('- includeSelectors: true\n'),
      'labels with an invalid value': label('- pairs: {a: "not a label"}\n'),
      'labels with an invalid key': label('- pairs: {"a b": "x"}\n'),
      'labels with an empty value': label('- pairs: {a: ""}\n'),
      'labels with a long key': label('- pairs: {example.com/team: x}\n'),
      'labels null': label('- pairs: null\n'),
      'labels are no list': 'resources: [a.yaml]\nlabels: {a: b}\n',
      'labels unknown field': label('- pairs: {a: "1"}\n  includeAll: true\n'),
      'commonLabels with values that need quotes':
        'resources: [a.yaml]\ncommonLabels: {a: "yes", b: "1", c: "1.0", d: "null", e: "0x1"}\n',
      'commonAnnotations with values of all kinds':
        'resources: [a.yaml]\ncommonAnnotations: {a: "yes", b: "1", c: "{\\"x\\": 1}", d: "a: b", e: "", f: " ", g: "#", h: "é 😀"}\n',
      'prefix, suffix and namespace': 'resources: [a.yaml]\nnamePrefix: p-\nnameSuffix: -s\nnamespace: n\n',
      'an empty prefix': 'resources: [a.yaml]\nnamePrefix: ""\nnamespace: n\n',
      'a prefix that makes a number': {
        'kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: "1"\n',
        'a.yaml': configMap('"23"'),
      },
      'a prefix twice in layers': {
        'kustomization.yaml': 'resources: [b]\nnamePrefix: p-\nnameSuffix: -s\n',
        'b/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\nnameSuffix: -s\n',
        'b/c.yaml': configMap('c'),
      },
      'namespaces in layers': {
        'kustomization.yaml': 'resources: [b]\nnamespace: outer\n',
        'b/kustomization.yaml': 'resources: [c.yaml]\nnamespace: inner\n',
        'b/c.yaml': `${configMap('c')}---\n${RBAC}---\n${serviceAccount('runner')}`,
      },
      'namespace that makes two of an id': {
        'kustomization.yaml': 'resources: [c.yaml]\nnamespace: n\n',
        'c.yaml': `${configMap('c', '  namespace: x\n')}---\n${configMap('c', '  namespace: y\n')}`,
      },
      'namespace default': {
        'kustomization.yaml': 'resources: [c.yaml]\nnamespace: default\n',
        'c.yaml': configMap('c'),
      },
      'namespace that needs quotes': {
        'kustomization.yaml': 'resources: [c.yaml]\nnamespace: "123"\n',
        'c.yaml': configMap('c'),
      },
      'prefix that makes two of an id': {
        'kustomization.yaml': 'resources: [c.yaml, b]\nnamePrefix: ""\n',
        'c.yaml': configMap('p-c'),
        'b/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: p-\n',
        'b/c.yaml': configMap('c'),
      },
    },
  ),
);

/** Image references, and what can be said about them. */
const IMAGES = [
  'nginx',
  'nginx:1.25',
  'nginx@sha256:0123456789abcdef',
  'nginx:1.25@sha256:0123456789abcdef',
  'docker.io/library/nginx:1',
  'localhost:5000/nginx',
  'localhost:5000/nginx:2',
  'my-nginx:1',
  'nginx-plus:1',
  'NGINX:1',
  'nginx:',
  '"nginx: 1"',
  'nginx:1.25-alpine_x',
  'nginx:{tag}',
  '""',
  'null',
  '5',
];
const RULES: Readonly<Record<string, string>> = {
  'a new tag': '{name: nginx, newTag: "2"}',
  'a new name': '{name: nginx, newName: registry.example.com:5000/web}',
  'a digest': '{name: nginx, digest: "sha256:ffff"}',
  'a tag and a digest': '{name: nginx, newTag: "2", digest: "sha256:ffff"}',
  everything: '{name: nginx, newName: web, newTag: "2", digest: "sha256:ffff"}',
  'a suffix': '{name: nginx, tagSuffix: -x}',
  nothing: '{name: nginx}',
  'a name with a registry': '{name: "localhost:5000/nginx", newTag: "9"}',
  'a name that is an expression': '{name: "ngin.", newTag: "9"}',
  'a name that is a broken expression': '{name: "nginx(", newTag: "9"}',
  'a name with a tag': '{name: "nginx:1.25", newTag: "9"}',
  'an empty name': '{name: "", newTag: "9"}',
};
const images: Record<string, Case> = {};
for (const [what, rule] of Object.entries(RULES)) {
  images[what] = {
    'kustomization.yaml': `resources: [a.yaml]\nimages:\n- ${rule}\n`,
    'a.yaml': workload(
      'Pod',
      'p',
      `containers:\n${IMAGES.map((image, i) => `- name: c${i}\n  image: ${image}\n`).join('')}`,
    ),
  };
}
for (const kind of kinds) {
  images[`in a ${kind}`] = {
    'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
    'a.yaml': workload(
      kind,
      'w',
      'initContainers:\n- name: i\n  image: nginx:1\ncontainers:\n- name: c\n  image: nginx\nephemeralContainers:\n- name: e\n  image: nginx:1\nvolumes:\n- name: v\n  image: {reference: nginx:1}\n',
    ),
  };
}
export const IMAGE_CASES: Area = join(
  area({}, images),
  area(
    {},
    {
      'in a custom resource': {
        'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'a.yaml': widget(
          'w',
          '  image: nginx:1\n  deep:\n    containers:\n    - image: nginx:1\n    - name: x\n    initContainers:\n    - image: nginx:1\n  containers: {image: nginx:1}\n',
        ),
      },
      'in a custom resource by configuration': {
        'kustomization.yaml': 'resources: [a.yaml]\nconfigurations: [c.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'c.yaml': 'images:\n- {kind: Widget, path: spec/image}\n- {kind: Widget, path: "spec/list[]/image"}\n',
        'a.yaml': widget('w', '  image: nginx:1\n  list:\n  - image: nginx:1\n'),
      },
      'in a definition': {
        'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'a.yaml':
          'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: w}\nspec: {containers: [{image: nginx:1}]}\n',
      },
      'one after another': {
        'kustomization.yaml':
          'resources: [a.yaml]\nimages:\n- {name: nginx, newName: web}\n- {name: web, newTag: "3"}\n- {name: web, newName: nginx}\n',
        'a.yaml': workload('Pod', 'p', BARE),
      },
      'of the same name twice': {
        'kustomization.yaml':
          'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "1"}\n- {name: nginx, newTag: "2"}\n',
        'a.yaml': workload('Pod', 'p', BARE),
      },
      'in layers': {
        'kustomization.yaml': 'resources: [b]\nimages:\n- {name: nginx, newTag: "2"}\n- {name: web, newTag: "3"}\n',
        'b/kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newName: web, newTag: "1"}\n',
        'b/a.yaml': workload('Pod', 'p', BARE),
      },
      'image is a map': {
        'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'a.yaml': workload('Pod', 'p', 'containers:\n- name: c\n  image: {a: b}\n'),
      },
      'containers is a map': {
        'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'a.yaml': workload('Pod', 'p', 'containers: {image: nginx}\n'),
      },
      'containers holds texts': {
        'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'a.yaml': workload('Pod', 'p', 'containers: [nginx, {image: nginx}]\n'),
      },
      'quoted images': {
        'kustomization.yaml': 'resources: [a.yaml]\nimages:\n- {name: nginx, newTag: "2"}\n',
        'a.yaml': workload('Pod', 'p', 'containers:\n- image: "nginx:1"\n- image: \'nginx\'\n- image: >-\n    nginx\n'),
      },
    },
  ),
);

const replicas: Record<string, Case> = {};
for (const kind of kinds) {
  replicas[`on a ${kind}`] = {
    'kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: w, count: 5}]\n',
    'a.yaml': workload(kind, 'w', BARE),
  };
}
export const REPLICA_CASES: Area = join(
  area({}, replicas),
  area(
    { 'a.yaml': deployment('web') },
    {
      zero: 'resources: [a.yaml]\nreplicas: [{name: web, count: 0}]\n',
      'no count': 'resources: [a.yaml]\nreplicas: [{name: web}]\n',
      'a negative count': 'resources: [a.yaml]\nreplicas: [{name: web, count: -1}]\n',
      'a quoted count': 'resources: [a.yaml]\nreplicas: [{name: web, count: "3"}]\n',
      'a fraction': 'resources: [a.yaml]\nreplicas: [{name: web, count: 1.5}]\n',
      'a whole float': 'resources: [a.yaml]\nreplicas: [{name: web, count: 3.0}]\n',
      'a big count': 'resources: [a.yaml]\nreplicas: [{name: web, count: 99999999999}]\n',
      'a name that is missing': 'resources: [a.yaml]\nreplicas: [{name: other, count: 1}]\n',
      'no name': 'resources: [a.yaml]\nreplicas: [{count: 1}]\n',
      'the old name': {
        'kustomization.yaml': 'resources: [b]\nreplicas: [{name: web, count: 1}]\n',
        'b/kustomization.yaml': 'resources: [../a.yaml]\nnamePrefix: p-\n',
      },
      'the old name of a base': {
        'kustomization.yaml': 'resources: [b]\nreplicas: [{name: web, count: 1}]\n',
        'b/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: p-\n',
        'b/a.yaml': deployment('web'),
      },
      'the new name of a base': {
        'kustomization.yaml': 'resources: [b]\nreplicas: [{name: p-web, count: 1}]\n',
        'b/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: p-\n',
        'b/a.yaml': deployment('web'),
      },
      'with its own prefix': 'resources: [a.yaml]\nnamePrefix: p-\nreplicas: [{name: web, count: 1}]\n',
      'the name with its own prefix': 'resources: [a.yaml]\nnamePrefix: p-\nreplicas: [{name: p-web, count: 1}]\n',
      'two kinds of a name': {
        'kustomization.yaml': 'resources: [a.yaml, b.yaml]\nreplicas: [{name: web, count: 1}]\n',
        'b.yaml': workload('StatefulSet', 'web', BARE),
      },
      twice: 'resources: [a.yaml]\nreplicas: [{name: web, count: 1}, {name: web, count: 2}]\n',
      'by configuration': {
        'kustomization.yaml': 'resources: [a.yaml]\nconfigurations: [c.yaml]\nreplicas: [{name: w, count: 4}]\n',
        'c.yaml': 'replicas:\n- {kind: Widget, path: spec/size, create: true}\n',
        'a.yaml': widget('w', '  x: 1\n'),
      },
      'over a quoted number': {
        'kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: d, count: 4}]\n',
        'a.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: "1"}\n',
      },
      'over a null': {
        'kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: d, count: 4}]\n',
        'a.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas:\n',
      },
      'where spec is missing': {
        'kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: d, count: 4}]\n',
        'a.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n',
      },
    },
  ),
);

/** Referrers: where a name of the referred object stands. */
const POD_REFERENCES: Readonly<Record<string, readonly [podSpec: string, referred: string]>> = {
  'a volume from a ConfigMap': ['volumes:\n- configMap: {name: target}\n', configMap('target')],
  'a projected volume': [
    'volumes:\n- projected:\n    sources:\n    - configMap: {name: target}\n    - secret: {name: target}\n',
    `${configMap('target')}---\n${secret('target')}`,
  ],
  'an environment value from a ConfigMap': [
    'containers:\n- env:\n  - valueFrom: {configMapKeyRef: {name: target, key: k}}\ninitContainers:\n- env:\n  - valueFrom: {configMapKeyRef: {name: target, key: k}}\nephemeralContainers:\n- env:\n  - valueFrom: {configMapKeyRef: {name: target, key: k}}\n',
    configMap('target'),
  ],
  'an environment from a ConfigMap': [
    'containers:\n- envFrom:\n  - configMapRef: {name: target}\ninitContainers:\n- envFrom:\n  - configMapRef: {name: target}\n',
    configMap('target'),
  ],
  'a volume from a Secret': ['volumes:\n- secret: {secretName: target}\n', secret('target')],
  'environment from a Secret': [
    'containers:\n- env:\n  - valueFrom: {secretKeyRef: {name: target, key: k}}\n  envFrom:\n  - secretRef: {name: target}\n',
    secret('target'),
  ],
  imagePullSecrets: ['imagePullSecrets:\n- name: target\n- name: other\n', secret('target')],
  serviceAccountName: ['serviceAccountName: target\nserviceAccount: target\n', serviceAccount('target')],
  'a volume claim': [
    'volumes:\n- persistentVolumeClaim: {claimName: target}\n',
    'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: target}\nspec: {}\n',
  ],
  priorityClassName: [
    'priorityClassName: target\n',
    'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: target}\nvalue: 1\n',
  ],
  'a CSI volume': ['volumes:\n- csi: {driver: x, nodePublishSecretRef: {name: target}}\n', secret('target')],
};
const references: Record<string, Case> = {};
for (const [what, [spec, referred]] of Object.entries(POD_REFERENCES)) {
  for (const kind of kinds)
    references[`${what} in a ${kind}`] = { 'r.yaml': `${workload(kind, 'w', spec)}---\n${referred}` };
}

const REFERRERS: Readonly<Record<string, string>> = {
  'a Role to ConfigMaps and Secrets': `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n- {apiGroups: [""], resources: [configmaps], resourceNames: [target, other], verbs: [get]}\n---\n${configMap('target')}`,
  'a ClusterRole to a Secret': `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules:\n- {apiGroups: [""], resources: [secrets], resourceNames: [target], verbs: [get]}\n---\n${secret('target')}`,
  'a Role to both of a name': `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n- {resourceNames: [target]}\n---\n${configMap('target')}---\n${secret('target')}`,
  'an Ingress': `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\n  annotations:\n    nginx.ingress.kubernetes.io/auth-secret: target\n    nginx.ingress.kubernetes.io/fastcgi-params-configmap: target\n    nginx.ingress.kubernetes.io/auth-tls-secret: target\n    ingress.kubernetes.io/auth-secret: target\nspec:\n  ingressClassName: target\n  defaultBackend: {service: {name: target, port: {number: 80}}}\n  tls: [{secretName: target}]\n  rules:\n  - http:\n      paths:\n      - backend: {service: {name: target, port: {number: 80}}}\n      - backend: {serviceName: target}\n---\n${service('target')}---\n${secret('target')}---\n${configMap('target')}---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: target}\n`,
  'an old Ingress': `apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  backend: {serviceName: target}\n  rules: [{http: {paths: [{backend: {serviceName: target}}]}}]\n---\n${service('target')}`,
  'a StatefulSet to its Service': `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec:\n  serviceName: target\n  volumeClaimTemplates:\n  - spec: {storageClassName: target}\n---\n${service('target')}---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: target}\n`,
  'an APIService': `apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: a}\nspec: {service: {name: target, namespace: x}}\n---\n${service('target')}`,
  webhooks: `apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: m}\nwebhooks:\n- clientConfig: {service: {name: target, namespace: x}}\n- clientConfig: {url: https://x}\n---\n${service('target')}`,
  'a RoleBinding': `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: target}\nsubjects: [{kind: ServiceAccount, name: target}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: target}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: target}\n---\n${serviceAccount('target')}`,
  'a RoleBinding to a ClusterRole': `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: target}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: target}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: target}\n`,
  'a ClusterRoleBinding': `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: target}\nsubjects: [{kind: ServiceAccount, name: target, namespace: x}, {kind: User, name: target}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: target}\n---\n${serviceAccount('target', 'x')}`,
  'a binding to an account of another namespace': `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: ServiceAccount, name: target, namespace: x}]\n---\n${serviceAccount('target', 'x')}---\n${serviceAccount('target', 'y')}`,
  'a ServiceAccount to Secrets': `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\nimagePullSecrets: [{name: target}]\nsecrets: [{name: target}]\n---\n${secret('target')}`,
  'volumes and claims':
    'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {volumeName: target, storageClassName: target}\n---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: target}\nspec: {storageClassName: target, azureFile: {secretName: target}}\n---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: target}\n',
  'a StorageClass to Secrets': `apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: s}\nparameters: {secretName: target, adminSecretName: target, userSecretName: target, secretRef: target}\n---\n${secret('target')}`,
  'a scaler to a Deployment': `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: target}}\n---\n${deployment('target')}`,
  'a scaler to a StatefulSet of a name with a Deployment': `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: target}}\n---\n${deployment('target')}---\n${workload('StatefulSet', 'target', BARE)}`,
  'a binding of an admission policy':
    'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: b}\nspec: {policyName: target}\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: target}\n',
  Knative: `apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: k}\nspec: {template: {spec: {containers: [{env: [{valueFrom: {secretKeyRef: {name: target}}}]}]}}}\n---\n${secret('target')}`,
  'a Node': `apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec: {configSource: {configMap: {name: target}}}\n---\n${configMap('target')}`,
  'a name that is a number': `${workload('Pod', 'p', 'volumes:\n- configMap: {name: "1"}\n- configMap: {name: 1}\n')}---\n${configMap('"1"')}`,
  'a name that is null': `${workload('Pod', 'p', 'volumes:\n- configMap: {name: null}\n- configMap: {}\n- configMap: null\n')}---\n${configMap('target')}`,
};
for (const [what, text] of Object.entries(REFERRERS)) references[what] = { 'r.yaml': text };

const layers = (top: string, bases: Readonly<Record<string, string>>): Case => ({
  'kustomization.yaml': top,
  ...bases,
});
export const REFERENCE_CASES: Area = join(
  area({ 'kustomization.yaml': 'resources: [r.yaml]\nnamePrefix: p-\nnameSuffix: -s\nnamespace: n\n' }, references),
  area(
    {},
    {
      'a reference across layers': layers('resources: [b, d.yaml]\nnamePrefix: top-\n', {
        'b/kustomization.yaml': 'resources: [cm.yaml]\nnamePrefix: b-\n',
        'b/cm.yaml': configMap('settings'),
        'd.yaml': deployment('web'),
      }),
      'a reference by the new name': layers('resources: [b, d.yaml]\n', {
        'b/kustomization.yaml': 'resources: [cm.yaml]\nnamePrefix: b-\n',
        'b/cm.yaml': configMap('settings'),
        'd.yaml': deployment('web').replaceAll('name: settings', 'name: b-settings'),
      }),
      'two bases of the same': layers('resources: [x, y]\n', {
        'x/kustomization.yaml': 'resources: [../b]\nnamePrefix: x-\n',
        'y/kustomization.yaml': 'resources: [../b]\nnamePrefix: y-\n',
        'b/kustomization.yaml': 'resources: [all.yaml]\n',
        'b/all.yaml': `${deployment('web')}---\n${configMap('settings')}`,
      }),
      'two bases of the same under a prefix': layers('resources: [x, y]\nnamePrefix: t-\n', {
        'x/kustomization.yaml': 'resources: [../b]\nnamePrefix: x-\n',
        'y/kustomization.yaml': 'resources: [../b]\nnameSuffix: -y\n',
        'b/kustomization.yaml': 'resources: [all.yaml]\nnamePrefix: b-\n',
        'b/all.yaml': `${deployment('web')}---\n${configMap('settings')}`,
      }),
      'an ambiguous reference from above': layers('resources: [x, y, d.yaml]\n', {
        'x/kustomization.yaml': 'resources: [../b]\nnamePrefix: x-\n',
        'y/kustomization.yaml': 'resources: [../b]\nnamePrefix: y-\n',
        'b/kustomization.yaml': 'resources: [all.yaml]\n',
        'b/all.yaml': configMap('settings'),
        'd.yaml': deployment('web'),
      }),
      'two namespaces of the same': layers('resources: [x, y]\n', {
        'x/kustomization.yaml': 'resources: [../b]\nnamespace: x\nnamePrefix: x-\n',
        'y/kustomization.yaml': 'resources: [../b]\nnamespace: y\nnamePrefix: y-\n',
        'b/kustomization.yaml': 'resources: [all.yaml]\n',
        'b/all.yaml': `${deployment('web')}---\n${configMap('settings')}---\n${serviceAccount('runner')}---\n${RBAC}`,
      }),
      'a generated name in two layers': layers(
        'resources: [b]\nnamePrefix: t-\nsecretGenerator:\n- name: credentials\n  literals: [a=1]\n',
        {
          'b/kustomization.yaml':
            'resources: [d.yaml]\nnamePrefix: b-\nconfigMapGenerator:\n- name: settings\n  literals: [level=1]\n',
          'b/d.yaml': deployment('web'),
        },
      ),
      'a name that does not change': layers('resources: [d.yaml, cm.yaml]\n', {
        'd.yaml': deployment('web'),
        'cm.yaml': configMap('settings'),
      }),
      'a name that is the new name of another': layers('resources: [b, cm.yaml]\n', {
        'b/kustomization.yaml': 'resources: [d.yaml]\nnamePrefix: p-\n',
        'b/d.yaml': `${deployment('web')}---\n${configMap('settings')}`,
        'cm.yaml': configMap('settings'),
      }),
      'names that swap': layers('resources: [a, b]\n', {
        'a/kustomization.yaml': 'resources: [x.yaml]\nnameSuffix: "2"\n',
        'a/x.yaml': `${configMap('c')}---\n${workload('Pod', 'p1', 'volumes:\n- configMap: {name: c}\n')}`,
        'b/kustomization.yaml': 'resources: [x.yaml]\n',
        'b/x.yaml': `${configMap('c')}---\n${workload('Pod', 'p2', 'volumes:\n- configMap: {name: c}\n')}`,
      }),
      'a namespace in another layer than a prefix': layers('resources: [b]\nnamespace: n\n', {
        'b/kustomization.yaml': 'resources: [d.yaml]\nnamePrefix: p-\n',
        'b/d.yaml': `${deployment('web')}---\n${configMap('settings')}---\n${serviceAccount('runner')}---\n${RBAC}`,
      }),
      'twelve layers of references': Object.fromEntries([
        ...Array.from({ length: 12 }, (_, i) => [
          i === 0 ? 'kustomization.yaml' : `l${i}/kustomization.yaml`,
          i === 11 ? 'resources: [all.yaml]\n' : `resources: [${i === 0 ? '' : '../'}l${i + 1}]\nnamePrefix: l${i}-\n`,
        ]),
        ['l11/all.yaml', `${deployment('web')}---\n${configMap('settings')}`],
      ]),
    },
  ),
);
