import {
  API_VERSION,
  crds,
  FIELD_MANAGER,
  SOURCE_API_VERSION,
  type SourceKind,
  type Stage,
  type StageSet,
  type StageSetSpec,
  sourceCrds,
} from '@stageset/api';
import { AddressGuard, type ArtifactServer, createArtifacts, packFiles, serveArtifacts } from '@stageset/artifact';
import { createCluster, createTenants, RequestBudget, type TokenSource } from '@stageset/client';
import {
  type ControllerOptions,
  type RunningController,
  silentLogger,
  startController,
} from '@stageset/controller/main';
import type { KubeObject, ObjectRef } from '@stageset/k8s';
import type { Cluster, ClusterRequest, Transport } from '@stageset/ports';
import { systemClock, WriteFence } from '@stageset/runtime';
import { eventually } from '../support/eventually.ts';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** Manifests by file name. */
export type ManifestFiles = Readonly<Record<string, string>>;

/** What the reference scenarios call `cm(name, value)`. */
export function configMap(
  name: string,
  namespace: string,
  value: string,
  extra: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { key: value },
    ...extra,
  });
}

/** Marks what one run of a suite has made. */
const SUITE_LABEL = 'scenario-run';

/** A request that the controller made, without its body. */
export interface SeenRequest {
  readonly method: ClusterRequest['method'];
  readonly path: string;
}

/** A controller in this process. */
export interface StartedController {
  readonly running: RunningController;
  stop(): Promise<void>;
}

/** One suite's world: a cluster, an artifact server and a controller, and the words in which scenarios are told. */
export class Scenario {
  readonly suite: SuiteCluster;
  readonly cluster: Cluster;
  readonly server: ArtifactServer;
  /** Every request of the controllers, in order. */
  readonly requests: SeenRequest[];
  readonly #controllers: StartedController[] = [];
  readonly #run = Math.random().toString(36).slice(2);

  private constructor(suite: SuiteCluster, server: ArtifactServer, requests: SeenRequest[]) {
    this.suite = suite;
    this.cluster = suite.cluster;
    this.server = server;
    this.requests = requests;
  }

  /** A world with one controller. */
  static async start(
    options: ControllerOptions = {},
    as?: (suite: SuiteCluster) => Promise<Transport>,
  ): Promise<Scenario> {
    const scenario = await Scenario.prepare();
    const own = await as?.(scenario.suite);
    await scenario.startController(options, undefined, own);
    return scenario;
  }

  /** A world without any controller yet. */
  static async prepare(): Promise<Scenario> {
    const suite = await suiteCluster();
    await serveKinds(suite.cluster, [...crds(), ...sourceCrds()]);
    const server = await serveArtifacts();
    return new Scenario(suite, server, []);
  }

  /** The controller, or the first of several. */
  get controller(): RunningController {
    const [first] = this.#controllers;
    if (first === undefined) throw new Error('no controller has been started');
    return first.running;
  }

  /** Another controller; `via` may come between it and the cluster, `own` is the cluster as somebody else than the administrator. */
  async startController(
    options: ControllerOptions = {},
    via: (transport: Transport) => Transport = (transport) => transport,
    own: Transport = this.suite.transport,
  ): Promise<StartedController> {
    const stop = new AbortController();
    const fence = new WriteFence(systemClock);
    const recorded =
      (transport: Transport): Transport =>
      (request) => {
        this.requests.push({ method: request.method, path: request.path });
        return transport(request);
      };
    const transport = recorded(via(own));
    const shared = { clock: systemClock, random: Math.random, budget: new RequestBudget({}, fence) };
    const cluster = createCluster(transport, shared);
    const allowedHosts = ['127.0.0.1'];
    const guard = new AddressGuard({ allowedHosts, flag: '--allow', refuse: (message) => new Error(message) });
    const withToken = (source: TokenSource): Transport => recorded(via(this.suite.withToken(source)));
    const tenants = createTenants({ ...shared, transport, withToken, cluster, guard });
    const running = await startController({
      cluster,
      tenants,
      artifacts: createArtifacts({ clock: systemClock, allowedHosts }),
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      options,
      fence,
      signal: stop.signal,
    });
    const started = {
      running,
      stop: async () => {
        stop.abort();
        await running.stopped;
        await tenants.close();
      },
    };
    this.#controllers.push(started);
    return started;
  }

  /** Takes down what the scenarios have left, so that nobody else's controller finds it, and ends everything. */
  async stop(): Promise<void> {
    const { items } = await this.cluster.list({ apiVersion: API_VERSION, kind: 'StageSet' });
    const mine = items.filter(
      // Those on their way out need no word.
      ({ metadata }) => metadata.labels?.[SUITE_LABEL] === this.#run && metadata.deletionTimestamp === undefined,
    );
    for (const { metadata } of mine) {
      await this.cluster.patch(
        { apiVersion: API_VERSION, kind: 'StageSet', namespace: metadata.namespace ?? '', name: metadata.name },
        { type: 'merge', patch: { spec: { suspend: true } } },
      );
      await this.cluster.delete({
        apiVersion: API_VERSION,
        kind: 'StageSet',
        namespace: metadata.namespace ?? '',
        name: metadata.name,
      });
    }
    await eventually(
      this.cluster,
      { apiVersion: API_VERSION, kind: 'StageSet', labelSelector: `${SUITE_LABEL}=${this.#run}` },
      'no StageSet is left',
      (left) => left.length === 0,
    );
    await Promise.all(this.#controllers.map(({ stop }) => stop()));
    await this.server.stop();
    await this.suite.stop();
  }

  /** Packs files and serves them. */
  async archive(files: ManifestFiles, name = 'artifact'): Promise<{ readonly url: string; readonly digest: string }> {
    const encoder = new TextEncoder();
    const archive = await packFiles(new Map(Object.entries(files).map(([path, text]) => [path, encoder.encode(text)])));
    return this.server.publish(archive, name);
  }

  /** What the scenarios call `art`: a ready source of these files, or the same source pointed at new ones. */
  async publish(namespace: string, name: string, files: ManifestFiles, options: SourceOptions = {}): Promise<string> {
    const { url, digest } = await this.archive(files, `${namespace}/${name}`);
    const revision = options.revision ?? `main@${digest}`;
    await this.point(namespace, name, { url, digest: options.digest ?? digest, revision }, options);
    return revision;
  }

  /** Writes a source object and its status as a producer would. */
  async point(
    namespace: string,
    name: string,
    artifact: { readonly url: string; readonly digest: string; readonly revision: string } | undefined,
    options: SourceOptions = {},
  ): Promise<void> {
    const base = {
      apiVersion: SOURCE_API_VERSION,
      kind: options.kind ?? 'ExternalArtifact',
      metadata: { name, namespace },
    };
    const write = { fieldManager: 'suite', force: true };
    const { metadata } = await this.cluster.apply({ ...base, spec: options.spec ?? {} }, write);
    const now = new Date(systemClock.now()).toISOString();
    const ready = options.ready ?? true;
    const status = {
      ...(artifact === undefined
        ? {}
        : { artifact: { ...artifact, path: new URL(artifact.url).pathname.slice(1), lastUpdateTime: now } }),
      ...(options.kind === undefined || options.kind === 'ExternalArtifact'
        ? {}
        : { observedGeneration: metadata.generation }),
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          reason: ready ? 'Succeeded' : 'FetchFailed',
          message: '',
          lastTransitionTime: now,
        },
      ],
    };
    await this.cluster.apply({ ...base, status }, { ...write, subresource: 'status' });
  }

  /** What the scenarios call `SS`: `interval: 1m` and, unless told otherwise, one stage `stage-a` from `ea`. */
  async stageSet(namespace: string, name: string, spec: Partial<StageSetSpec> = {}): Promise<KubeObject> {
    const full: StageSetSpec = { interval: '1m', stages: [stage('stage-a', 'ea')], ...spec };
    return this.cluster.apply(
      {
        apiVersion: API_VERSION,
        kind: 'StageSet',
        metadata: { name, namespace, labels: { [SUITE_LABEL]: this.#run } },
        spec: full,
      },
      { fieldManager: 'suite', force: true },
    );
  }

  get(namespace: string, kind: string, name: string, apiVersion = 'v1'): Promise<KubeObject | undefined> {
    return this.cluster.get({ apiVersion, kind, namespace, name });
  }

  /** Waits until the condition Ready of a StageSet is as given, at its current generation. */
  ready(
    namespace: string,
    name: string,
    status: 'True' | 'False' | 'Unknown',
    reason: string,
    also: (stageSet: StageSet) => boolean = () => true,
  ): Promise<StageSet> {
    return this.stageSetIs(namespace, name, `Ready(${status}/${reason})`, (stageSet) => {
      const condition = stageSet.status?.conditions?.find(({ type }) => type === 'Ready');
      const current = condition?.observedGeneration === stageSet.metadata.generation;
      return current && condition?.status === status && condition.reason === reason && also(stageSet);
    });
  }

  /** Waits until the stage `stage-a`, or another, stands at a revision and everything is Ready. */
  delivered(namespace: string, name: string, revision: string, stageName = 'stage-a'): Promise<StageSet> {
    return this.ready(namespace, name, 'True', 'Succeeded', ({ status }) =>
      (status?.stages ?? []).some(
        (entry) => entry.name === stageName && entry.appliedRevision === revision && entry.phase === 'Ready',
      ),
    );
  }

  stageSetIs(namespace: string, name: string, what: string, is: (stageSet: StageSet) => boolean): Promise<StageSet> {
    return eventually(
      this.cluster,
      { apiVersion: API_VERSION, kind: 'StageSet', namespace },
      `StageSet ${name}: ${what}`,
      (objects) => {
        const found = objects.find(({ metadata }) => metadata.name === name) as unknown as StageSet | undefined;
        return found !== undefined && is(found) ? found : undefined;
      },
    );
  }

  /** Waits until a StageSet is looked at no sooner than `atLeastMs` from now although nothing happens; returns in how long. */
  async dueInMs(namespace: string, name: string, atLeastMs: number): Promise<number> {
    for (let tries = 0; tries < 200; tries += 1) {
      const timer = this.controller.wakeUps().find(({ key }) => key === `${namespace}/${name}`);
      // The status is seen before the pass that has written it sets its timer.
      if (timer !== undefined && timer.dueInMs >= atLeastMs) return timer.dueInMs;
      await new Promise<void>((resolve) => void systemClock.schedule(50, resolve));
    }
    throw new Error(`no such timer is set for ${namespace}/${name}`);
  }

  /** Waits until there is no such object any more. */
  gone({ apiVersion, kind, namespace, name }: ObjectRef): Promise<true> {
    const selection = namespace === undefined ? { apiVersion, kind } : { apiVersion, kind, namespace };
    return eventually(this.cluster, selection, `${kind} ${name} is gone`, (objects) =>
      objects.every(({ metadata }) => metadata.name !== name) ? true : undefined,
    );
  }

  /** Waits until an object is there and as wanted. */
  object(ref: ObjectRef, what: string, is: (object: KubeObject) => boolean = () => true): Promise<KubeObject> {
    const { apiVersion, kind, namespace, name } = ref;
    const selection = namespace === undefined ? { apiVersion, kind } : { apiVersion, kind, namespace };
    return eventually(this.cluster, selection, `${kind} ${name}: ${what}`, (objects) =>
      objects.find((object) => object.metadata.name === name && is(object)),
    );
  }

  /** The inventory entries of a StageSet, by stage. */
  async inventory(namespace: string, name: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const { items } = await this.cluster.list({
      apiVersion: API_VERSION,
      kind: 'StageInventory',
      namespace,
      labelSelector: `stages.metio.wtf/stage-set=${name}`,
    });
    const byStage = new Map<string, string[]>();
    for (const { metadata, spec } of items) {
      const { entries = [] } = spec as { readonly entries?: readonly { readonly id: string }[] };
      const stageName = metadata.labels?.['stages.metio.wtf/stage'] ?? '';
      byStage.set(stageName, [...(byStage.get(stageName) ?? []), ...entries.map(({ id }) => id)].sort());
    }
    return byStage;
  }

  /** Waits for an event with a reason. */
  event(namespace: string, reason: string): Promise<KubeObject> {
    return eventually(
      this.cluster,
      { apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace },
      `an event ${reason}`,
      (events) => events.find((event) => event['reason'] === reason),
    );
  }

  /** The events of a namespace with a reason, as they are now. */
  async events(namespace: string, reason: string): Promise<readonly KubeObject[]> {
    const { items } = await this.cluster.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace });
    return items.filter((event) => event['reason'] === reason);
  }
}

export interface SourceOptions {
  readonly kind?: SourceKind;
  readonly ready?: boolean;
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Another digest than that of the bytes. */
  readonly digest?: string;
  readonly revision?: string;
}

export function stage(name: string, source: string, more: Partial<Stage> = {}): Stage {
  return { name, sourceRef: { name: source }, ...more };
}

/** Managers of an object's fields. */
export function managersOf(object: KubeObject): readonly string[] {
  return (object.metadata.managedFields ?? []).map(({ manager }) => manager);
}

export { FIELD_MANAGER };
