/**
 * A program for `data-file.local.ts`: a local cluster with a data file that does some work, says what was acknowledged, and
 * ends itself by SIGKILL right after the write whose number it is given.
 * Arguments: path of the data file, number of that write (0: none).
 */
import { argv, kill, pid, stdout } from 'node:process';
import { startCluster } from '@stageset/apiserver';
import { createCluster } from '@stageset/client';
import type { KubeObject } from '@stageset/k8s';
import { systemClock } from '@stageset/runtime';

const [, , data = '', killAt = '0'] = argv;
const say = (line: unknown) => stdout.write(`${JSON.stringify(line)}\n`);

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'web:1' }], restartPolicy: 'Always' },
};
const WORK: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.demo.dev' },
    spec: {
      group: 'demo.dev',
      names: { kind: 'Widget', plural: 'widgets' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'demo' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'demo' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
  { apiVersion: 'demo.dev/v1', kind: 'Widget', metadata: { name: 'one', namespace: 'demo' } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'passing', namespace: 'demo' } },
];
const PASSING = { apiVersion: 'v1', kind: 'ConfigMap', name: 'passing', namespace: 'demo' };

const cluster = await startCluster({ clock: systemClock, data, seed: 1 });
const { registry } = cluster;
// A client asks once what kinds there are: a new one for each request sees the kind that the one before has brought.
const client = () => createCluster(cluster.transport, { clock: systemClock, random: Math.random });
say({ resumed: Number(registry.list({ apiVersion: 'v1', kind: 'Namespace' }).resourceVersion) });

let writes = 0;
const settled = Promise.withResolvers<void>();
registry.watch('*', () => {
  writes += 1;
  if (writes === Number(killAt)) kill(pid, 'SIGKILL');
  if (isSettled()) settled.resolve();
});

for (const object of WORK) {
  const { metadata } = await client().apply(object, { fieldManager: 'worker', force: true });
  say({ written: `${object.kind} ${metadata.name}`, resourceVersion: Number(metadata.resourceVersion) });
}
await client().delete(PASSING, { propagation: 'Background' });
say({ removed: 'ConfigMap passing' });
if (isSettled()) settled.resolve();
await settled.promise;
say({ end: shape(), writes });
await cluster.stop();

function isSettled(): boolean {
  const web = registry.get({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'demo' });
  const { readyReplicas, observedGeneration } = (web?.['status'] ?? {}) as Readonly<Record<string, unknown>>;
  const endpoints = registry.list({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace: 'demo',
  }).items;
  const ready = endpoints.flatMap((slice) => slice['endpoints'] ?? []);
  return readyReplicas === 2 && observedGeneration === 1 && ready.length === 2 && registry.get(PASSING) === undefined;
}

/** What is there, by kind and number: names of pods and addresses are chance. */
function shape(): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const kind of registry.kinds()) {
    if (!kind.verbs.includes('list') || kind.apiVersion !== kind.storageApiVersion || kind.kind === 'Event') continue;
    const { items } = registry.list({ apiVersion: kind.apiVersion, kind: kind.kind });
    if (items.length > 0) counts.set(`${kind.kind}.${kind.group}`, items.length);
  }
  return Object.fromEntries(counts);
}
