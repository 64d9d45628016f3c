import { deepEqual, type KubeObject, labelSelectorOf, matchesLabels, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt } from '../builtin/fields.ts';
import { type Controller, controllerRef } from './controller.ts';
import { isRecreate, recreateSizes, rollingSizes, setView, strategyOf } from './deployment-plan.ts';
import { deploymentStatus, isComplete, progressOf } from './deployment-status.ts';
import type { EventRecorder } from './events/recorder.ts';
import { hashName } from './names.ts';
import { controllerReference, templateOf } from './pods/pod-template.ts';
import { writeStatus } from './replica-sets.ts';
import { controllerOf, type World } from './world.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAXIMUM = 'deployment.kubernetes.io/max-replicas';
/** Annotations of a Deployment that say nothing of its ReplicaSets. */
const OWN_ANNOTATIONS = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  DESIRED,
  MAXIMUM,
  'deprecated.deployment.rollback.to',
]);
const WRITER = { fieldManager: 'kube-controller-manager' };
const SOURCE = { component: 'deployment-controller' };

/** Rolls a Deployment out over its ReplicaSets. */
export function deploymentController(world: World, events: EventRecorder): Controller {
  const reconcile = (ref: ObjectRef): number | undefined => {
    const deployment = world.registry.get(ref);
    if (deployment === undefined) return undefined;
    if (deployment.metadata.deletionTimestamp !== undefined) {
      writeStatus(world, deployment, { observedGeneration: deployment.metadata.generation });
      return undefined;
    }
    return new Rollout(world, events, deployment).advance();
  };
  return {
    name: 'deployment',
    kinds: ['Deployment', 'ReplicaSet', 'Pod'],
    *concerns({ type, object }) {
      if (object.kind === 'Deployment') yield refOf(object);
      if (object.kind === 'ReplicaSet') yield* controllerRef(object, 'Deployment');
      // Recreate waits for the last old pod to go.
      if (object.kind === 'Pod' && type === 'deleted') yield* deploymentOf(world, object);
    },
    reconcile,
  };
}

function* deploymentOf(world: World, pod: KubeObject): Generator<ObjectRef> {
  const set = world.byUid(controllerOf(pod)?.uid ?? '');
  if (set !== undefined) yield* controllerRef(set, 'Deployment');
}

/** One pass over one Deployment. */
class Rollout {
  readonly #world: World;
  readonly #events: EventRecorder;
  readonly #deployment: KubeObject;
  readonly #spec: Fields;

  constructor(world: World, events: EventRecorder, deployment: KubeObject) {
    this.#world = world;
    this.#events = events;
    this.#deployment = deployment;
    this.#spec = fieldsAt(deployment, 'spec');
  }

  advance(): number | undefined {
    const sets = this.#sets();
    const found = sets.find((set) => this.#isOfTemplate(set));
    const paused = this.#spec['paused'] === true;
    const old = sets.filter((set) => set !== found);
    const mayCreate = !paused && (!isRecreate(this.#spec) || !this.#hasPods(old));
    const newest = found ?? (mayCreate ? this.#createSet(sets) : undefined);
    if (newest !== undefined && found !== undefined) this.#annotate(newest, sets);
    if (paused) this.#resizeActive(sets);
    else this.#resize(newest, old);
    return this.#finish(newest, found === undefined && newest !== undefined);
  }

  /** Its ReplicaSets, oldest first; those that nobody controls and that it selects become its own. */
  #sets(): readonly KubeObject[] {
    const { namespace = '' } = this.#deployment.metadata;
    const selector = labelSelectorOf(fieldsAt(this.#spec, 'selector'));
    const adopted = this.#world
      .orphans(namespace, 'ReplicaSet')
      .filter((set) => set.metadata.deletionTimestamp === undefined && matchesLabels(selector, set.metadata.labels))
      .map((set) => this.#adopt(set));
    const known = new Set(adopted.map(({ metadata }) => metadata.name));
    const own = this.#world
      .controlled(this.#deployment, 'ReplicaSet')
      .filter(({ metadata }) => !known.has(metadata.name));
    return [...own, ...adopted].filter((set) => set.metadata.deletionTimestamp === undefined);
  }

  #adopt(set: KubeObject): KubeObject {
    const owners = [...(set.metadata.ownerReferences ?? []), controllerReference(this.#deployment)];
    const patch = { metadata: { ownerReferences: owners } };
    return this.#world.registry.patch(refOf(set), { type: 'merge', patch }, WRITER);
  }

  #isOfTemplate(set: KubeObject): boolean {
    return deepEqual(withoutHash(templateOf(set)), withoutHash(templateOf(this.#deployment)));
  }

  #hasPods(sets: readonly KubeObject[]): boolean {
    return sets.some((set) => this.#world.controlled(set, 'Pod').length > 0);
  }

  #createSet(sets: readonly KubeObject[]): KubeObject {
    const { metadata } = this.#deployment;
    const template = templateOf(this.#deployment);
    const hash = hashName(template);
    const labels = { ...fieldsAt(template, 'metadata', 'labels'), [HASH_LABEL]: hash } as Record<string, string>;
    const strategy = strategyOf(this.#deployment);
    const asked = sets.reduce((sum, set) => sum + setView(set).replicas, 0);
    const room = Math.max(0, strategy.replicas + strategy.maxSurge - asked);
    const replicas = isRecreate(this.#spec) ? strategy.replicas : Math.min(strategy.replicas, room);
    const selector = fieldsAt(this.#spec, 'selector');
    const set: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${metadata.name}-${hash}`,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        labels,
        annotations: this.#annotations(nextRevision(sets)),
        ownerReferences: [controllerReference(this.#deployment)],
      },
      spec: {
        replicas,
        ...(this.#spec['minReadySeconds'] === undefined ? {} : { minReadySeconds: this.#spec['minReadySeconds'] }),
        selector: { ...selector, matchLabels: { ...fieldsAt(selector, 'matchLabels'), [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...fieldsAt(template, 'metadata'), labels } },
      },
    };
    const created = this.#world.registry.create(set, WRITER);
    this.#setRevision(created);
    if (replicas > 0) this.#tellScaled(created.metadata.name, 0, replicas);
    return created;
  }

  #annotations(revision: number): Record<string, string> {
    const { replicas, maxSurge } = strategyOf(this.#deployment);
    const own = Object.entries(this.#deployment.metadata.annotations ?? {}).filter(
      ([key]) => !OWN_ANNOTATIONS.has(key),
    );
    return {
      ...Object.fromEntries(own),
      [DESIRED]: String(replicas),
      [MAXIMUM]: String(replicas + maxSurge),
      [REVISION]: String(revision),
    };
  }

  /** Brings the newest set's annotations, its revision among them, up to date: a template may be rolled back to. */
  #annotate(newest: KubeObject, sets: readonly KubeObject[]): void {
    const others = sets.filter((set) => set !== newest);
    const revision = Math.max(revisionOf(newest), nextRevision(others));
    const annotations = { ...newest.metadata.annotations, ...this.#annotations(revision) };
    const minReadySeconds = this.#spec['minReadySeconds'] ?? null;
    const isCurrent =
      deepEqual(annotations, newest.metadata.annotations) &&
      (fieldsAt(newest, 'spec')['minReadySeconds'] ?? null) === minReadySeconds;
    if (!isCurrent) {
      const patch = { metadata: { annotations }, spec: { minReadySeconds } };
      this.#world.registry.patch(refOf(newest), { type: 'merge', patch }, WRITER);
    }
    this.#setRevision({ ...newest, metadata: { ...newest.metadata, annotations } });
  }

  #setRevision(newest: KubeObject): void {
    const revision = newest.metadata.annotations?.[REVISION];
    if (this.#deployment.metadata.annotations?.[REVISION] === revision) return;
    const patch = { metadata: { annotations: { [REVISION]: revision } } };
    // By the endpoint of the status, where a change of annotations is no new generation.
    this.#world.registry.patch(refOf(this.#deployment), { type: 'merge', patch }, { ...WRITER, subresource: 'status' });
  }

  #resize(newest: KubeObject | undefined, old: readonly KubeObject[]): void {
    const strategy = strategyOf(this.#deployment);
    const newView = newest === undefined ? undefined : setView(this.#current(newest));
    const oldViews = old.map(setView);
    if (isRecreate(this.#spec)) {
      this.#scale([...recreateSizes(newView, oldViews, strategy.replicas, this.#hasPods(old))]);
    } else if (newView !== undefined) {
      this.#scale([...rollingSizes(newView, oldViews, strategy)]);
    }
  }

  /** A paused Deployment is scaled, not rolled out: the largest set takes the difference. */
  #resizeActive(sets: readonly KubeObject[]): void {
    const views = sets.map(setView).toSorted((a, b) => b.replicas - a.replicas);
    const [largest] = views;
    if (largest === undefined) return;
    const asked = views.reduce((sum, view) => sum + view.replicas, 0);
    const size = Math.max(0, largest.replicas + strategyOf(this.#deployment).replicas - asked);
    if (size !== largest.replicas) this.#scale([[largest.name, size]]);
  }

  #scale(sizes: readonly (readonly [name: string, size: number])[]): void {
    for (const [name, replicas] of sizes) {
      const ref = this.#setRef(name);
      const present = this.#world.registry.get(ref);
      if (present === undefined) continue;
      this.#world.registry.patch(ref, { type: 'merge', patch: { spec: { replicas } } }, WRITER);
      this.#tellScaled(name, setView(present).replicas, replicas);
    }
  }

  #tellScaled(name: string, from: number, to: number): void {
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
    this.#events.record(SOURCE, this.#deployment, { reason: 'ScalingReplicaSet', message });
  }

  #setRef(name: string): ObjectRef {
    const { namespace = '' } = this.#deployment.metadata;
    return { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, name };
  }

  #current(set: KubeObject): KubeObject {
    return this.#world.registry.get(refOf(set)) ?? set;
  }

  #finish(newest: KubeObject | undefined, isNew: boolean): number | undefined {
    const all = this.#sets();
    const current = newest === undefined ? undefined : this.#current(newest);
    const progress = progressOf(current, all);
    const strategy = strategyOf(this.#deployment);
    const { status, againMs } = deploymentStatus({
      deployment: this.#deployment,
      newest: current,
      isNew,
      progress,
      strategy,
      nowIso: this.#world.nowIso(),
      nowMs: this.#world.now(),
    });
    writeStatus(this.#world, this.#deployment, status);
    if (isComplete(progress, strategy.replicas)) this.#dropHistory(all, current);
    return againMs;
  }

  /** Old empty sets beyond `revisionHistoryLimit` go, the oldest revision first. */
  #dropHistory(all: readonly KubeObject[], newest: KubeObject | undefined): void {
    const limit = numberAt(this.#spec, 'revisionHistoryLimit') ?? 10;
    const old = all.filter((set) => set.metadata.name !== newest?.metadata.name);
    const empty = old.filter((set) => setView(set).replicas === 0 && setView(set).actual === 0);
    const surplus = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, old.length - limit));
    for (const set of surplus) this.#world.registry.delete(refOf(set));
  }
}

function withoutHash(template: Fields): Fields {
  const metadata = fieldsAt(template, 'metadata');
  const { [HASH_LABEL]: _, ...labels } = fieldsAt(metadata, 'labels');
  return { ...template, metadata: { ...metadata, labels } };
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

function nextRevision(sets: readonly KubeObject[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1;
}
