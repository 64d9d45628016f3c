import { API_VERSION, crds, type Stage, type StageSet, type StageSetSpec, sourceCrds } from '@stageset/api';
import { startCluster } from '@stageset/apiserver';
import { createCluster } from '@stageset/client';
import { type KubeObject, type ObjectRef, UnreachableError } from '@stageset/k8s';
import type { BuildResult } from '@stageset/kustomize';
import type { Artifacts, Cluster, ClusterRequest, ClusterResponse, FileTree, Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { silentLogger } from '../../logging/logger.ts';
import { type RunningController, startController } from '../controller.ts';
import type { ControllerOptions } from '../options.ts';
import { BlindSpot } from './blind-spot.ts';
import { Receiver } from './receiver.ts';

const NAMESPACE = 'default';
const SOURCE = 'source.toolkit.fluxcd.io/v1';
const WRITE = { fieldManager: 'suite', force: true } as const;
/** Longest wait of a test, in the time of its clock. */
const PATIENCE_MS = 20_000;
const STEP_MS = 20;
const PASSES = /^controller_runtime_reconcile_total\{.*\} (\d+)$/gm;

/** Cuts the controller off from the cluster: before a request is sent, or after it was carried out. */
export interface Cut {
  readonly afterWrites: number;
  readonly loses: 'request' | 'answer';
}

/** One local cluster with what a StageSet needs, and controllers that come and go. */
export class Scene {
  readonly clock = new FakeClock('2026-01-01T00:00:00Z');
  /** Requests of the controllers but for watches and lists: `PATCH /api/v1/…`. */
  readonly requests: string[] = [];
  readonly admin: Cluster;
  readonly #transport: Transport;
  readonly #stopCluster: () => Promise<void>;
  readonly #rendered = new Map<string, readonly KubeObject[]>();
  #controller: { readonly running: RunningController; readonly stop: AbortController } | undefined;
  #isCut = false;
  /** When the controllers' discovery tells the truth again. */
  discoveryLagsUntilMs = 0;
  #told: { readonly response: ClusterResponse; readonly chunks: readonly Uint8Array[] } | undefined;
  /** Who gets the requests of `http` actions. */
  readonly calls = new Receiver();
  /** Digests of the artifacts that were asked for, and of those that were built. */
  readonly fetched: string[] = [];
  readonly built: string[] = [];
  /** What happens there to StageSets is not seen. */
  readonly unseen = new BlindSpot('stagesets');
  /** Paths of the watches that are open. */
  readonly watches: string[] = [];
  /** At least 0, less than 1: what the controllers leave to chance. */
  random = 0.5;
  /** Events are not answered for as long as this is true. */
  holdsEvents = false;
  /** Artifacts cannot be had. */
  isSourceDown = false;
  /** Places from which no artifact can be had. */
  readonly downUrls = new Set<string>();
  /** Called before a write of a controller reaches the cluster: the place to interfere. */
  onWrite: ((request: string) => Promise<void>) | undefined;

  /** Called instead of sending a write of a controller, where it answers: the place to lose it, or to hold it back. */
  onSend:
    | ((request: ClusterRequest, send: () => Promise<ClusterResponse>) => Promise<ClusterResponse> | undefined)
    | undefined;

  private constructor(transport: Transport, stopCluster: () => Promise<void>, clock: FakeClock) {
    this.clock = clock;
    this.#transport = transport;
    this.#stopCluster = stopCluster;
    this.admin = createCluster(transport, { clock, random: () => 0.5 });
  }

  static async start(): Promise<Scene> {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const local = await startCluster({ clock });
    const scene = new Scene(local.transport, () => local.stop(), clock);
    for (const crd of [...crds(), ...sourceCrds()]) await scene.admin.apply({ ...crd } as KubeObject, WRITE);
    await scene.admin.resource({ apiVersion: SOURCE, kind: 'Bucket' }, { refresh: true });
    return scene;
  }

  async startController(cut?: Cut, options: ControllerOptions = {}): Promise<RunningController> {
    const stop = new AbortController();
    this.#isCut = false;
    const cluster = createCluster(this.unseen.over(this.#watched(cut)), { clock: this.clock, random: () => 0.5 });
    const running = await startController({
      cluster,
      artifacts: this.#artifacts(),
      calls: this.calls,
      buildStage: (files) => this.#build(files),
      clock: this.clock,
      random: () => this.random,
      logger: silentLogger,
      options: { instance: 'test', ...options },
      signal: stop.signal,
    });
    this.#controller = { running, stop };
    return running;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  async stopController(): Promise<void> {
    const controller = this.#controller;
    this.#controller = undefined;
    controller?.stop.abort();
    let stopped = false;
    void controller?.running.stopped.then(() => {
      stopped = true;
    });
    while (controller !== undefined && !stopped) await this.clock.advance(STEP_MS);
  }

  async stop(): Promise<void> {
    await this.stopController();
    await this.#stopCluster();
  }

  /** Lets time pass until something is the case. */
  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (let waited = 0; waited <= PATIENCE_MS; waited += STEP_MS) {
      if (await holds()) return;
      await this.clock.advance(STEP_MS);
    }
    throw new Error(
      `it never came to be that ${what}: ${JSON.stringify((await this.stageSet('app'))?.status, null, 1)}`,
    );
  }

  /** Offers objects as the artifact of a ready source. */
  async publish(
    name: string,
    revision: string,
    objects: readonly KubeObject[],
    url = `http://sources/${name}`,
  ): Promise<void> {
    const digest = `sha256:${name}-${revision}`;
    this.#rendered.set(digest, objects);
    const source = { apiVersion: SOURCE, kind: 'ExternalArtifact', metadata: { name, namespace: NAMESPACE } };
    const at = new Date(this.clock.now()).toISOString();
    await this.admin.apply({ ...source, spec: {} }, WRITE);
    const status = {
      artifact: { url, digest, revision, path: name, lastUpdateTime: at },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Done', message: '', lastTransitionTime: at }],
    };
    await this.admin.apply({ ...source, status }, { ...WRITE, subresource: 'status' });
  }

  async apply(name: string, stages: readonly Stage[], spec: Partial<StageSetSpec> = {}): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    await this.admin.apply(
      { apiVersion: API_VERSION, kind: 'StageSet', metadata, spec: { interval: '1m', ...spec, stages } },
      WRITE,
    );
  }

  async stageSet(name: string): Promise<StageSet | undefined> {
    const object = await this.admin.get({ apiVersion: API_VERSION, kind: 'StageSet', namespace: NAMESPACE, name });
    return object as StageSet | undefined;
  }

  get(ref: Omit<ObjectRef, 'apiVersion' | 'kind'> & Partial<ObjectRef>): Promise<KubeObject | undefined> {
    return this.admin.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, ...ref });
  }

  /** `Ready` of a StageSet as `True/Succeeded`. */
  async ready(name: string): Promise<string | undefined> {
    const condition = (await this.stageSet(name))?.status?.conditions?.find(({ type }) => type === 'Ready');
    return condition === undefined ? undefined : `${condition.status}/${condition.reason}`;
  }

  async message(name: string): Promise<string> {
    const conditions = (await this.stageSet(name))?.status?.conditions;
    return conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  }

  /** Waits for a verdict on exactly this revision of the first stage. */
  async delivered(name: string, revision: string): Promise<void> {
    await this.until(`${name} has delivered ${revision}`, async () => {
      const status = (await this.stageSet(name))?.status;
      const first = status?.run?.pins[0]?.revision;
      return (
        first === revision && status?.run?.finishedAt !== undefined && (await this.ready(name)) === 'True/Succeeded'
      );
    });
  }

  async metrics(): Promise<string> {
    return (await this.#controller?.running.metrics()) ?? '';
  }

  /** Passes over StageSets so far. */
  async passes(): Promise<number> {
    const counts = [...(await this.metrics()).matchAll(PASSES)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  async events(reason: string): Promise<readonly string[]> {
    const { items } = await this.admin.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event' });
    return items.filter((event) => event['reason'] === reason).map((event) => String(event['note']));
  }

  #artifacts(): Artifacts {
    const encoder = new TextEncoder();
    return {
      fetch: async ({ digest, url }) => {
        this.fetched.push(digest);
        if (this.isSourceDown || this.downUrls.has(url)) throw new Error(`${url} cannot be fetched`);
        return new Map([['digest', encoder.encode(digest)]]);
      },
    };
  }

  #build(files: FileTree): BuildResult {
    const digest = new TextDecoder().decode(files.get('digest'));
    this.built.push(digest);
    const objects = this.#rendered.get(digest) ?? [];
    const resources = objects.map((object) => ({
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      yaml: '',
      toObject: () => structuredClone(object) as Record<string, unknown>,
    }));
    return { ok: true, resources, warnings: [] };
  }

  /** A real server's discovery lags behind what it serves: until then it tells what it told last. */
  async #discovery(request: ClusterRequest): Promise<ClusterResponse> {
    if (this.#told === undefined || this.clock.now() >= this.discoveryLagsUntilMs) {
      const response = await this.#transport(request);
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      this.#told = { response, chunks };
    }
    const { response, chunks } = this.#told;
    return {
      ...response,
      body: (async function* () {
        yield* chunks;
      })(),
    };
  }

  #noteWatch({ path, signal }: ClusterRequest): void {
    this.watches.push(path);
    signal?.addEventListener('abort', () => this.watches.splice(this.watches.indexOf(path), 1), { once: true });
  }

  #watched(cut: Cut | undefined): Transport {
    let writes = 0;
    return async (request) => {
      if (this.#isCut) throw new UnreachableError('the controller is cut off');
      if (request.path.includes('watch=')) this.#noteWatch(request);
      const isEvent = request.path.includes('/events');
      while (isEvent && this.holdsEvents)
        await new Promise<void>((resolve) => void this.clock.schedule(STEP_MS, resolve));
      if (request.method === 'GET' || isEvent) {
        if (request.method === 'GET' && !request.path.includes('?')) this.requests.push(`GET ${request.path}`);
        return request.path === '/apis' ? this.#discovery(request) : this.#transport(request);
      }
      this.requests.push(`${request.method} ${request.path}`);
      await this.onWrite?.(`${request.method} ${request.path}`);
      writes += 1;
      const send = async (): Promise<ClusterResponse> => this.#transport(request);
      if (cut === undefined || writes <= cut.afterWrites) return this.onSend?.(request, send) ?? send();
      this.#isCut = true;
      if (cut.loses === 'answer') await this.#transport(request);
      throw new UnreachableError('the controller is cut off');
    };
  }
}

export function configMap(name: string, value: string, parts: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: NAMESPACE },
    data: { key: value },
    ...parts,
  };
}

export function stageOf(name: string, source: string, parts: Partial<Stage> = {}): Stage {
  return { name, sourceRef: { name: source }, ...parts };
}
