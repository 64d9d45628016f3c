import { API_VERSION, crds, SOURCE_API_VERSION, type StageSet, sourceCrds } from '@stageset/api';
import { createArtifacts, packFiles, serveArtifacts } from '@stageset/artifact';
import { createCluster } from '@stageset/client';
import { silentLogger, startController } from '@stageset/controller/main';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster, Transport } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { serveKinds } from '../conformance/support/served.ts';
import { type Bench, configMaps, median, round, timed } from './bench.ts';
import { applyAll } from './limit.ts';

const STAGES = 3;
const SETUP = { fieldManager: 'bench', force: true } as const;

/** StageSet created → Ready for N ConfigMaps in three stages, each run beside the limit on the same cluster. */
export const firstRollout: Bench = {
  says: `a StageSet of N ConfigMaps in ${STAGES} stages, created to Ready, next to the limit in the same run`,
  needsCluster: true,
  async run({ objects, runs, seed }, target) {
    if (target === undefined) throw new Error('needs a cluster');
    const { cluster } = target;
    await serveKinds(cluster, [...crds(), ...sourceCrds()]);
    const server = await serveArtifacts();
    const stop = new AbortController();
    let requests = 0;
    const counting: Transport = (request) => {
      requests += 1;
      return target.transport(request);
    };
    const controller = await startController({
      cluster: createCluster(counting, { clock: systemClock, random: Math.random }),
      artifacts: createArtifacts({ clock: systemClock, allowedHosts: ['127.0.0.1'] }),
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      options: {},
      signal: stop.signal,
    });
    const rollouts: number[] = [];
    const limits: number[] = [];
    const extra: number[] = [];
    // The first run warms everything up and is not counted.
    for (let n = 0; n <= runs; n += 1) {
      const floor = await target.namespace();
      const all = configMaps(objects, floor, seed + n);
      const limitMs = await timed(() => applyAll(cluster, all));
      const namespace = await target.namespace();
      const created = await publish(cluster, server, namespace, configMaps(objects, namespace, seed + n));
      const before = requests;
      const rolloutMs = await timed(async () => {
        await cluster.apply(created, SETUP);
        await ready(cluster, namespace);
      });
      if (n === 0) continue;
      limits.push(limitMs);
      rollouts.push(rolloutMs);
      extra.push(requests - before - objects);
    }
    stop.abort();
    await controller.stopped;
    await server.stop();
    const ratios = rollouts.map((ms, index) => ms / (limits[index] ?? Number.NaN));
    return {
      rollout_ms_median: round(median(rollouts), 0),
      limit_ms_median: round(median(limits), 0),
      ratio_median: round(median(ratios)),
      ratio_worst: round(Math.max(...ratios)),
      requests_beyond_one_an_object: median(extra),
    };
  },
};

async function publish(
  cluster: Cluster,
  server: Awaited<ReturnType<typeof serveArtifacts>>,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<KubeObject> {
  const encoder = new TextEncoder();
  const size = Math.ceil(objects.length / STAGES);
  const names = Array.from({ length: STAGES }, (_, index) => `stage-${index + 1}`);
  for (const [index, name] of names.entries()) {
    const part = objects.slice(index * size, (index + 1) * size);
    const archive = await packFiles(
      new Map(part.map((object) => [`${object.metadata.name}.yaml`, encoder.encode(JSON.stringify(object))])),
    );
    const { url } = server.publish(archive, `${namespace}/${name}`);
    const source = { apiVersion: SOURCE_API_VERSION, kind: 'ExternalArtifact', metadata: { name, namespace } };
    await cluster.apply({ ...source, spec: {} }, SETUP);
    const now = new Date(systemClock.now()).toISOString();
    const artifact = {
      url,
      path: new URL(url).pathname.slice(1),
      revision: `v1@${archive.digest}`,
      digest: archive.digest,
      lastUpdateTime: now,
    };
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: now }];
    await cluster.apply({ ...source, status: { artifact, conditions } }, { ...SETUP, subresource: 'status' });
  }
  const stages = names.map((name) => ({ name, sourceRef: { name } }));
  return {
    apiVersion: API_VERSION,
    kind: 'StageSet',
    metadata: { name: 'bench', namespace },
    spec: { interval: '1h', stages },
  };
}

function ready(cluster: Cluster, namespace: string): Promise<void> {
  const stop = new AbortController();
  const store = cluster.follow({ apiVersion: API_VERSION, kind: 'StageSet', namespace }, stop.signal);
  return new Promise<void>((resolve, reject) => {
    const look = () => {
      const { status } = (store.get(namespace, 'bench') ?? {}) as Partial<StageSet>;
      const condition = status?.conditions?.find(({ type }) => type === 'Ready');
      if (condition?.status === 'True') resolve();
      if (condition?.status === 'False') reject(new Error(`the rollout failed: ${condition.message}`));
    };
    store.subscribe(look);
    look();
  }).finally(() => stop.abort());
}
