import { apply, get, type Json, jsonPatch, merge, post, put, remove, strategic } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const template = (extra: Json = {}): Json => ({
  metadata: { labels: { a: 'b' } },
  spec: { containers: [{ name: 'c', image: 'i', ...extra }] },
});
const deployment = (spec: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: '{n}' },
  spec: { replicas: 0, paused: true, selector: { matchLabels: { a: 'b' } }, template: template(), ...spec },
});
const deployments = 'apps/v1:deployments';
const at = `${deployments}/{n}`;
const make = post(deployments, deployment());
const scale = (spec: Json, metadata: Json = {}): Json => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: '{n}', namespace: '{ns}', ...metadata },
  spec,
});
const held: Json = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: '{n}', annotations: { simulate: 'hold' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};
const budget = 'policy/v1:poddisruptionbudgets';

const scales: Case[] = [
  {
    name: 'a scale is read',
    steps: [make, get(`${at}/scale`)],
    see: ['kind', 'apiVersion', 'spec', 'metadata.name', 'status.selector'],
  },
  { name: 'a scale is replaced', steps: [make, put(`${at}/scale`, scale({ replicas: 0 }))], see: ['spec', 'kind'] },
  {
    name: 'a scale is patched',
    steps: [
      post(deployments, deployment({ selector: { matchLabels: { a: 'b' } } })),
      merge(`${at}/scale`, { spec: { replicas: 2 } }),
    ],
    see: ['spec', 'kind'],
  },
  {
    name: 'a scale is patched strategically',
    steps: [make, strategic(`${at}/scale`, { spec: { replicas: 1 } })],
    see: ['spec', 'kind'],
  },
  {
    name: 'a scale is patched by operations',
    steps: [make, jsonPatch(`${at}/scale`, [{ op: 'add', path: '/spec/replicas', value: 1 }])],
    see: ['spec', 'kind'],
  },
  {
    name: 'a scale changes its object',
    steps: [make, merge(`${at}/scale`, { spec: { replicas: 1 } }), get(at)],
    see: ['spec.replicas', 'metadata.generation'],
  },
  { name: 'a negative scale is refused', steps: [make, merge(`${at}/scale`, { spec: { replicas: -1 } })] },
  {
    name: 'a scale of an old version is a conflict',
    steps: [make, put(`${at}/scale`, scale({ replicas: 1 }, { resourceVersion: '1' }))],
  },
  { name: 'a scale of what is not there', steps: [get(`${at}/scale`)] },
  { name: 'a scale of a kind that has none', steps: [get('configmaps/kube-root-ca.crt/scale')] },
  {
    name: 'a scale of another kind of body',
    steps: [make, put(`${at}/scale`, deployment())],
    wordingAside: 'it names Go types',
  },
  { name: 'a scale is not deleted', steps: [make, remove(`${at}/scale`)] },
  {
    name: 'a dry run of a scale',
    steps: [make, merge(`${at}/scale?dryRun=All`, { spec: { replicas: 7 } }), get(at)],
    see: ['spec.replicas'],
  },
];

const statuses: Case[] = [
  { name: 'a status is read at its endpoint', steps: [make, get(`${at}/status`)], see: ['kind', 'spec.replicas'] },
  {
    name: 'a status is patched',
    steps: [
      post(budget, { metadata: { name: '{n}' }, spec: { minAvailable: 1, selector: { matchLabels: { own: '{n}' } } } }),
      merge('networking.k8s.io/v1:ingresses/{n}/status', {}, {}),
      get('configmaps'),
    ],
    see: ['kind'],
  },
  {
    name: 'a status of an Ingress is patched',
    steps: [
      post('networking.k8s.io/v1:ingresses', {
        metadata: { name: '{n}' },
        spec: { ingressClassName: 'nobody', defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      }),
      merge('networking.k8s.io/v1:ingresses/{n}/status', {
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
    ],
    see: ['status', 'metadata.generation'],
  },
  {
    name: 'a status of an Ingress that is wrong is refused',
    steps: [
      post('networking.k8s.io/v1:ingresses', {
        metadata: { name: '{n}' },
        spec: { ingressClassName: 'nobody', defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      }),
      merge('networking.k8s.io/v1:ingresses/{n}/status', { status: { loadBalancer: 'x' } }),
    ],
    wordingAside: 'it quotes the whole patched object',
  },
  {
    name: 'a status of a namespace is patched',
    steps: [
      post('/api/v1/namespaces', { metadata: { name: '{n}' } }),
      merge('/api/v1/namespaces/{n}/status', {
        status: {
          conditions: [
            { type: 'Mine', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z', reason: 'R', message: 'm' },
          ],
        },
      }),
    ],
    see: ['status'],
  },
  {
    name: 'a status is applied',
    steps: [
      post('networking.k8s.io/v1:ingresses', {
        metadata: { name: '{n}' },
        spec: { ingressClassName: 'nobody', defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      }),
      apply('networking.k8s.io/v1:ingresses/{n}/status', 'm', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: '{n}' },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
    ],
    see: ['status', 'metadata.managedFields'],
    ownership: true,
  },
  { name: 'a status of what is not there', steps: [merge(`${at}/status`, { status: {} })] },
  { name: 'a status is not created', steps: [post(`${at}/status`, {})] },
];
statuses.splice(1, 1);

const token = (spec: Json): Json => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
const account = post('serviceaccounts', { metadata: { name: '{n}' } });
const tokens: Case[] = [
  {
    name: 'a token is asked for',
    steps: [account, post('serviceaccounts/{n}/token', token({ expirationSeconds: 3600 }))],
    see: ['kind', 'spec.expirationSeconds', 'metadata.name'],
  },
  {
    name: 'a token for an audience',
    steps: [account, post('serviceaccounts/{n}/token', token({ audiences: ['them'], expirationSeconds: 600 }))],
    see: ['kind', 'spec.audiences', 'spec.expirationSeconds'],
  },
  {
    name: 'a token that lives too short',
    steps: [account, post('serviceaccounts/{n}/token', token({ expirationSeconds: 5 }))],
  },
  {
    name: 'a token that lives too long',
    steps: [account, post('serviceaccounts/{n}/token', token({ expirationSeconds: 4294967297 }))],
  },
  { name: 'a token for nobody', steps: [post('serviceaccounts/{n}/token', token({}))] },
  { name: 'a token is not read', steps: [account, get('serviceaccounts/{n}/token')] },
];

const evictions: Case[] = [
  {
    name: 'a pod is evicted',
    steps: [
      post('pods', held),
      post('pods/{n}/eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: '{n}', namespace: '{ns}' },
      }),
    ],
  },
  {
    name: 'a pod that is not there is not evicted',
    steps: [post('pods/{n}/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: '{n}' } })],
  },
  {
    name: 'an eviction of another name is refused',
    steps: [
      post('pods', held),
      post('pods/{n}/eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } }),
    ],
  },
  { name: 'an eviction is not read', steps: [post('pods', held), get('pods/{n}/eviction')] },
];

const role = 'rbac.authorization.k8s.io/v1:roles';
const pod = (spec: Json): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: '{n}', annotations: { simulate: 'hold' } },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const job = (spec: Json = {}): Json => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: '{n}' },
  spec: {
    suspend: true,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});
const statefulSet = (spec: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: '{n}' },
  spec: { replicas: 0, serviceName: 's', selector: { matchLabels: { a: 'b' } }, template: template(), ...spec },
});
const claim = (spec: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: '{n}' },
  spec: {
    storageClassName: 'nobody',
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  },
});
const service = (spec: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: '{n}' },
  spec: { ports: [{ port: 80 }], ...spec },
});
const frozen = (extra: Json): Json => ({ metadata: { name: '{n}' }, immutable: true, ...extra });

const immutable: readonly (readonly [name: string, resource: string, made: Json, patch: Json, aside?: string])[] = [
  ['a ConfigMap that is immutable keeps its data', 'configmaps', frozen({ data: { a: '1' } }), { data: { a: '2' } }],
  ['a ConfigMap that is immutable stays so', 'configmaps', frozen({ data: { a: '1' } }), { immutable: false }],
  [
    'a ConfigMap that is immutable takes labels',
    'configmaps',
    frozen({ data: { a: '1' } }),
    { metadata: { labels: { a: 'b' } } },
  ],
  [
    'a ConfigMap may become immutable',
    'configmaps',
    { metadata: { name: '{n}' }, data: { a: '1' } },
    { immutable: true },
  ],
  ['a Secret that is immutable keeps its data', 'secrets', frozen({ data: { a: 'MQ==' } }), { data: { a: 'Mg==' } }],
  ['a Secret keeps its type', 'secrets', { metadata: { name: '{n}' }, type: 'a/b' }, { type: 'c/d' }],
  [
    'a Deployment keeps its selector',
    deployments,
    deployment(),
    { spec: { selector: { matchLabels: { a: 'c' } } } },
    'it prints Go structures',
  ],
  [
    'a Deployment whose selector does not fit its template',
    deployments,
    deployment(),
    { spec: { template: { metadata: { labels: { a: 'z' } } } } },
    'it prints Go structures',
  ],
  ['a StatefulSet keeps its service', 'apps/v1:statefulsets', statefulSet(), { spec: { serviceName: 't' } }],
  [
    'a StatefulSet keeps its selector',
    'apps/v1:statefulsets',
    statefulSet(),
    { spec: { selector: { matchLabels: { a: 'c' } } } },
    'it prints Go structures',
  ],
  [
    'a StatefulSet may change its replicas',
    'apps/v1:statefulsets',
    statefulSet(),
    { spec: { replicas: 0, minReadySeconds: 3 } },
  ],
  [
    'a Job keeps its template',
    'batch/v1:jobs',
    job(),
    { spec: { template: { spec: { restartPolicy: 'OnFailure' } } } },
    'it prints Go structures',
  ],
  ['a Job keeps its completions', 'batch/v1:jobs', job(), { spec: { completions: 3 } }],
  [
    'a Job may be suspended and resumed',
    'batch/v1:jobs',
    job({ parallelism: 0 }),
    { spec: { parallelism: 0, suspend: true } },
  ],
  ['a Service keeps its address', 'services', service(), { spec: { clusterIP: '10.0.0.250' } }, 'it names addresses'],
  ['a Service may change its ports', 'services', service({ clusterIP: 'None' }), { spec: { ports: [{ port: 81 }] } }],
  [
    'a claim keeps its spec',
    'persistentvolumeclaims',
    claim(),
    { spec: { storageClassName: 'other' } },
    'it prints a difference of Go structures',
  ],
  [
    'a claim keeps its size until it is bound',
    'persistentvolumeclaims',
    claim(),
    { spec: { resources: { requests: { storage: '2Gi' } } } },
    'it prints a difference of Go structures',
  ],
  [
    'a pod keeps its containers',
    'pods',
    pod({}),
    { spec: { containers: [{ name: 'd', image: 'i' }] } },
    'it prints a difference of Go structures',
  ],
  [
    'a pod may change its image',
    'pods',
    pod({}),
    { spec: { containers: [{ name: 'c', image: 'j' }] } },
    'it prints a difference of Go structures',
  ],
  [
    'a pod keeps its restart policy',
    'pods',
    pod({}),
    { spec: { restartPolicy: 'Never' } },
    'it prints a difference of Go structures',
  ],
  [
    'a binding keeps its role',
    'rbac.authorization.k8s.io/v1:rolebindings',
    { metadata: { name: '{n}' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' } },
    { roleRef: { name: 'b' } },
  ],
  [
    'a binding may change its subjects',
    'rbac.authorization.k8s.io/v1:rolebindings',
    { metadata: { name: '{n}' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' } },
    { subjects: [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }] },
  ],
  [
    'a StorageClass keeps its provisioner',
    '/apis/storage.k8s.io/v1/storageclasses',
    { metadata: { name: '{n}' }, provisioner: 'a/b' },
    { provisioner: 'c/d' },
  ],
  [
    'a PriorityClass keeps its value',
    '/apis/scheduling.k8s.io/v1/priorityclasses',
    { metadata: { name: '{n}' }, value: 5 },
    { value: 6 },
  ],
  [
    'an Ingress class keeps its controller',
    '/apis/networking.k8s.io/v1/ingressclasses',
    { metadata: { name: '{n}' }, spec: { controller: 'a.b/c' } },
    { spec: { controller: 'd.e/f' } },
  ],
  [
    'a DaemonSet keeps its selector',
    'apps/v1:daemonsets',
    {
      metadata: { name: '{n}' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { ...template(), spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'c', image: 'i' }] } },
      },
    },
    { spec: { selector: { matchLabels: { a: 'c' } } } },
    'it prints Go structures',
  ],
  ['a uid does not change', 'configmaps', { metadata: { name: '{n}' } }, { metadata: { uid: 'other' } }],
  [
    'a creation time does not change',
    'configmaps',
    { metadata: { name: '{n}' } },
    { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } },
  ],
];
const immutability: Case[] = immutable.map(([name, resource, made, patch, aside]) => ({
  name,
  steps: [post(resource, made), merge(`${resource}/{n}`, patch)],
  see: ['kind', 'immutable', 'metadata.labels', 'subjects', 'spec.minReadySeconds'],
  ...(aside === undefined ? {} : { wordingAside: aside }),
}));

const FILLED: readonly (readonly [resource: string, kind: string, rest: Json])[] = [
  [
    'pods',
    'Pod',
    {
      metadata: { name: '{n}', annotations: { simulate: 'hold' } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'i:1',
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 80 } },
            env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          },
        ],
        volumes: [
          { name: 's', secret: { secretName: 'x' } },
          { name: 'e', emptyDir: {} },
          { name: 'h', hostPath: { path: '/x' } },
          { name: 'p', projected: { sources: [{ configMap: { name: 'c' } }] } },
        ],
      },
    },
  ],
  [deployments, 'Deployment', { spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: template() } }],
  [
    'apps/v1:statefulsets',
    'StatefulSet',
    {
      spec: {
        replicas: 0,
        serviceName: 's',
        selector: { matchLabels: { a: 'b' } },
        template: template(),
        volumeClaimTemplates: [
          {
            metadata: { name: 'v' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  ],
  [
    'apps/v1:daemonsets',
    'DaemonSet',
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { ...template(), spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'c', image: 'i' }] } },
      },
    },
  ],
  [
    'apps/v1:replicasets',
    'ReplicaSet',
    { spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: template() } },
  ],
  [
    'batch/v1:cronjobs',
    'CronJob',
    {
      spec: {
        suspend: true,
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
        },
      },
    },
  ],
  ['services', 'Service', { spec: { clusterIP: 'None', selector: { a: 'b' }, ports: [{ port: 80 }] } }],
  ['services', 'ExternalName Service', { spec: { type: 'ExternalName', externalName: 'example.com' } }],
  [
    'networking.k8s.io/v1:ingresses',
    'Ingress',
    {
      spec: {
        ingressClassName: 'nobody',
        rules: [
          {
            http: {
              paths: [{ path: '/', pathType: 'Exact', backend: { service: { name: 's', port: { name: 'http' } } } }],
            },
          },
        ],
      },
    },
  ],
  [
    'networking.k8s.io/v1:networkpolicies',
    'NetworkPolicy',
    { spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }], egress: [{}] } },
  ],
  [
    'rbac.authorization.k8s.io/v1:rolebindings',
    'RoleBinding',
    {
      roleRef: { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'Group', name: 'g' },
        { kind: 'ServiceAccount', name: 's', namespace: 'x' },
      ],
    },
  ],
  [
    'policy/v1:poddisruptionbudgets',
    'PodDisruptionBudget',
    { spec: { minAvailable: '50%', selector: { matchLabels: { own: '{n}' } } } },
  ],
  [
    'coordination.k8s.io/v1:leases',
    'Lease',
    { spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2024-01-01T00:00:00.000000Z' } },
  ],
  ['/apis/storage.k8s.io/v1/storageclasses', 'StorageClass', { provisioner: 'a/b' }],
  [
    'autoscaling/v2:horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' }, maxReplicas: 3 } },
  ],
  [
    'discovery.k8s.io/v1:endpointslices',
    'EndpointSlice',
    { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'] }], ports: [{ port: 80 }] },
  ],
  [
    'events',
    'Event',
    { involvedObject: { kind: 'ConfigMap', namespace: '{ns}', name: 'x' }, reason: 'R', message: 'm', type: 'Normal' },
  ],
];
const defaults: Case[] = FILLED.map(([resource, kind, rest]) => ({
  name: `a ${kind} is filled in`,
  steps: [post(resource, { metadata: { name: '{n}' }, ...rest })],
  see: [
    'kind',
    kind === 'Pod' ? 'spec.volumes' : 'spec',
    'spec.containers',
    'spec.tolerations',
    'roleRef',
    'subjects',
    'reclaimPolicy',
    'volumeBindingMode',
    'endpoints',
    'ports',
    'metadata.generation',
    'type',
  ],
}));
const WRONG: readonly (readonly [name: string, resource: string, body: Json])[] = [
  ['a Deployment without a selector', deployments, { spec: { template: template() } }],
  [
    'a Deployment whose selector does not match',
    deployments,
    { spec: { selector: { matchLabels: { a: 'z' } }, template: template() } },
  ],
  [
    'a Deployment without containers',
    deployments,
    {
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } },
      },
    },
  ],
  ['a Deployment with negative replicas', deployments, { spec: { ...(deployment()['spec'] as Json), replicas: -1 } }],
  [
    'a Deployment with a strategy that is none',
    deployments,
    { spec: { ...(deployment()['spec'] as Json), strategy: { type: 'Magic' } } },
  ],
  [
    'a Deployment with neither surge nor unavailability',
    deployments,
    { spec: { ...(deployment()['spec'] as Json), strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } },
  ],
  [
    'a Deployment that restarts never',
    deployments,
    {
      spec: {
        ...(deployment()['spec'] as Json),
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
        },
      },
    },
  ],
  ['a pod without containers', 'pods', { spec: {} }],
  ['a container without a name', 'pods', { spec: { containers: [{ image: 'i' }] } }],
  ['a container without an image', 'pods', { spec: { containers: [{ name: 'c' }] } }],
  [
    'two containers of one name',
    'pods',
    {
      spec: {
        containers: [
          { name: 'c', image: 'i' },
          { name: 'c', image: 'j' },
        ],
      },
    },
  ],
  [
    'a mount of no volume',
    'pods',
    { spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/x' }] }] } },
  ],
  [
    'more requests than limits',
    'pods',
    { spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] } },
  ],
  [
    'a quantity that is none',
    'pods',
    { spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: 'lots' } } }] } },
  ],
  [
    'a port out of range',
    'pods',
    { spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 70000 }] }] } },
  ],
  ['a Service without ports', 'services', { spec: { selector: { a: 'b' } } }],
  ['a Service with a port of zero', 'services', { spec: { ports: [{ port: 0 }] } }],
  ['a Service of a type that is none', 'services', { spec: { type: 'Magic', ports: [{ port: 80 }] } }],
  ['a Service with an address that is none', 'services', { spec: { clusterIP: 'nowhere', ports: [{ port: 80 }] } }],
  [
    'a Job that always restarts',
    'batch/v1:jobs',
    { spec: { template: { spec: { restartPolicy: 'Always', containers: [{ name: 'c', image: 'i' }] } } } },
  ],
  [
    'a CronJob with a schedule that is none',
    'batch/v1:cronjobs',
    {
      spec: {
        schedule: 'often',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
        },
      },
    },
  ],
  [
    'an Ingress without a type of path',
    'networking.k8s.io/v1:ingresses',
    {
      spec: {
        rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 's', port: { number: 80 } } } }] } }],
      },
    },
  ],
  ['an Ingress without anything', 'networking.k8s.io/v1:ingresses', { spec: {} }],
  [
    'a RoleBinding without a role',
    'rbac.authorization.k8s.io/v1:rolebindings',
    { roleRef: { kind: 'Role', apiGroup: 'rbac.authorization.k8s.io', name: '' } },
  ],
  [
    'a RoleBinding to another kind',
    'rbac.authorization.k8s.io/v1:rolebindings',
    { roleRef: { kind: 'Thing', apiGroup: 'rbac.authorization.k8s.io', name: 'x' } },
  ],
  ['a Role with a rule without verbs', role, { rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] }],
  ['a claim without a size', 'persistentvolumeclaims', { spec: { accessModes: ['ReadWriteOnce'] } }],
  [
    'a claim without a mode of access',
    'persistentvolumeclaims',
    { spec: { resources: { requests: { storage: '1Gi' } } } },
  ],
  [
    'an HPA with fewer at most than at least',
    'autoscaling/v2:horizontalpodautoscalers',
    { spec: { scaleTargetRef: { kind: 'Deployment', name: 'x' }, minReplicas: 5, maxReplicas: 3 } },
  ],
  ['a PDB with both bounds', 'policy/v1:poddisruptionbudgets', { spec: { minAvailable: 1, maxUnavailable: 1 } }],
  ['a StorageClass without a provisioner', '/apis/storage.k8s.io/v1/storageclasses', {}],
  ['a NetworkPolicy without a selector', 'networking.k8s.io/v1:networkpolicies', { spec: {} }],
];
const wrong: Case[] = WRONG.map(([name, resource, body]) => ({
  name,
  steps: [post(resource, { metadata: { name: '{n}' }, ...body })],
  see: ['kind'],
}));

transcripts('scale', scales);
transcripts('status', statuses);
transcripts('tokens', tokens);
transcripts('eviction', evictions);
transcripts('immutability', immutability);
transcripts('defaults of built-in kinds', defaults);
transcripts('validation of built-in kinds', wrong);
