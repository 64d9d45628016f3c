import { deployment, gadgets, job, pod, serveGadgets } from './manifests.ts';
import { sessions } from './sessions.ts';

// A cluster that is shared has kinds of others, and columns as wide as their names.
const builtInRows =
  "awk '{for (i = 1; i <= NF; i++) if ($i ~ /[.].*[/]v[0-9]/ && $i !~ /[.]k8s[.]io[/]/) next; $1 = $1; print}'";
const builtInNames = "grep -E '^[a-z]+([.](apps|autoscaling|batch|policy|[a-z.]+[.]k8s[.]io))?$'";

sessions('cluster', [
  {
    name: 'what the server serves, by kind, group and version',
    run: [
      `kubectl api-resources | ${builtInRows}`,
      `kubectl api-resources -o wide | ${builtInRows}`,
      `kubectl api-resources --namespaced=true -o name | ${builtInNames}`,
      `kubectl api-resources --namespaced=false -o name | ${builtInNames}`,
      'kubectl api-resources --api-group=apps',
      "kubectl api-resources --api-group=''",
      'kubectl api-resources --api-group=nothing',
      'kubectl api-resources --verbs=create,list --api-group=batch -o name',
      'kubectl api-resources --categories=all',
      'kubectl api-resources --categories=api-extensions -o name',
      'kubectl api-resources --sort-by=kind --api-group=rbac.authorization.k8s.io',
      'kubectl api-resources --no-headers --api-group=events.k8s.io',
      "kubectl api-versions | grep -E '^(v1|(apps|autoscaling|batch|policy|[a-z.]+[.]k8s[.]io)/.+)$'",
    ],
  },
  {
    name: 'a kind that is defined is served, explained and gone',
    files: { 'crd.yaml': gadgets },
    run: [
      ...serveGadgets.start,
      'kubectl api-resources --api-group=$NS.example.com',
      'kubectl api-resources --api-group=$NS.example.com -o wide',
      'kubectl api-versions | grep $NS',
      'kubectl explain gadgets.$NS.example.com',
      'kubectl explain gadgets.$NS.example.com.spec',
      'kubectl explain gadgets.$NS.example.com.spec.color',
      'kubectl explain gadgets.$NS.example.com.spec.size | grep -o "How large it is."',
      'kubectl explain gadgets.$NS.example.com --recursive',
      'kubectl explain gadgets --api-version=$NS.example.com/v1 --recursive',
      'kubectl explain gadgets.$NS.example.com.nothing',
      'kubectl explain gadgets.$NS.example.com.spec.parts --output=plaintext-openapiv2',
      'kubectl delete crd gadgets.$NS.example.com',
      { until: 'kubectl api-versions | grep $NS || echo gone', says: /gone/ },
      'kubectl get gadgets.$NS.example.com',
    ],
    after: serveGadgets.after,
  },
  {
    name: 'where it is, and which version it has',
    run: [
      'kubectl cluster-info',
      'kubectl version',
      'kubectl version -o json | grep -c gitVersion',
      'kubectl version -o yaml | grep -A13 ^serverVersion | grep -e ajor -e inor',
      'kubectl config current-context > /dev/null',
      'kubectl get --raw /version | grep -c major',
      'kubectl options | head -1',
      'kubectl get componentstatuses 2>&1 | head -1',
    ],
  },
  {
    name: 'who is asking, and what they may do',
    files: {
      'roles.yaml': `
apiVersion: v1
kind: ServiceAccount
metadata: {name: bob, namespace: $NS}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: $NS}
rules: [{apiGroups: [""], resources: [configmaps, pods/log], verbs: [get, list]}, {apiGroups: [apps], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: $NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: bob, namespace: $NS}]
`,
      'more.yaml': `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: $NS}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: $NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
`,
    },
    run: [
      'kubectl auth reconcile -f roles.yaml',
      'kubectl auth reconcile -f more.yaml --dry-run=client',
      'kubectl auth reconcile -f more.yaml',
      "kubectl get role reader -o jsonpath='{.rules}'",
      "kubectl get rolebinding reader -o jsonpath='{.subjects[*].name}'",
      'kubectl auth reconcile -f more.yaml --remove-extra-permissions --remove-extra-subjects',
      'kubectl auth reconcile -f roles.yaml --remove-extra-subjects',
      // What may be done is known from watches of roles and bindings.
      { until: 'kubectl auth can-i delete deployments --as=system:serviceaccount:$NS:bob', says: /yes/ },
      { until: 'kubectl auth can-i get configmaps --as=jane || true', says: /no/ },
      'kubectl auth whoami --as=system:serviceaccount:$NS:bob',
      'kubectl auth whoami --as=jane --as-group=devs --as-group=ops',
      'kubectl auth whoami --as=jane -o yaml',
      'kubectl auth can-i create deployments',
      'kubectl auth can-i get pods --as=system:serviceaccount:$NS:bob',
      'kubectl auth can-i list configmaps --as=system:serviceaccount:$NS:bob',
      'kubectl auth can-i list configmaps --as=system:serviceaccount:$NS:bob -A',
      'kubectl auth can-i get pods/log --as=system:serviceaccount:$NS:bob',
      'kubectl auth can-i get pods --subresource=log --as=system:serviceaccount:$NS:bob',
      "kubectl auth can-i '*' '*'",
      'kubectl auth can-i get /healthz --as=jane',
      'kubectl auth can-i get nothing --as=jane',
      'kubectl auth can-i nonsense pods --as=jane',
      'kubectl auth can-i delete namespaces --as=jane',
      'kubectl auth can-i list pods --as=jane -q',
      'kubectl auth can-i --list --as=system:serviceaccount:$NS:bob',
      'kubectl auth can-i --list --as=jane --no-headers | head -3',
      'kubectl auth can-i',
      'kubectl get cm --as=system:serviceaccount:$NS:bob -l a=b',
      'kubectl get secrets --as=system:serviceaccount:$NS:bob',
      'kubectl get nodes --as=jane',
      'kubectl create cm x --as=system:serviceaccount:$NS:bob',
      'kubectl delete ns $NS --as=jane',
      'kubectl get cm x --as=jane',
      'kubectl get --raw /metrics --as=jane',
      'kubectl get cm --token=nonsense',
    ],
  },
  {
    name: 'nodes are tainted, closed, drained and opened',
    files: { 'web.yaml': deployment('web').replace('    spec:\n', '    spec:\n      nodeName: node-1\n') },
    run: [
      'kubectl taint node node-1 case=$NS:PreferNoSchedule',
      'kubectl taint node node-1 case=$NS:PreferNoSchedule',
      'kubectl taint node node-1 case=other:PreferNoSchedule --overwrite',
      "kubectl get node node-1 -o jsonpath='{.spec.taints}'",
      'kubectl taint node node-1 case-',
      'kubectl taint node node-1 case-',
      'kubectl taint node nothing a=b:NoSchedule',
      'kubectl taint node node-1 a=b:Nonsense',
      'kubectl cordon node-1',
      'kubectl cordon node-1',
      'kubectl cordon nothing',
      'kubectl get node node-1 --no-headers | cut -d" " -f1-5',
      'kubectl uncordon node-1',
      'kubectl uncordon node-1',
      'kubectl cordon node-1 --dry-run=server',
      'kubectl drain nothing',
    ],
    after: ['kubectl taint node node-1 case-', 'kubectl uncordon node-1'],
  },
  {
    name: 'a node is drained of the pods that are chosen',
    // Pods of any namespace are drained: the label is the session's own.
    files: { 'pod.yaml': pod('p', '  nodeName: node-2\n').replace('{app: p}', '{case: $NS}') },
    run: [
      'kubectl apply -f pod.yaml',
      { quietly: 'kubectl wait --for=condition=Ready pod/p --timeout=60s' },
      'kubectl drain node-2 --pod-selector=case=$NS --ignore-daemonsets --dry-run=client',
      'kubectl drain node-2 --pod-selector=case=$NS --ignore-daemonsets',
      'kubectl drain node-2 --pod-selector=case=$NS --ignore-daemonsets --force --timeout=30s',
      'kubectl get pods',
      'kubectl uncordon node-2',
    ],
    after: ['kubectl uncordon node-2'],
  },
  {
    name: 'a certificate request is approved, denied, or not there',
    files: {
      'csr.yaml': `
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: csr-$NS}
spec:
  signerName: example.com/none
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbE1JR01BZ0VBTUNveEtEQW1CZ05WQkFNTUgzTjVjM1JsYlRwelpYSjJhV05sWVdOamIzVnVkRHBrWlcxdgpPbUp2WWpCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQktQUFhvTzJYY01ZVGJNN0ZsaVJZM1lMCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=
`,
    },
    run: ['kubectl certificate approve nothing', 'kubectl certificate deny nothing', 'kubectl certificate approve'],
  },
  {
    name: 'metrics are not there without their server',
    run: [
      'kubectl top pods',
      'kubectl top nodes',
      'kubectl top pod nothing',
      'kubectl get --raw /apis/metrics.k8s.io/v1beta1',
    ],
  },
  {
    name: 'events are listed',
    files: {
      'pod.yaml': pod('p'),
      'event.yaml': `
apiVersion: v1
kind: Event
metadata: {name: e}
involvedObject: {apiVersion: v1, kind: Pod, name: made-up, namespace: $NS}
reason: Tested
message: it was tried
type: Warning
count: 3
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:00Z"
source: {component: suite}
`,
    },
    run: [
      'kubectl events',
      'kubectl create -f event.yaml',
      'kubectl events --types=Warning | cut -c20-',
      'kubectl events --for=pod/nothing',
      'kubectl events --types=Nonsense',
      'kubectl get events --field-selector=involvedObject.name=made-up | cut -c20-',
      'kubectl get events --field-selector=reason=Tested,type=Warning -o name',
      'kubectl get events.v1.events.k8s.io e -o jsonpath={.note}{.regarding.name}{.deprecatedCount}',
      'kubectl get events -l a=b',
    ],
  },
  {
    name: 'the proxy passes requests on',
    run: [
      `kubectl proxy --port=0 > proxy.log & proxy=$!
until grep -qs Starting proxy.log; do sleep 0.1; done
kubectl --server="http://$(sed 's/.*on //' proxy.log)" --kubeconfig=/dev/null get ns $NS -o name
kill $proxy`,
    ],
  },
  {
    name: 'a finished job and its pods are found by each other',
    files: { 'job.yaml': job('once') },
    run: [
      'kubectl apply -f job.yaml',
      'kubectl wait --for=condition=Complete job/once --timeout=60s',
      'kubectl get pods -l job-name=once',
      'kubectl delete job once',
      { until: 'kubectl get pods 2>&1', says: /No resources/ },
      'kubectl get jobs,pods',
    ],
  },
]);
