import { API_VERSION, crds, LABELS, OBJECT_ANNOTATIONS, type StageSet, sourceCrds } from '@stageset/api';
import { startCluster } from '@stageset/apiserver';
import { bearerTransport, createCluster, createTenants, RequestBudget, type TokenSource } from '@stageset/client';
import { type RunningController, silentLogger, startController } from '@stageset/controller/main';
import { ApiError, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { BuildResult, StageOptions } from '@stageset/kustomize';
import type { Cluster, FileTree, Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import type { Random } from '../support/random.ts';
import { Effects } from './effects.ts';
import { FaultyTransport, MAX_LATE_MS } from './faulty-transport.ts';
import { ACCOUNTS, type Content, type StageOf, stageName } from './history.ts';

export const NAMESPACE = 'default';
const SOURCE = 'source.toolkit.fluxcd.io/v1';
const WRITE = { fieldManager: 'suite', force: true } as const;
const STEP_MS = 20;
/** What a manual edit writes. */
const BY_HAND = { fieldManager: 'kubectl-edit' } as const;
const HOLD = 'example.com/hold';

interface Process {
  readonly faulty: FaultyTransport;
  readonly stop: AbortController;
  readonly running: RunningController;
  readonly tenants: { close(): Promise<void> };
}

/** The bundle that the second StageSet delivers. */
const RIVAL_BUNDLE = 2;

/**
 * A local cluster whose clock stands still between two steps, a StageSet `app`, at times another, and controllers that come
 * and go.
 */
export class Arena {
  readonly clock: FakeClock;
  readonly admin: Cluster;
  /** What went wrong while it was played, apart from where it ended. */
  readonly violations: string[] = [];
  /** Objects that a delete may still reach, although who sent it was told that it did not arrive; until when. */
  readonly lateDeletes = new Map<string, number>();
  /** What actions have done. */
  readonly effects: Effects;
  readonly #transport: Transport;
  readonly #stopCluster: () => Promise<void>;
  readonly #random: Random;
  readonly #faults: number;
  readonly #rendered = new Map<string, readonly Content[]>();
  /** Those that were killed, to be stopped at the end. */
  readonly #dead: Process[] = [];
  #process: Process | undefined;
  #faultsAreOver = false;

  private constructor(parts: {
    clock: FakeClock;
    transport: Transport;
    stopCluster: () => Promise<void>;
    random: Random;
    faults: number;
  }) {
    this.clock = parts.clock;
    this.effects = new Effects(parts.random, parts.faults);
    this.#transport = this.effects.counting(parts.transport);
    this.#stopCluster = parts.stopCluster;
    this.#random = parts.random;
    this.#faults = parts.faults;
    this.admin = createCluster(parts.transport, { clock: parts.clock, random: () => 0.5 });
  }

  static async start(random: Random, faults: number): Promise<Arena> {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const local = await startCluster({ clock });
    const arena = new Arena({ clock, transport: local.transport, stopCluster: () => local.stop(), random, faults });
    for (const crd of [...crds(), ...sourceCrds()]) await arena.admin.apply({ ...crd } as KubeObject, WRITE);
    for (const stage of ACTING) await arena.admin.create(objectOf(counterOf(stage), 'none'));
    for (const account of ACCOUNTS) await arena.#makeAccount(account);
    await arena.admin.resource({ apiVersion: SOURCE, kind: 'Bucket' }, { refresh: true });
    return arena;
  }

  async #makeAccount(name: string): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    await this.admin.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    await this.admin.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `admin-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
    });
  }

  /** Requests of the controller that lives, so far; watches and lists among them. */
  get requests(): readonly string[] {
    return this.#process?.faulty.requests ?? [];
  }

  async startController(): Promise<void> {
    const stop = new AbortController();
    const faulty = new FaultyTransport({
      transport: this.#transport,
      clock: this.clock,
      random: this.#random,
      probability: this.#faults,
      onLateDelete: (path) => {
        const name = path.split('?', 1)[0]?.split('/').at(-1) ?? '';
        this.lateDeletes.set(name, this.clock.now() + MAX_LATE_MS);
      },
    });
    if (this.#faultsAreOver) faulty.heal();
    const random = () => this.#random.below(1000) / 1000;
    const shared = { clock: this.clock, random, budget: new RequestBudget() };
    const { transport } = faulty;
    const cluster = createCluster(transport, shared);
    const withToken = (source: TokenSource): Transport => bearerTransport(transport, source);
    const tenants = createTenants({ ...shared, transport, withToken, cluster });
    const running = await startController({
      cluster,
      tenants,
      artifacts: {
        fetch: async ({ digest }) => new Map([['digest', new TextEncoder().encode(digest)]]),
      },
      calls: this.effects,
      buildStage: (files, options) => this.#build(files, options),
      clock: this.clock,
      random,
      logger: silentLogger,
      options: { instance: 'faults' },
      signal: stop.signal,
    });
    this.#process = { faulty, stop, running, tenants };
  }

  /** The process dies at a coming request, and another takes its place a moment later. */
  killAfter(requests: number, loses: 'request' | 'answer'): void {
    const process = this.#process;
    process?.faulty.cutAfter(requests, loses, () => this.#replace(process));
  }

  #replace(process: Process): void {
    this.#dead.push(process);
    process.stop.abort();
    this.clock.schedule(this.#random.below(2000), () => void this.startController());
  }

  /** Ends the controller as a rollout of it would; none of its requests may come after its end. */
  async restart(): Promise<void> {
    const process = this.#process;
    if (process === undefined || process.faulty.isCut) return;
    await this.#stop(process);
    const asked = process.faulty.requests.length;
    await this.startController();
    this.clock.schedule(30_000, () => {
      const after = process.faulty.requests.slice(asked).filter((request) => !request.startsWith('GET '));
      if (after.length > 0) this.violations.push(`a stopped controller wrote: ${after[0]}`);
    });
  }

  async #stop({ running, stop, tenants }: Process): Promise<void> {
    stop.abort();
    let stopped = false;
    void running.stopped
      .then(() => tenants.close())
      .then(() => {
        stopped = true;
      });
    for (let waited = 0; !stopped; waited += STEP_MS) {
      if (waited > 120_000) {
        this.violations.push('a controller did not stop within two minutes');
        return;
      }
      await this.clock.advance(STEP_MS);
    }
  }

  /** From now on everything works. */
  heal(): void {
    this.#faultsAreOver = true;
    this.#process?.faulty.heal();
  }

  async stop(): Promise<void> {
    if (this.#process !== undefined && !this.#process.faulty.isCut) await this.#stop(this.#process);
    await this.#stopCluster();
  }

  /** Lets time pass until something is the case; says whether it came to be. */
  async until(holds: () => Promise<boolean>, patienceMs: number): Promise<boolean> {
    for (let waited = 0; waited <= patienceMs; ) {
      if (await holds()) return true;
      const step = waited < 2000 ? 200 : 2000;
      await this.clock.advance(step);
      waited += step;
    }
    return false;
  }

  async release(bundle: number, revision: string, paths: readonly Content[]): Promise<void> {
    const digest = `sha256:${revision}`;
    this.#rendered.set(digest, paths);
    await this.#point(bundle, { digest, revision }, true);
  }

  async unready(bundle: number, revision: string): Promise<void> {
    await this.#point(bundle, { digest: `sha256:${revision}`, revision }, false);
  }

  async #point(bundle: number, artifact: { digest: string; revision: string }, ready: boolean): Promise<void> {
    const metadata = { name: `bundle-${bundle}`, namespace: NAMESPACE };
    const source = { apiVersion: SOURCE, kind: 'ExternalArtifact', metadata };
    const at = new Date(this.clock.now()).toISOString();
    await this.admin.apply({ ...source, spec: {} }, WRITE);
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', reason: 'Done', message: '' };
    const status = {
      artifact: { ...artifact, url: `http://sources/${bundle}`, path: 'a', lastUpdateTime: at },
      conditions: [{ ...condition, lastTransitionTime: at }],
    };
    await this.admin.apply({ ...source, status }, { ...WRITE, subresource: 'status' });
  }

  async applySpec(stages: readonly StageOf[], suspend: boolean): Promise<void> {
    const spec = {
      interval: '1m',
      retryInterval: '10s',
      suspend,
      stages: stages.map((stage) => ({
        name: stageName(stage),
        path: `p${stage.path}`,
        sourceRef: { name: `bundle-${stage.bundle}` },
        ...optionsOf(stage),
      })),
    };
    const metadata = { name: 'app', namespace: NAMESPACE };
    await this.admin.apply({ apiVersion: API_VERSION, kind: 'StageSet', metadata, spec }, WRITE);
  }

  /** The second StageSet delivers these from now on. */
  async applyRival(revision: string, content: Content, waitsFor: 'nothing' | 'app' | 'missing'): Promise<void> {
    await this.release(RIVAL_BUNDLE, revision, [content]);
    const stages = [{ name: 'only', path: 'p0', sourceRef: { name: `bundle-${RIVAL_BUNDLE}` } }];
    const dependsOn = waitsFor === 'nothing' ? [] : [{ name: waitsFor }];
    const spec = { interval: '1m', retryInterval: '10s', stages, dependsOn };
    const metadata = { name: 'rival', namespace: NAMESPACE };
    await this.admin.apply({ apiVersion: API_VERSION, kind: 'StageSet', metadata, spec }, WRITE);
  }

  async deleteStageSet(): Promise<void> {
    await this.admin.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: NAMESPACE, name: 'app' });
  }

  async stageSet(name = 'app'): Promise<StageSet | undefined> {
    const ref = { apiVersion: API_VERSION, kind: 'StageSet', namespace: NAMESPACE, name };
    return (await this.admin.get(ref)) as StageSet | undefined;
  }

  live(name: string): Promise<KubeObject | undefined> {
    return this.admin.get(refOf(name));
  }

  async edit(name: string): Promise<void> {
    if (name.startsWith('binding')) return;
    const patch = name.startsWith('role') ? { rules: [] } : { data: { key: 'YnkgaGFuZA==' } };
    await ifThere(this.admin.patch(refOf(name), { type: 'merge', patch }, BY_HAND));
  }

  async remove(name: string): Promise<void> {
    await this.admin.delete(refOf(name));
  }

  /** Makes an object by hand, if there is none; gives it back. */
  async squat(name: string): Promise<KubeObject | undefined> {
    if ((await this.live(name)) !== undefined) return undefined;
    return this.admin.create(objectOf(name, 'squatter'));
  }

  async setHold(name: string, finalizers: readonly string[]): Promise<void> {
    const live = await this.live(name);
    if (live === undefined || (finalizers.length > 0 && live.metadata.deletionTimestamp !== undefined)) return;
    await ifThere(this.admin.patch(refOf(name), { type: 'merge', patch: { metadata: { finalizers } } }, BY_HAND));
  }

  static readonly hold: readonly string[] = [HOLD];

  async inventories(stageSet = 'app'): Promise<readonly KubeObject[]> {
    const labelSelector = `${LABELS.stageSet}=${stageSet}`;
    const { items } = await this.admin.list({ apiVersion: API_VERSION, kind: 'StageInventory', labelSelector });
    return items;
  }

  async loseInventory(index: number): Promise<void> {
    const all = await this.inventories();
    const found = all[index % Math.max(1, all.length)];
    if (found === undefined) return;
    const { name } = found.metadata;
    await this.admin.delete({ apiVersion: API_VERSION, kind: 'StageInventory', namespace: NAMESPACE, name });
  }

  #build(files: FileTree, { path }: StageOptions): BuildResult {
    const digest = new TextDecoder().decode(files.get('digest'));
    const content = this.#rendered.get(digest)?.[Number(path?.slice(1))] ?? {};
    const resources = Object.entries(content).map(([name, value]) => {
      const object = objectOf(name, value);
      return {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        yaml: '',
        toObject: () => structuredClone(object) as Record<string, unknown>,
      };
    });
    return { ok: true, resources, warnings: [] };
  }
}

const KINDS: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  cm: { apiVersion: 'v1', kind: 'ConfigMap' },
  secret: { apiVersion: 'v1', kind: 'Secret' },
  role: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
  pod: { apiVersion: 'v1', kind: 'Pod' },
  binding: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
};

const ACTING: readonly string[] = ['b0-p0', 'b0-p1', 'b1-p0', 'b1-p1'];
const counterOf = (stage: string): string => `role-counter-${stage}`;

/** The fields of a stage that follow from what it is to do. */
function optionsOf(stage: StageOf): Record<string, unknown> {
  const action = stage.conflicts ?? 'Fail';
  const name = stageName(stage);
  const target = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: counterOf(name) };
  const rule = { apiGroups: [''], resources: ['counted'], verbs: ['get'] };
  const patch = JSON.stringify([{ op: 'add', path: '/rules/-', value: rule }]);
  return {
    ...(stage.keeps === true ? { prune: false } : {}),
    conflictPolicy: { default: 'Fail', rules: [{ target: { kind: 'RoleBinding' }, action }] },
    ...(stage.account === undefined ? {} : { serviceAccountName: stage.account }),
    ...(stage.acts === undefined
      ? {}
      : {
          actions: {
            pre: [{ name: 'count', patch: { target, type: 'json6902', patch } }],
            post: [{ name: 'tell', http: { url: `http://hooks.example.com/${name}` } }],
          },
        }),
  };
}

export const WATCHED_KINDS = Object.values(KINDS);

export function refOf(name: string): ObjectRef {
  const kind = KINDS[name.split('-', 1)[0] ?? ''];
  if (kind === undefined) throw new Error(`no kind for ${name}`);
  return kind.kind === 'ClusterRole' ? { ...kind, name } : { ...kind, name, namespace: NAMESPACE };
}

/** The manifest of an object that holds a value. */
export function objectOf(name: string, value: string): KubeObject {
  const { apiVersion, kind, namespace } = refOf(name);
  const stays = { [OBJECT_ANNOTATIONS.prune]: 'disabled' };
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === 'cm-stays' ? { annotations: stays } : name === 'secret-stays' ? { labels: stays } : {}),
  };
  const object = { apiVersion, kind, metadata };
  if (kind === 'ClusterRole') {
    return { ...object, rules: [{ apiGroups: [''], resources: [value], verbs: ['get'] }] };
  }
  if (kind === 'RoleBinding') {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: value };
    return { ...object, roleRef, subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NAMESPACE }] };
  }
  if (kind === 'Pod') {
    const annotations = { simulate: 'hold' };
    return { ...object, metadata: { ...metadata, annotations }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  }
  return { ...object, data: { key: btoa(value) } };
}

/** What {@link objectOf} has put into an object. */
export function valueIn(object: KubeObject): string {
  if (object.kind === 'ClusterRole') {
    const [rule] = (object['rules'] ?? []) as readonly { readonly resources?: readonly string[] }[];
    return rule?.resources?.[0] ?? '';
  }
  if (object.kind === 'RoleBinding') return (object['roleRef'] as { readonly name: string }).name;
  return atob((object['data'] as { readonly key?: string } | undefined)?.key ?? '');
}

/** A write by hand that comes too late is none. */
async function ifThere(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error;
  }
}
