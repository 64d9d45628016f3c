import { API_VERSION, LABELS, SOURCE_API_VERSION, type StageSet } from '@stageset/api';
import { type ArtifactServer, packFiles } from '@stageset/artifact';
import { ApiError, type KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { BUNDLES, type Content, generateHistory, type Happening, type StageOf, stageName } from '../faults/history.ts';
import type { Random } from '../support/random.ts';

const WRITE = { fieldManager: 'soak', force: true } as const;
const BY_HAND = { fieldManager: 'kubectl-edit' } as const;
const INTERVAL = '1m';

/** One StageSet in a namespace of its own, whose releases, spec and objects change as random histories say. */
export class Tenant {
  readonly namespace: string;
  readonly #cluster: Cluster;
  readonly #server: ArtifactServer;
  readonly #random: Random;
  readonly #content: (readonly Content[])[] = [];
  readonly #revisions: string[] = [];
  #stages: readonly StageOf[] = [];
  #left: Happening[] = [];
  #counter = 0;
  happenings = 0;

  constructor(parts: { namespace: string; cluster: Cluster; server: ArtifactServer; random: Random }) {
    this.namespace = parts.namespace;
    this.#cluster = parts.cluster;
    this.#server = parts.server;
    this.#random = parts.random;
  }

  async prepare(): Promise<void> {
    await this.#cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
  }

  /** The next thing of a history; a new history begins when one is over. */
  async happen(): Promise<void> {
    if (this.#left.length === 0) this.#left = [...generateHistory(this.#random).happenings];
    const next = this.#left.shift();
    if (next === undefined) return;
    this.happenings += 1;
    try {
      await this.#carryOut(next);
    } catch (error) {
      // What is not there cannot be edited.
      if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error;
    }
  }

  async #carryOut(happening: Happening): Promise<void> {
    switch (happening.do) {
      case 'release':
        return this.#release(happening.bundle, happening.paths);
      case 'unready':
        return this.#point(happening.bundle, this.#artifactOf(happening.bundle), false);
      case 'spec':
        return this.#apply(happening.stages, happening.suspend);
      case 'delete':
        await this.#cluster.delete(this.#ref);
        return;
      case 'edit':
        await this.#cluster.patch(
          { ...refOf(happening.object), namespace: this.namespace },
          { type: 'merge', patch: { data: { key: 'YnkgaGFuZA==' } } },
          BY_HAND,
        );
        return;
      case 'remove':
        await this.#cluster.delete({ ...refOf(happening.object), namespace: this.namespace });
        return;
      default:
        return; // Processes are looked after by others; inventories are lost in the histories with faults.
    }
  }

  readonly #artifacts: { readonly url: string; readonly digest: string; readonly revision: string }[] = [];

  #artifactOf(bundle: number) {
    return this.#artifacts[bundle];
  }

  async #release(bundle: number, paths: readonly Content[]): Promise<void> {
    // A path without any object is refused; here each has one that stays.
    const whole = paths.map(
      (content, path): Content => ({ ...withoutPods(content), [`cm-base-b${bundle}-p${path}`]: 'base' }),
    );
    const files = new Map<string, Uint8Array>();
    for (const [path, content] of whole.entries()) {
      for (const [name, value] of Object.entries(content)) {
        const object = { ...objectOf(name, value), metadata: { name, namespace: this.namespace } };
        files.set(`p${path}/${name}.yaml`, new TextEncoder().encode(JSON.stringify(object)));
      }
    }
    const { url, digest } = this.#server.publish(await packFiles(files), `${this.namespace}/bundle-${bundle}`);
    const revision = `r${bundle}-${this.#counter++}`;
    this.#revisions[bundle] = revision;
    this.#content[bundle] = whole;
    this.#artifacts[bundle] = { url, digest, revision };
    await this.#point(bundle, this.#artifacts[bundle], true);
  }

  async #point(
    bundle: number,
    artifact: { readonly url: string; readonly digest: string; readonly revision: string } | undefined,
    ready: boolean,
  ): Promise<void> {
    if (artifact === undefined) return;
    const metadata = { name: `bundle-${bundle}`, namespace: this.namespace };
    const source = { apiVersion: SOURCE_API_VERSION, kind: 'ExternalArtifact', metadata };
    const at = new Date(systemClock.now()).toISOString();
    await this.#cluster.apply({ ...source, spec: {} }, WRITE);
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', reason: 'Done', message: '' };
    const status = {
      artifact: { ...artifact, path: new URL(artifact.url).pathname.slice(1), lastUpdateTime: at },
      conditions: [{ ...condition, lastTransitionTime: at }],
    };
    await this.#cluster.apply({ ...source, status }, { ...WRITE, subresource: 'status' });
  }

  async #apply(stages: readonly StageOf[], suspend: boolean): Promise<void> {
    this.#stages = stages;
    const spec = {
      interval: INTERVAL,
      retryInterval: '5s',
      suspend,
      stages: stages.map((stage) => ({
        name: stageName(stage),
        path: `p${stage.path}`,
        sourceRef: { name: `bundle-${stage.bundle}` },
      })),
    };
    const metadata = { name: 'app', namespace: this.namespace };
    await this.#cluster.apply({ apiVersion: API_VERSION, kind: 'StageSet', metadata, spec }, WRITE);
  }

  get #ref() {
    return { apiVersion: API_VERSION, kind: 'StageSet', namespace: this.namespace, name: 'app' };
  }

  /** Comes to a release that can be delivered: nothing is claimed twice. */
  async settle(): Promise<void> {
    const claimed = new Set<string>();
    const stages = this.#stages.length === 0 ? [{ bundle: 0, path: 0 }] : this.#stages;
    for (let bundle = 0; bundle < BUNDLES; bundle += 1) {
      const paths = (this.#content[bundle] ?? [{}, {}]).map((content, path): Content => {
        if (!stages.some((stage) => stage.bundle === bundle && stage.path === path)) return content;
        const kept = Object.entries(content).filter(([name]) => !claimed.has(name));
        for (const [name] of kept) claimed.add(name);
        return Object.fromEntries(kept);
      });
      await this.#release(bundle, paths);
    }
    this.#left = [];
    await this.#apply(stages, false);
  }

  /** What is not as the last release says; empty when all of it is delivered, and recorded, and nothing else is there. */
  async faults(): Promise<readonly string[]> {
    const stageSet = (await this.#cluster.get(this.#ref)) as StageSet | undefined;
    const { status, metadata } = stageSet ?? {};
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (metadata?.deletionTimestamp !== undefined || stageSet === undefined) {
      await this.#apply(this.#stages, false).catch(() => undefined);
      return ['being torn down'];
    }
    const isDelivered =
      ready?.status === 'True' &&
      ready.observedGeneration === metadata?.generation &&
      this.#stages.every(({ bundle }, index) => status?.run?.pins[index]?.revision === this.#revisions[bundle]);
    if (!isDelivered) return [`not delivered: ${ready?.status}/${ready?.reason}: ${ready?.message}`];
    const wanted = new Map(
      this.#stages.flatMap((stage) =>
        Object.entries(this.#content[stage.bundle]?.[stage.path] ?? {}).map(([name, value]) => [name, value] as const),
      ),
    );
    const live = new Map<string, KubeObject>();
    for (const kind of ['ConfigMap', 'Secret']) {
      const selection = { apiVersion: 'v1', kind, namespace: this.namespace, labelSelector: `${LABELS.name}=app` };
      for (const object of (await this.#cluster.list(selection)).items) live.set(object.metadata.name, object);
    }
    const found: string[] = [];
    for (const [name, object] of live) {
      if (!wanted.has(name)) found.push(`${name} is orphaned`);
      else if (valueIn(object) !== wanted.get(name)) found.push(`${name} is ${valueIn(object)}`);
    }
    for (const name of wanted.keys()) if (!live.has(name)) found.push(`${name} is missing`);
    const { items } = await this.#cluster.list({
      apiVersion: API_VERSION,
      kind: 'StageInventory',
      namespace: this.namespace,
    });
    const recorded = items.flatMap(
      ({ spec }) => (spec as { readonly entries?: readonly { readonly id: string }[] }).entries ?? [],
    );
    const names = recorded.map(({ id }) => id.split('_')[1]).sort();
    const ought = [...wanted.keys()].sort();
    if (names.join() !== ought.join()) found.push(`recorded is [${names.join()}] instead of [${ought.join()}]`);
    return found;
  }
}

/** Kinds that live in a namespace: what the histories call a role is a ConfigMap here. */
function refOf(name: string) {
  return { apiVersion: 'v1', kind: name.startsWith('secret') ? 'Secret' : 'ConfigMap', name };
}

function objectOf(name: string, value: string) {
  const { apiVersion, kind } = refOf(name);
  return { apiVersion, kind, data: { key: btoa(value) } };
}

function valueIn(object: KubeObject): string {
  return atob((object['data'] as { readonly key?: string } | undefined)?.key ?? '');
}

/** A pod that never becomes ready is for histories whose clock can jump. */
function withoutPods(content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !name.startsWith('pod')));
}
