import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API_VERSION, LABELS, type StageActions, type StageSet } from '@stageset/api';
import { type ArtifactServer, packFiles } from '@stageset/artifact';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { type RunningProcess, start } from '../e2e/process.ts';
import { eventually } from '../support/eventually.ts';
import type { SuiteCluster } from '../support/suite-cluster.ts';
import { type Cut, type KillRelay, startKillRelay } from './kill-relay.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const WRITE = { fieldManager: 'suite', force: true } as const;
const CELL = 'crash-cell';
/** Two processes have to start, on a machine that may be busy. */
const PATIENCE_MS = 240_000;
/** Longer than a write of a dead process may still be on its way. */
const RECORDED_MS = 240_000;

/** What each stage delivers: ConfigMaps, by name and value. `stuck` is a pod that never becomes ready, `job` a Job. */
export type Release = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One StageSet in a namespace of its own, and a controller process that looks at nothing else. */
export class CrashCell {
  readonly namespace: string;
  readonly #suite: SuiteCluster;
  readonly #server: ArtifactServer;
  readonly #folder: string;
  /** Kept until the end: what a dead process has sent may still be on its way. */
  readonly #relays: KillRelay[] = [];
  #process: RunningProcess | undefined;
  readonly #failed = Promise.withResolvers<never>();
  #revision = '';

  private constructor(suite: SuiteCluster, server: ArtifactServer, namespace: string, folder: string) {
    this.#suite = suite;
    this.#server = server;
    this.namespace = namespace;
    this.#folder = folder;
  }

  static async start(suite: SuiteCluster, server: ArtifactServer): Promise<CrashCell> {
    const folder = await mkdtemp(join(tmpdir(), 'stageset-crash-'));
    return new CrashCell(suite, server, await suite.namespace(), folder);
  }

  get cluster(): Cluster {
    return this.#suite.cluster;
  }

  /** The relay of the process that lives, or of the last one. */
  get #relay(): KillRelay {
    const relay = this.#relays.at(-1);
    if (relay === undefined) throw new Error('there is no process');
    return relay;
  }

  /** Something that the process does elsewhere; says whether it lives to hear the answer. */
  elsewhere(what: string, carryOut: () => void): boolean {
    return this.#relay.elsewhere(what, carryOut);
  }

  /** How many writes like this were answered so, to all processes together. */
  answered(write: RegExp, status: number): number {
    return this.#relays
      .flatMap(({ answered }) => answered)
      .filter((one) => one.status === status && write.test(one.write)).length;
  }

  /** Writes that the process has sent since the cut was armed. */
  get writes(): readonly string[] {
    return this.#relays.at(-1)?.writes ?? [];
  }

  async startProcess(): Promise<void> {
    const relay = await startKillRelay(this.#suite.transport);
    this.#relays.push(relay);
    const kubeconfig = join(this.#folder, `kubeconfig-${this.#relays.length}`);
    await writeFile(kubeconfig, relay.kubeconfig);
    const off = ['--metrics-bind-address=0', '--health-probe-bind-address=0'];
    const mine = ['--watch-label-selector', `${CELL}=${this.namespace}`, '--allowed-artifact-hosts', '127.0.0.1'];
    const args = ['packages/cli/bin/stageset.js', 'controller', '--kubeconfig', kubeconfig, ...mine, ...off];
    args.push('--allowed-action-hosts', '127.0.0.1');
    this.#process = start(process.execPath, args, root);
    void this.#process.ended.then(({ code, stderr }) => {
      if (code !== null) this.#failed.reject(new Error(`a controller ended by itself with ${code}:\n${stderr}`));
    });
  }

  /** The same, but for a process that ends without being killed: that is told at once. */
  whileRunning<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failed.promise]);
  }

  /** Has the process killed at a write from now on; resolves when that has happened. */
  async killedAt(cut: Cut): Promise<true> {
    const [relay, running] = [this.#relay, this.#process];
    if (running === undefined) throw new Error('there is no process');
    relay.arm(cut, () => running.child.kill('SIGKILL'));
    await relay.wasCut;
    await running.ended;
    return true;
  }

  /** Counts writes from now on, and kills nobody. */
  count(): void {
    this.#relays.at(-1)?.arm(undefined, () => {});
  }

  async killProcess(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.#process?.ended;
    this.#process = undefined;
  }

  async stop(): Promise<void> {
    await this.killProcess();
    for (const relay of this.#relays) await relay.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Publishes a release as the artifact of the one source; the StageSet takes it from there. */
  async publish(release: Release): Promise<void> {
    const encoder = new TextEncoder();
    const files = Object.entries(release).flatMap(([path, objects]) =>
      Object.entries(objects).map(
        ([name, value]) => [`${path}/${name}.json`, encoder.encode(JSON.stringify(this.#object(name, value)))] as const,
      ),
    );
    const { url, digest } = this.#server.publish(await packFiles(new Map(files)), `${this.namespace}/bundle`);
    this.#revision = `main@${digest}`;
    const metadata = { name: 'bundle', namespace: this.namespace };
    const source = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'ExternalArtifact', metadata };
    const at = new Date(systemClock.now()).toISOString();
    await this.#suite.cluster.apply({ ...source, spec: {} }, WRITE);
    const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: at };
    const artifact = { url, digest, revision: this.#revision, path: 'bundle', lastUpdateTime: at };
    const status = { artifact, conditions: [ready] };
    await this.#suite.cluster.apply({ ...source, status }, { ...WRITE, subresource: 'status' });
  }

  /** One stage for each of the release's paths, each with these actions. */
  async applyStages(release: Release, actions?: StageActions): Promise<void> {
    const stages = Object.keys(release).map((path) => ({
      name: path,
      path,
      sourceRef: { name: 'bundle' },
      ...(actions === undefined ? {} : { actions }),
    }));
    const metadata = { name: 'app', namespace: this.namespace, labels: { [CELL]: this.namespace } };
    const spec = { interval: '1m', retryInterval: '2s', stages };
    await this.#suite.cluster.apply({ apiVersion: API_VERSION, kind: 'StageSet', metadata, spec }, WRITE);
  }

  async delete(): Promise<void> {
    await this.#suite.cluster.delete({
      apiVersion: API_VERSION,
      kind: 'StageSet',
      namespace: this.namespace,
      name: 'app',
    });
  }

  /** Waits until a run of what was published last has begun. */
  begun(): Promise<true> {
    const revision = this.#revision;
    return this.#stageSetIs('the run has begun', (stageSet) => isPinned(stageSet, revision));
  }

  /** Waits until what was published last is delivered by these stages. */
  delivered(release: Release): Promise<true> {
    const revision = this.#revision;
    const stages = Object.keys(release).length;
    return this.#stageSetIs('the release is delivered', (stageSet) => {
      const { run, conditions, stages: said } = stageSet?.status ?? {};
      const isReady = conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
      const isFinished = run?.finishedAt !== undefined && run.generation === stageSet?.metadata.generation;
      return isReady && isFinished && isPinned(stageSet, revision) && said?.length === stages;
    });
  }

  async stageSet(): Promise<StageSet | undefined> {
    const ref = { apiVersion: API_VERSION, kind: 'StageSet', namespace: this.namespace, name: 'app' };
    return (await this.#suite.cluster.get(ref)) as StageSet | undefined;
  }

  gone(): Promise<true> {
    return this.#stageSetIs('the StageSet is gone', (stageSet) => stageSet === undefined);
  }

  /** The objects that carry the labels of the StageSet: `stage value` by name. */
  async world(): Promise<Readonly<Record<string, string>>> {
    const world: Record<string, string> = {};
    for (const kind of ['ConfigMap', 'Pod']) {
      const selection = { apiVersion: 'v1', kind, namespace: this.namespace, labelSelector: LABELS.name };
      for (const object of (await this.#suite.cluster.list(selection)).items) {
        world[object.metadata.name] = `${object.metadata.labels?.[LABELS.stage]} ${valueIn(object)}`;
      }
    }
    return world;
  }

  /** Waits until exactly this is recorded: what may still have come of a dead process is remembered for a minute. */
  recorded(release: Release): Promise<true> {
    const wanted = Object.entries(release)
      .flatMap(([stage, objects]) => Object.keys(objects).map((name) => `${stage} ${name}`))
      .sort();
    const selection = { apiVersion: API_VERSION, kind: 'StageInventory', namespace: this.namespace };
    const isExact = (inventories: readonly KubeObject[]): true | undefined => {
      const recorded = inventories.flatMap(({ metadata, spec }) =>
        ((spec as { readonly entries?: readonly { readonly id: string }[] }).entries ?? []).map(
          ({ id }) => `${metadata.labels?.[LABELS.stage]} ${id.split('_')[1]}`,
        ),
      );
      return recorded.sort().join() === wanted.join() ? true : undefined;
    };
    return eventually(this.#suite.cluster, selection, `recorded is ${wanted.join(', ')}`, isExact, RECORDED_MS);
  }

  uidOf(name: string): Promise<string | undefined> {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: this.namespace, name };
    return this.#suite.cluster.get(ref).then((object) => object?.metadata.uid);
  }

  #object(name: string, value: string): KubeObject {
    const metadata = { name, namespace: this.namespace };
    if (name === 'job') {
      const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.com/job' }] } };
      return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } };
    }
    if (name !== 'stuck') return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: value } };
    const spec = { containers: [{ name: 'c', image: 'example.com/stuck' }], nodeSelector: { no: 'such-node' } };
    return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, annotations: { simulate: 'hold' } }, spec };
  }

  #stageSetIs(what: string, is: (stageSet: StageSet | undefined) => boolean): Promise<true> {
    const selection = { apiVersion: API_VERSION, kind: 'StageSet', namespace: this.namespace };
    const isIt = ([stageSet]: readonly KubeObject[]): true | undefined =>
      is(stageSet as unknown as StageSet | undefined) ? true : undefined;
    return eventually(this.#suite.cluster, selection, `${this.namespace}: ${what}`, isIt, PATIENCE_MS);
  }
}

function isPinned(stageSet: StageSet | undefined, revision: string): boolean {
  const pins = stageSet?.status?.run?.pins ?? [];
  return pins.length > 0 && pins.every((pin) => pin.revision === revision);
}

function valueIn(object: KubeObject): string {
  return (object['data'] as { readonly key?: string } | undefined)?.key ?? '';
}
