/** Manifests that several areas type about. */

export const configMap = (name: string, value: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  labels: {app: demo}
data:
  k: ${value}
`;

export const deployment = (name: string, { image = 'web:1', replicas = 2, more = '' } = {}) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: web
        image: ${image}
        ports: [{containerPort: 8080, name: http}]
        resources: {requests: {cpu: 10m, memory: 16Mi}}
${more}`;

export const pod = (name: string, more = '') => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  containers:
  - name: main
    image: busybox:1
${more}`;

export const job = (name: string) => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: work
        image: busybox:1
        command: [echo, done]
`;

export const statefulSet = (name: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: ${name}
spec:
  serviceName: ${name}
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: db
        image: db:1
`;

export const daemonSet = (name: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ${name}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: agent
        image: agent:1
`;

export const cronJob = (name: string) => `apiVersion: batch/v1
kind: CronJob
metadata:
  name: ${name}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - name: work
            image: busybox:1
`;

export const service = (name: string) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: {app: ${name}}
  ports:
  - {name: http, port: 80, targetPort: 8080}
`;

/** A kind of the session's own, served under the group \`$NS.example.com\`. */
export const gadgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.$NS.example.com
spec:
  group: $NS.example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gdg], categories: [all-$NS]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Color, type: string, jsonPath: .spec.color, priority: 1}
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A gadget does something.
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [size]
            properties:
              size: {type: integer, minimum: 1, description: How large it is.}
              color: {type: string, default: red, enum: [red, green, blue]}
              replicas: {type: integer}
              tags: {type: array, items: {type: string}}
              parts:
                type: array
                items: {type: object, properties: {name: {type: string}, count: {type: integer}}}
              labels: {type: object, additionalProperties: {type: string}}
          status:
            type: object
            properties:
              replicas: {type: integer}
              conditions:
                type: array
                items: {type: object, properties: {type: {type: string}, status: {type: string}, reason: {type: string}}}
`;

export const gadget = (name: string, spec: string) => `apiVersion: $NS.example.com/v1
kind: Gadget
metadata:
  name: ${name}
  labels: {app: demo}
spec: ${spec}
`;

/** Lines that make the kind there, and its end. */
export const serveGadgets = {
  start: [
    { quietly: 'kubectl apply -f crd.yaml' },
    { quietly: 'kubectl wait --for=condition=Established crd/gadgets.$NS.example.com --timeout=60s' },
    { until: 'kubectl api-resources --api-group=$NS.example.com -o name', says: /gadgets/ },
    // Both documents follow discovery at their own pace, and kubectl decides by them what the server is to check.
    { until: 'kubectl explain gadgets.$NS.example.com', says: /KIND: / },
    { until: 'kubectl explain gadgets.$NS.example.com --output=plaintext-openapiv2', says: /KIND: / },
  ],
  after: ['kubectl delete crd gadgets.$NS.example.com --wait=false'],
} as const;
