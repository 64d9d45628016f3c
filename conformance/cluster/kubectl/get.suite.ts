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
import { watching } from './watching.ts';

const three = ['a', 'b', 'c'].map((name, at) => configMap(name, `"${3 - at}"`)).join('---\n');
const held = (name: string) => pod(name).replace('metadata:\n', 'metadata:\n  annotations: {simulate: hold}\n');

sessions('get', [
  {
    name: 'objects are shown as tables, names, YAML and JSON',
    files: { 'a.yaml': configMap('a', 'one'), 'b.yaml': configMap('b', 'two') },
    run: [
      'kubectl get cm a',
      'kubectl create -f a.yaml -f b.yaml',
      'kubectl get cm -l app=demo',
      'kubectl get configmaps a b -o wide',
      'kubectl get cm/a cm/b',
      'kubectl get cm a -o name',
      'kubectl get cm a -o yaml',
      'kubectl get cm a -o json',
      'kubectl get cm -l app=demo -o yaml',
      'kubectl get cm a --no-headers',
      'kubectl get configmap.v1. a -o name',
      'kubectl get -f a.yaml',
      'kubectl get cm a b missing',
      'kubectl get cm missing --ignore-not-found',
      'kubectl get cm a --output-watch-events',
      'kubectl get cm a -o nonsense',
    ],
  },
  {
    name: 'objects are shown by columns, paths and templates',
    files: {
      'all.yaml': three,
      'web.yaml': deployment('web', { replicas: 0 }),
      columns: 'NAME          K\n.metadata.name .data.k\n',
    },
    run: [
      'kubectl apply -f all.yaml -f web.yaml',
      'kubectl get cm -l app=demo -o custom-columns=NAME:.metadata.name,K:.data.k,NONE:.data.nothing',
      'kubectl get cm -l app=demo -o custom-columns-file=columns',
      'kubectl get cm -l app=demo -o custom-columns=NAME:.metadata.name --no-headers',
      'kubectl get cm -l app=demo -o jsonpath=\'{range .items[*]}{.metadata.name}{"="}{.data.k}{"\\n"}{end}\'',
      'kubectl get cm -l app=demo -o jsonpath-as-json={.items[*].data}',
      "kubectl get cm a -o jsonpath='{.data.nothing}'",
      "kubectl get cm a -o jsonpath='{.data.nothing}' --allow-missing-template-keys=false",
      "kubectl get cm a -o 'jsonpath={.data['",
      'kubectl get cm -l app=demo -o go-template=\'{{range .items}}{{.metadata.name}} {{.data.k}}{{"\\n"}}{{end}}\'',
      "kubectl get cm a -o template --template='{{.data.k}}'",
      'kubectl get deployment web -o jsonpath=\'{.spec.template.spec.containers[?(@.name=="web")].image}\'',
    ],
  },
  {
    name: 'labels are shown, chosen and sorted by',
    files: { 'all.yaml': three },
    run: [
      'kubectl apply -f all.yaml',
      'kubectl label cm a tier=web',
      'kubectl label cm b tier=db',
      'kubectl get cm -l app=demo -L tier,app',
      'kubectl get cm -l app=demo --show-labels',
      'kubectl get cm -l app=demo --label-columns=tier --no-headers',
      'kubectl get cm -l app=demo --sort-by=.data.k',
      'kubectl get cm -l app=demo --sort-by=.metadata.labels.tier',
      'kubectl get cm -l app=demo --sort-by={.data.k} -o name',
      "kubectl get cm -l 'app=demo,tier in (web,db)' -o name",
      "kubectl get cm -l 'tier,tier!=web' -o name",
      "kubectl get cm -l 'app=demo,!tier' -o name",
      "kubectl get cm -l 'tier notin (web),app' -o name",
      'kubectl get cm -l tier=nothing',
      "kubectl get cm -l 'tier in ('",
      "kubectl get cm -l '=x'",
      "kubectl get cm -l 'a b'",
      "kubectl get cm -l 'tier==Bad Value!'",
      'kubectl get cm a -l app=demo',
    ],
  },
  {
    name: 'field selectors choose, and unknown fields are refused',
    files: {
      'all.yaml': three,
      'pod.yaml': held('p'),
      'secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: example.com/t\n',
    },
    run: [
      'kubectl apply -f all.yaml -f pod.yaml -f secret.yaml',
      'kubectl get cm --field-selector=metadata.name=b',
      'kubectl get cm --field-selector=metadata.name!=b,metadata.namespace=$NS -l app=demo -o name',
      'kubectl get cm -A --field-selector=metadata.name=b,metadata.namespace=$NS',
      'kubectl get pods --field-selector=status.phase=Pending -o name',
      'kubectl get pods --field-selector=status.phase!=Pending',
      'kubectl get pods --field-selector=spec.restartPolicy=Always -o name',
      'kubectl get secrets --field-selector=type=example.com/t',
      'kubectl get cm --field-selector=data.k=1',
      'kubectl get pods --field-selector=spec.nothing=1',
      'kubectl get cm --field-selector=nonsense',
      'kubectl get ns --field-selector=metadata.name=$NS -o name',
    ],
  },
  {
    name: 'workloads are shown with their columns',
    files: {
      'web.yaml': deployment('web'),
      'db.yaml': statefulSet('db'),
      'agent.yaml': daemonSet('agent'),
      'job.yaml': job('once'),
      'cron.yaml': cronJob('nightly'),
      'service.yaml': service('web'),
    },
    run: [
      'kubectl apply -f web.yaml -f db.yaml -f agent.yaml -f job.yaml -f cron.yaml -f service.yaml',
      { quietly: 'kubectl rollout status deployment/web --timeout=60s' },
      { quietly: 'kubectl rollout status statefulset/db --timeout=60s' },
      { quietly: 'kubectl rollout status daemonset/agent --timeout=60s' },
      { quietly: 'kubectl wait --for=condition=Complete job/once --timeout=60s' },
      'kubectl get deployment',
      'kubectl get deploy web -o wide',
      'kubectl get rs',
      'kubectl get rs -o wide',
      'kubectl get sts -o wide',
      'kubectl get ds -o wide',
      'kubectl get jobs -o wide',
      'kubectl get cronjobs -o wide',
      'kubectl get pods -l app=web',
      'kubectl get pods -l app=web -o wide',
      'kubectl get pods -l app=db',
      'kubectl get pods -l batch.kubernetes.io/job-name=once',
      'kubectl get svc web',
      'kubectl get svc web -o wide',
      { until: 'kubectl get endpointslices -l kubernetes.io/service-name=web -o name', says: /./ },
      'kubectl get endpointslices -l kubernetes.io/service-name=web -o name',
      'kubectl get deploy,sts,ds -o name',
      'kubectl get deploy,svc',
      'kubectl get all -l app=web',
      'kubectl get all --no-headers -l app=nothing',
      'kubectl get deploy web --subresource=scale',
      'kubectl get deploy web --subresource=scale -o yaml',
      'kubectl get deploy web --subresource=status -o name',
      'kubectl get deploy web --subresource=nothing',
      'kubectl get cm --subresource=status',
      'kubectl get controllerrevisions --no-headers -o custom-columns=OWNER:.metadata.ownerReferences[0].name,REVISION:.revision --sort-by=.metadata.ownerReferences[0].name',
    ],
  },
  {
    name: 'the kinds of configuration are shown with their columns',
    files: {
      'all.yaml': `
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: YQ==, b: Yg==}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bob}
---
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
  rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
  tls: [{hosts: [a.example.com], secretName: s}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb}
spec: {minAvailable: 50%, selector: {matchLabels: {app: nothing}}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: lr}
spec: {limits: [{type: Container, max: {cpu: "2"}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: bob, namespace: $NS}, {kind: User, name: jane}, {kind: Group, name: devs}]
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: l}
spec: {holderIdentity: me, leaseDurationSeconds: 15}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: pt}
template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: v1
kind: Service
metadata: {name: out}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Service
metadata: {name: none}
spec: {clusterIP: None, selector: {a: b}, ports: [{port: 80}, {port: 53, protocol: UDP, name: dns}].reverse}
`.replace(
        ', ports: [{port: 80}, {port: 53, protocol: UDP, name: dns}].reverse',
        ', ports: [{port: 80, name: http}, {port: 53, protocol: UDP, name: dns}]',
      ),
    },
    run: [
      { quietly: 'kubectl apply -f all.yaml' },
      // Both clusters have no controller for the class; the local one simulates one.
      {
        quietly: `kubectl patch ingress web --subresource=status --type=merge -p '{"status":{"loadBalancer":{"ingress":[{"ip":"172.18.0.2"}]}}}'`,
      },
      { quietly: "kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/claim --timeout=60s" },
      ...[
        'secrets s',
        'sa bob',
        'pvc',
        'ingress',
        'netpol',
        'pdb',
        'limits',
        'roles',
        'rolebindings',
        'leases',
        'podtemplates',
        'svc',
      ].flatMap((kind) => [`kubectl get ${kind}`, `kubectl get ${kind} -o wide`]),
      'kubectl get ns $NS -o wide',
      'kubectl get ns $NS --show-labels',
    ],
    after: ['kubectl delete pv/pv-$NS --wait=false'],
  },
  {
    name: 'kinds of the whole cluster are shown with their columns',
    files: {
      'all.yaml': `
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-$NS, labels: {case: $NS}}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce, ReadOnlyMany], storageClassName: slow, hostPath: {path: /tmp/x}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: sc-$NS, labels: {case: $NS}}
provisioner: example.com/none
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: pc-$NS, labels: {case: $NS}}
value: 1000
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: ic-$NS, labels: {case: $NS}}
spec: {controller: example.com/none}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: rc-$NS, labels: {case: $NS}}
handler: none
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cr-$NS, labels: {case: $NS}}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: crb-$NS, labels: {case: $NS}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cr-$NS}
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: csi-$NS.example.com, labels: {case: $NS}}
spec: {attachRequired: false}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: pl-$NS, labels: {case: $NS}}
spec: {type: Limited, limited: {nominalConcurrencyShares: 1, limitResponse: {type: Reject}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: vw-$NS, labels: {case: $NS}}
`,
    },
    run: [
      { quietly: 'kubectl apply -f all.yaml' },
      { quietly: "kubectl wait --for=jsonpath='{.status.phase}'=Available pv/pv-$NS --timeout=60s" },
      ...[
        'pv',
        'sc',
        'pc',
        'ingressclass',
        'runtimeclass',
        'clusterrole',
        'clusterrolebinding',
        'csidriver',
        'prioritylevelconfiguration',
        'validatingwebhookconfiguration',
      ].map((kind) => `kubectl get ${kind} -l case=$NS -o wide`),
      'kubectl get node node-1 --no-headers -o custom-columns=ZONE:.metadata.labels',
      'kubectl get nodes -o name',
      'kubectl get nodes -L topology.kubernetes.io/zone --no-headers | cut -c1-16',
    ],
    after: ['kubectl delete -f all.yaml --wait=false'],
  },
  {
    name: 'a watch tells what happens, with or without the kind of event',
    files: { 'a.yaml': configMap('a', 'one'), watching },
    run: [
      'kubectl apply -f a.yaml',
      './watching 2 kubectl get cm a --watch',
      './watching 2 kubectl get cm -l app=demo --watch --output-watch-events',
      "THEN='kubectl label cm a tier=web' ./watching 2 kubectl get cm -l app=demo --watch-only --output-watch-events",
      './watching 1 kubectl get cm -l app=demo -w -o name',
      "THEN='kubectl annotate cm a note=x; kubectl delete cm a' ./watching 4 kubectl get cm -l app=demo -w --output-watch-events",
      'kubectl create -f a.yaml',
      "THEN='kubectl annotate cm a note=x' ./watching 3 kubectl get cm -l app=demo -w -o custom-columns=K:.data.k,NOTE:.metadata.annotations.note",
      'kubectl get cm a --watch --request-timeout=5s',
    ],
  },
  {
    name: 'lists come in chunks, across namespaces and as raw requests',
    files: { 'all.yaml': three },
    run: [
      'kubectl apply -f all.yaml',
      'kubectl get cm -l app=demo --chunk-size=1 -o name',
      'kubectl get cm -l app=demo --chunk-size=2',
      'kubectl get cm -A --field-selector=metadata.namespace=$NS -l app=demo',
      'kubectl get cm -A --field-selector=metadata.namespace=$NS -l app=demo --sort-by=.data.k --no-headers',
      'kubectl get --raw /api/v1/namespaces/$NS/configmaps/a',
      'kubectl get --raw /healthz',
      'kubectl get --raw /livez',
      'kubectl get --raw /nothing',
      'kubectl get cm -l app=demo --server-print=false',
      'kubectl get cm a --show-kind',
      'kubectl get cm a -o yaml --show-managed-fields',
    ],
  },
  {
    name: 'custom kinds are shown by their own columns',
    files: {
      'crd.yaml': gadgets,
      'one.yaml': gadget('one', '{size: 1, replicas: 2}'),
      'two.yaml': gadget('two', '{size: 2, color: blue}'),
    },
    run: [
      ...serveGadgets.start,
      'kubectl get gadgets.$NS.example.com',
      'kubectl apply -f one.yaml -f two.yaml',
      'kubectl get gadgets.$NS.example.com',
      'kubectl get gadgets.$NS.example.com -o wide',
      `kubectl patch gadgets.$NS.example.com one --subresource=status --type=merge -p '{"status":{"replicas":1,"conditions":[{"type":"Ready","status":"True"}]}}'`,
      'kubectl get gadgets.$NS.example.com -L app',
      'kubectl get gadgets.v1.$NS.example.com one -o yaml',
      'kubectl get gadgets.$NS.example.com one --subresource=scale',
      'kubectl scale gadgets.$NS.example.com/one --replicas=5',
      'kubectl get all-$NS',
      'kubectl get gadgets.$NS.example.com -A --no-headers | grep $NS',
      'kubectl wait --for=condition=Ready gadgets.$NS.example.com/one --timeout=1s',
      'kubectl get crd gadgets.$NS.example.com',
      'kubectl get gadgets.v2.$NS.example.com',
      'kubectl delete gadgets.$NS.example.com --all',
    ],
    after: serveGadgets.after,
  },
  {
    name: 'what is not there is said to be not there',
    run: [
      'kubectl get nothing',
      'kubectl get nothing x',
      'kubectl get nothings.example.com',
      'kubectl get cm/x',
      'kubectl get cm x y',
      'kubectl get deployment',
      'kubectl get pods,deploy',
      'kubectl get pods -n nowhere-$NS',
      'kubectl get cm',
      'kubectl get',
      'kubectl get ns nowhere-$NS',
      'kubectl get cm "bad name"',
      'kubectl get cm Bad_Name',
      'kubectl get pods a/b',
      'kubectl get deploy web --context=nothing',
      'kubectl get deploy web --as=',
    ],
  },
]);
