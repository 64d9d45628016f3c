import { API_VERSION, crds, SOURCE_API_VERSION, type StageSet, sourceCrds } from '@stageset/api';
import { createArtifacts, packFiles, serveArtifacts } from '@stageset/artifact';
import { createCluster } from '@stageset/client';
import { silentLogger, startController } from '@stageset/controller/main';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { serveKinds } from '../conformance/support/served.ts';
import type { BenchCluster } from './bench.ts';
import { RequestLog } from './request-log.ts';

const SETUP = { fieldManager: 'bench', force: true } as const;

/** A controller over a cluster, with a source of artifacts beside it, and a record of what it asks the cluster. */
export class Delivery implements AsyncDisposable {
  readonly target: BenchCluster;
  /** The bench's own access: its requests are not counted. */
  readonly cluster: Cluster;
  readonly requests: RequestLog;
  readonly #server: Awaited<ReturnType<typeof serveArtifacts>>;
  readonly #stop: () => Promise<void>;
  readonly #downloads: () => number;

  private constructor(
    target: BenchCluster,
    parts: {
      readonly requests: RequestLog;
      readonly server: Awaited<ReturnType<typeof serveArtifacts>>;
      readonly downloads: () => number;
      readonly stop: () => Promise<void>;
    },
  ) {
    this.target = target;
    this.cluster = target.cluster;
    this.requests = parts.requests;
    this.#server = parts.server;
    this.#downloads = parts.downloads;
    this.#stop = parts.stop;
  }

  static async start(target: BenchCluster | undefined): Promise<Delivery> {
    if (target === undefined) throw new Error('needs a cluster');
    await serveKinds(target.cluster, [...crds(), ...sourceCrds()]);
    const server = await serveArtifacts();
    const requests = new RequestLog((path) => target.isOurs(path));
    const artifacts = createArtifacts({ clock: systemClock, allowedHosts: ['127.0.0.1'] });
    let downloads = 0;
    const stop = new AbortController();
    const controller = await startController({
      cluster: createCluster(requests.count(target.transport), { clock: systemClock, random: Math.random }),
      artifacts: {
        fetch: (artifact, signal) => {
          // What StageSets that were there before the bench ask for is not its own.
          if (artifact.url.startsWith(`${server.origin}/`)) downloads += 1;
          return artifacts.fetch(artifact, signal);
        },
      },
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      options: {},
      signal: stop.signal,
    });
    return new Delivery(target, {
      requests,
      server,
      downloads: () => downloads,
      stop: async () => {
        stop.abort();
        await controller.stopped;
        await server.stop();
      },
    });
  }

  /** How many artifacts the controller has asked for. */
  get downloads(): number {
    return this.#downloads();
  }

  /** Makes objects the content of an ExternalArtifact; resolves with its digest when the cluster has been told. */
  publish(namespace: string, name: string, objects: readonly KubeObject[]): Promise<string> {
    return this.publishTree(namespace, name, new Map([['', objects]]));
  }

  /** The same, with objects in a directory each. */
  async publishTree(
    namespace: string,
    name: string,
    directories: ReadonlyMap<string, readonly KubeObject[]>,
  ): Promise<string> {
    const encoder = new TextEncoder();
    const files = [...directories].flatMap(([directory, objects]) =>
      objects.map((object) => {
        const file = `${object.kind}-${object.metadata.name}.yaml`.toLowerCase();
        const path = directory === '' ? file : `${directory}/${file}`;
        return [path, encoder.encode(JSON.stringify(object))] as const;
      }),
    );
    const archive = await packFiles(new Map(files));
    const { url } = this.#server.publish(archive, `${namespace}/${name}`);
    const source = { apiVersion: SOURCE_API_VERSION, kind: 'ExternalArtifact', metadata: { name, namespace } };
    await this.cluster.apply({ ...source, spec: {} }, SETUP);
    const now = new Date(systemClock.now()).toISOString();
    const artifact = {
      url,
      path: new URL(url).pathname.slice(1),
      revision: `v1@${archive.digest}`,
      digest: archive.digest,
      lastUpdateTime: now,
    };
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: now }];
    await this.cluster.apply({ ...source, status: { artifact, conditions } }, { ...SETUP, subresource: 'status' });
    return archive.digest;
  }

  /** Publishes each part under the name of its stage. */
  async publishStages(namespace: string, parts: ReadonlyMap<string, readonly KubeObject[]>): Promise<void> {
    for (const [name, objects] of parts) await this.publish(namespace, name, objects);
  }

  async create(stageSet: KubeObject): Promise<void> {
    await this.cluster.apply(stageSet, SETUP);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** A StageSet whose stages are named like their sources. */
export function stageSetOf(
  namespace: string,
  name: string,
  stages: readonly string[],
  spec: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'StageSet',
    metadata: { name, namespace },
    spec: { interval: '1h', stages: stages.map((stage) => ({ name: stage, sourceRef: { name: stage } })), ...spec },
  };
}

/** Spreads objects over stages, in equal shares. */
export function intoStages(objects: readonly KubeObject[], stages: number): ReadonlyMap<string, readonly KubeObject[]> {
  const size = Math.ceil(objects.length / stages);
  return new Map(
    Array.from({ length: stages }, (_, index) => [
      `stage-${index + 1}`,
      objects.slice(index * size, (index + 1) * size),
    ]),
  );
}

/** The StageSets of one namespace, watched: resolves what is waited for as soon as the watch tells of it. */
export class StageSetWatch implements Disposable {
  readonly #stop = new AbortController();
  readonly #follow: ReturnType<Cluster['follow']>;
  readonly #namespace: string;
  readonly #looks = new Map<string, () => void>();

  constructor(cluster: Cluster, namespace: string) {
    this.#namespace = namespace;
    this.#follow = cluster.follow({ apiVersion: API_VERSION, kind: 'StageSet', namespace }, this.#stop.signal);
    this.#follow.subscribe((event) => {
      if (event.type === 'applied' || event.type === 'deleted') this.#looks.get(event.object.metadata.name)?.();
      else for (const look of [...this.#looks.values()]) look();
    });
  }

  /** Resolves when `is` holds for the StageSet; `undefined` stands for its being gone. */
  async until(name: string, is: (stageSet: StageSet | undefined) => boolean): Promise<void> {
    await this.#follow.whenSynced();
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        try {
          if (!is(this.#follow.get(this.#namespace, name) as StageSet | undefined)) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        this.#looks.delete(name);
      };
      this.#looks.set(name, look);
      look();
    });
  }

  ready(name: string): Promise<void> {
    return this.until(name, isReady);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}

/** Throws when the verdict is that it has failed. */
export function isReady(stageSet: StageSet | undefined): boolean {
  const { metadata, status } = stageSet ?? {};
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  // A source that was published a moment ago may not have been seen yet.
  const isEarly = condition?.reason === 'SourceNotReady';
  if (condition?.status === 'False' && !isEarly) throw new Error(`${metadata?.name} failed: ${condition.message}`);
  return condition?.status === 'True' && condition.observedGeneration === metadata?.generation;
}

/** Whether everything of an artifact is applied and ready. */
export function hasDelivered(stageSet: StageSet | undefined, digest: string): boolean {
  const run = stageSet?.status?.run;
  return isReady(stageSet) && run?.finishedAt !== undefined && run.pins.every((pin) => pin.digest === digest);
}
