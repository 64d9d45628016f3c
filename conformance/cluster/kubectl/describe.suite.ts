import {
  configMap,
  cronJob,
  daemonSet,
  deployment,
  gadget,
  gadgets,
  job,
  pod,
  serveGadgets,
  service,
  statefulSet,
} from './manifests.ts';
import { sessions } from './sessions.ts';

/** Events are written beside the work that they tell of, and come some time after it. */
const told = (what: string, reason: string, times = 1) => ({
  until: `kubectl describe ${what}`,
  says: new RegExp(`(?:  ${reason} [\\s\\S]*){${times}}`),
});

sessions('describe', [
  {
    name: 'pods and what they are made of',
    files: {
      'pod.yaml': pod(
        'p',
        `    command: [sleep, "60"]
    args: [x]
    ports: [{containerPort: 80, name: http}]
    env:
    - {name: A, value: b}
    - {name: OWN, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: C, valueFrom: {configMapKeyRef: {name: cm, key: k, optional: true}}}
    envFrom: [{configMapRef: {name: cm, optional: true}}]
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
    readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 5}
    livenessProbe: {exec: {command: [cat, /x]}, initialDelaySeconds: 3}
    volumeMounts: [{name: data, mountPath: /data}]
  volumes:
  - {name: data, emptyDir: {}}
  - {name: config, configMap: {name: cm, optional: true}}
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: a, operator: Exists}]
`,
      ),
    },
    run: [
      'kubectl apply -f pod.yaml',
      { quietly: 'kubectl wait --for=condition=Ready pod/p --timeout=60s' },
      told('pod p', 'Scheduled'),
      'kubectl describe pod p',
      'kubectl describe pod/p --show-events=false',
      'kubectl describe pods -l app=nothing',
      'kubectl describe pod nothing',
      'kubectl describe nothing',
    ],
  },
  {
    name: 'deployments, replica sets and services',
    files: { 'web.yaml': deployment('web'), 'service.yaml': service('web') },
    run: [
      { quietly: 'kubectl apply -f web.yaml -f service.yaml' },
      { quietly: 'kubectl rollout status deployment/web --timeout=60s' },
      told('deployment web', 'ScalingReplicaSet'),
      'kubectl describe deployment web',
      told('rs -l app=web', 'SuccessfulCreate', 2),
      'kubectl describe rs -l app=web',
      'kubectl describe pods -l app=web --show-events=false',
      { until: 'kubectl describe service web', says: /Endpoints:\s+10[^\n]*,10/ },
      // The real server's repair of addresses leaves an event now and then.
      'kubectl describe service web --show-events=false',
      'kubectl describe endpointslices -l kubernetes.io/service-name=web | grep -v Addresses',
    ],
  },
  {
    name: 'stateful sets, daemon sets, jobs and cron jobs',
    files: {
      'db.yaml': statefulSet('db'),
      'agent.yaml': daemonSet('agent'),
      'job.yaml': job('once'),
      'cron.yaml': cronJob('nightly'),
    },
    run: [
      { quietly: 'kubectl apply -f db.yaml -f agent.yaml -f job.yaml -f cron.yaml' },
      { quietly: 'kubectl rollout status statefulset/db --timeout=60s' },
      { quietly: 'kubectl rollout status daemonset/agent --timeout=60s' },
      { quietly: 'kubectl wait --for=condition=Complete job/once --timeout=60s' },
      told('statefulset db', 'SuccessfulCreate', 2),
      'kubectl describe statefulset db',
      told('daemonset agent', 'SuccessfulCreate', 3),
      'kubectl describe daemonset agent',
      told('job once', 'Completed'),
      'kubectl describe job once',
      'kubectl describe cronjob nightly',
      'kubectl describe controllerrevisions -l app=db | grep -v Data',
    ],
  },
  {
    name: 'configuration, accounts and roles',
    files: {
      'all.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: cm, annotations: {note: x}}
data: {k: v, lines: "a\\nb\\n"}
binaryData: {bin: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hidden}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bob}
imagePullSecrets: [{name: s}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r}
rules:
- {apiGroups: ["", apps], resources: [pods, deployments], verbs: [get, list]}
- {apiGroups: [""], resources: [secrets], resourceNames: [s], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: bob, namespace: $NS}, {kind: User, name: jane}]
---
apiVersion: v1
kind: LimitRange
metadata: {name: lr}
spec: {limits: [{type: Container, max: {cpu: "2"}, default: {cpu: 500m}}]}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: l}
spec: {holderIdentity: me, leaseDurationSeconds: 15}
`,
    },
    run: [
      { quietly: 'kubectl apply -f all.yaml' },
      'kubectl describe cm cm',
      'kubectl describe secret s',
      'kubectl describe sa bob',
      'kubectl describe role r',
      'kubectl describe rolebinding rb',
      'kubectl describe limits lr',
      'kubectl describe lease l',
      'kubectl describe clusterrole view | head -5',
      'kubectl describe clusterrolebinding cluster-admin',
      'kubectl describe sa default',
    ],
  },
  {
    name: 'claims, ingresses, policies, budgets and autoscalers',
    files: {
      'all.yaml': `
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-$NS}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: '', hostPath: {path: /tmp/x}, persistentVolumeReclaimPolicy: Retain}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {accessModes: [ReadWriteOnce], storageClassName: '', volumeName: pv-$NS, resources: {requests: {storage: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: none-$NS
  defaultBackend: {service: {name: other, port: {name: http}}}
  rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
  tls: [{hosts: [a.example.com], secretName: s}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 192.168.0.0/16, except: [192.168.1.0/24]}}], ports: [{port: 80}]}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb}
spec: {minAvailable: 1, selector: {matchLabels: {app: nothing}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: nothing}
  minReplicas: 1
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
`,
    },
    run: [
      { quietly: 'kubectl apply -f all.yaml' },
      // Both clusters have no controller for the class; the local one simulates one.
      {
        quietly: `kubectl patch ingress web --subresource=status --type=merge -p '{"status":{"loadBalancer":{"ingress":[{"ip":"172.18.0.2"}]}}}'`,
      },
      { quietly: "kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/claim --timeout=60s" },
      'kubectl describe pvc claim --show-events=false',
      'kubectl describe ingress web',
      'kubectl describe netpol deny',
      { until: 'kubectl get pdb pdb -o yaml', says: /observedGeneration/ },
      'kubectl describe pdb pdb --show-events=false',
      { until: 'kubectl get hpa hpa -o yaml', says: /AbleToScale/ },
      'kubectl describe hpa hpa --show-events=false',
      'kubectl get hpa hpa',
    ],
    after: ['kubectl delete pv/pv-$NS --wait=false'],
  },
  {
    name: 'namespaces, nodes and what the whole cluster has',
    files: {
      'all.yaml': `
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-$NS}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: slow, hostPath: {path: /tmp/x}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: sc-$NS}
provisioner: example.com/none
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: pc-$NS}
value: 1000
`,
    },
    run: [
      { quietly: 'kubectl apply -f all.yaml' },
      { quietly: "kubectl wait --for=jsonpath='{.status.phase}'=Available pv/pv-$NS --timeout=60s" },
      'kubectl describe ns $NS',
      'kubectl describe pv pv-$NS',
      'kubectl describe sc sc-$NS',
      'kubectl describe pc pc-$NS',
      "kubectl describe node node-0 --show-events=false | sed '/^System Info/,$d' | grep -v Hostname:",
    ],
    after: ['kubectl delete -f all.yaml --wait=false'],
  },
  {
    name: 'custom kinds and their definitions',
    files: {
      'crd.yaml': gadgets,
      'one.yaml': gadget('one', '{size: 1, parts: [{name: a, count: 1}], labels: {x: z}}'),
    },
    run: [
      ...serveGadgets.start,
      { quietly: 'kubectl apply -f one.yaml' },
      'kubectl describe gadgets.$NS.example.com one',
      'kubectl describe crd gadgets.$NS.example.com | grep -v Annotations',
    ],
    after: serveGadgets.after,
  },
  {
    name: 'several at once, from files and by prefix',
    files: { 'a.yaml': configMap('app-a', 'one'), 'b.yaml': configMap('app-b', 'two') },
    run: [
      { quietly: 'kubectl create -f a.yaml -f b.yaml' },
      'kubectl describe -f a.yaml',
      'kubectl describe cm -l app=demo',
      'kubectl describe cm app',
      'kubectl describe cm app-a app-b | grep Name',
      'kubectl describe',
    ],
  },
]);
