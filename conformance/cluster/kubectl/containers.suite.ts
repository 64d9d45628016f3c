import { deployment, job, pod } from './manifests.ts';
import { sessions } from './sessions.ts';

sessions('containers', [
  {
    name: 'logs ask for a pod and a container that there are',
    files: {
      'two.yaml': pod('two', '  - {name: side, image: busybox:1}\n'),
      'web.yaml': deployment('web'),
      'job.yaml': job('once'),
    },
    run: [
      { quietly: 'kubectl apply -f two.yaml -f web.yaml -f job.yaml' },
      { quietly: 'kubectl wait --for=condition=Ready pod/two --timeout=60s' },
      'kubectl logs nothing',
      'kubectl logs two -c nothing',
      'kubectl logs deployment/nothing',
      'kubectl logs cm/x',
      'kubectl logs -l app=nothing',
      'kubectl logs',
      'kubectl logs two --since=1m --since-time=2026-01-01T00:00:00Z',
      'kubectl logs two --tail=-2',
      'kubectl logs two --tail=nonsense',
    ],
  },
  {
    name: 'commands for a container ask for one that there is',
    run: [
      'kubectl exec nothing -- date',
      'kubectl exec deploy/nothing -- date',
      'kubectl exec nothing',
      'kubectl attach nothing',
      'kubectl port-forward pod/nothing 8080:80',
      'kubectl port-forward svc/nothing 8080:80',
      'kubectl cp nothing:/x y',
      'kubectl cp x y',
      'kubectl debug nothing --image=busybox:1',
    ],
  },
]);
