import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../../support/suite-cluster.ts';
import { job, pod } from './manifests.ts';
import { closeDesk, type Desk, openDesk, play, type Session } from './session.ts';
import { isRunnable } from './sessions.ts';

/** What needs a process in a container: told as a simulation where that helps, refused in clear words where it does not. */
let suite: SuiteCluster;
let desk: Desk;
beforeAll(async () => {
  suite = await suiteCluster();
  desk = await openDesk(suite);
});
afterAll(async () => {
  await closeDesk(desk);
  await suite.stop();
});

const refused = (what: string) =>
  new RegExp(`the local cluster runs no containers: pods/${what} has nothing to answer with`);
const two = pod('two', '  - {name: side, image: busybox:1}\n');
const crashing = pod('crash').replace('metadata:\n', 'metadata:\n  annotations: {simulate: crash}\n');
const held = pod('held').replace('metadata:\n', 'metadata:\n  annotations: {simulate: hold}\n');

const cases: readonly (Session & { readonly says: RegExp })[] = [
  ...[
    ['exec', 'exec two -c main -- date'],
    ['exec', 'exec two -c main -it -- sh'],
    ['attach', 'attach two -c main'],
    ['portforward', 'port-forward two 0:80'],
    ['exec', 'cp two:/etc/hosts hosts -c main'],
  ].map(([part = '', command]) => ({
    name: `kubectl ${command} is refused, and told why`,
    files: { 'two.yaml': two },
    run: [
      { quietly: 'kubectl apply -f two.yaml' },
      { quietly: 'kubectl wait --for=condition=Ready pod/two --timeout=60s' },
      `kubectl ${command} 2>&1`,
    ],
    says: refused(part),
  })),
  {
    name: 'kubectl debug is refused, and told why',
    files: { 'two.yaml': two },
    run: [{ quietly: 'kubectl apply -f two.yaml' }, 'kubectl debug two --image=busybox:1 2>&1'],
    says: /ephemeralcontainers/,
  },
  {
    name: 'logs of all containers are told apart',
    files: { 'two.yaml': two },
    run: [
      { quietly: 'kubectl apply -f two.yaml' },
      { quietly: 'kubectl wait --for=condition=Ready pod/two --timeout=60s' },
      'kubectl logs two --all-containers --prefix | sort',
    ],
    says: /\[pod\/two\/main\] container main started \(simulated\)\n\[pod\/two\/side\] container side started \(simulated\)/,
  },
  {
    name: 'logs of one of two containers have to say which',
    files: { 'two.yaml': two },
    run: [
      { quietly: 'kubectl apply -f two.yaml' },
      { quietly: 'kubectl wait --for=condition=Ready pod/two --timeout=60s' },
      'kubectl logs two',
      'kubectl logs two -c side --tail=1',
      'kubectl logs -l app=two -c main --since=1h',
    ],
    says: /Defaulted container "main"[\s\S]*container side started[\s\S]*container main started/,
  },
  {
    name: 'a log that is followed ends with its container',
    files: { 'job.yaml': job('once') },
    run: [
      { quietly: 'kubectl apply -f job.yaml' },
      { until: 'kubectl get pods -l job-name=once -o jsonpath={.items[*].status.phase}', says: /Running|Succeeded/ },
      'kubectl logs -f job/once',
    ],
    says: /container work started \(simulated\)\ncontainer work ended with exit code 0 \(simulated\)\n/,
  },
  {
    name: 'a container that has crashed has a log of before',
    files: { 'crash.yaml': crashing },
    run: [
      { quietly: 'kubectl apply -f crash.yaml' },
      { until: 'kubectl get pod crash -o jsonpath={.status.containerStatuses[0].restartCount}', says: /[1-9]/ },
      'kubectl logs crash --previous',
    ],
    says: /container main ended with exit code 1 \(simulated\)/,
  },
  {
    name: 'a container that waits has no log',
    files: { 'held.yaml': held },
    run: [{ quietly: 'kubectl apply -f held.yaml' }, 'kubectl logs held'],
    says: /container "main" in pod "held" is waiting to start: ContainerCreating/,
  },
];

for (const session of cases) {
  test.skipIf(!isRunnable)(session.name, async () => expect(await play(desk, session)).toMatch(session.says));
}
