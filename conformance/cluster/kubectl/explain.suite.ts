import { sessions } from './sessions.ts';

const PATHS = [
  'pods',
  'pod.spec',
  'pod.spec.containers',
  'pod.spec.containers.resources',
  'pod.spec.containers.resources.limits',
  'pod.status.phase',
  'deployment.spec.strategy',
  'deployment.spec.strategy.rollingUpdate.maxSurge',
  'deploy.metadata',
  'deploy.metadata.labels',
  'deploy.metadata.managedFields',
  'svc.spec.ports',
  'configmap',
  'secret.data',
  'ingress.spec.rules.http.paths',
  'job.spec.template.spec.containers.env.valueFrom',
  'cronjob.spec.jobTemplate',
  'crd.spec.versions.schema',
  'role.rules',
  'hpa.spec.metrics',
  'node.status.conditions',
  'pvc.spec.resources',
  'networkpolicy.spec.ingress.from',
  'events',
];

sessions('explain', [
  {
    name: 'kinds and fields are explained',
    run: PATHS.map((path) => `kubectl explain ${path}`),
  },
  {
    name: 'everything below a field is shown',
    run: [
      ...['pods', 'deployment.spec', 'svc', 'cm', 'crd', 'lease', 'validatingadmissionpolicy.spec'].map(
        (path) => `kubectl explain ${path} --recursive`,
      ),
    ],
  },
  {
    name: 'versions are chosen, and what is not there is said to be not there',
    run: [
      'kubectl explain hpa.spec --api-version=autoscaling/v1',
      'kubectl explain events --api-version=events.k8s.io/v1',
      'kubectl explain pod.spec.nothing',
      'kubectl explain nothing',
      'kubectl explain pods --api-version=v9',
      'kubectl explain pods --output=nonsense',
      'kubectl explain',
    ],
  },
  {
    name: 'the older document explains the same',
    run: ['pods', 'pod.spec.containers', 'deployment.spec.strategy', 'cm.data', 'svc.spec', 'hpa.spec'].flatMap(
      (path) => [
        `kubectl explain ${path} --output=plaintext-openapiv2`,
        `kubectl explain ${path} --output=plaintext-openapiv2 --recursive`,
      ],
    ),
  },
]);
