import { ApiError, type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../builtin/fields.ts';
import { type Controller, controllerRef } from './controller.ts';
import type { EventRecorder } from './events/recorder.ts';
import { countPods, isActive, phaseOf, untilAvailableMs } from './pods/pod-state.ts';
import { controllerReference, podOf } from './pods/pod-template.ts';
import { orNull, writeStatus } from './replica-sets.ts';
import { currentRevision, dropRevisions, templateOfRevision } from './revisions.ts';
import type { World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const SOURCE = { component: 'statefulset-controller' };
/** A server of this version has `maxUnavailable` of stateful sets switched off. */
const MOST_UNAVAILABLE = 1;
const REVISION_LABEL = 'controller-revision-hash';

/** Keeps the numbered pods of a StatefulSet, one after another unless it asks for all at once. */
export function statefulSetController(world: World, events: EventRecorder): Controller {
  return {
    name: 'stateful-set',
    kinds: ['StatefulSet', 'Pod'],
    *concerns({ object }) {
      if (object.kind === 'StatefulSet') yield refOf(object);
      else yield* controllerRef(object, 'StatefulSet');
    },
    reconcile: (ref: ObjectRef) => {
      const owner = world.registry.get(ref);
      if (owner === undefined) return undefined;
      return new StatefulPass(world, events, owner).advance();
    },
  };
}

class StatefulPass {
  readonly #world: World;
  readonly #events: EventRecorder;
  readonly #owner: KubeObject;
  readonly #spec: Fields;
  readonly #replicas: number;
  readonly #first: number;
  readonly #minReadySeconds: number;

  constructor(world: World, events: EventRecorder, owner: KubeObject) {
    this.#world = world;
    this.#events = events;
    this.#owner = owner;
    this.#spec = fieldsAt(owner, 'spec');
    this.#replicas = numberAt(this.#spec, 'replicas') ?? 1;
    this.#first = numberAt(fieldsAt(this.#spec, 'ordinals'), 'start') ?? 0;
    this.#minReadySeconds = numberAt(this.#spec, 'minReadySeconds') ?? 0;
  }

  advance(): number | undefined {
    if (this.#owner.metadata.deletionTimestamp !== undefined) return undefined;
    const update = currentRevision(this.#world, this.#owner, { hashLabel: 'controller.kubernetes.io/hash' });
    const current = this.#revision(textAt(fieldsAt(this.#owner, 'status'), 'currentRevision')) ?? update;
    this.#step(update, current);
    if (this.#claimsGo('whenDeleted')) {
      for (const pod of this.#pods().values())
        for (const claim of this.#claimsOf(pod)) this.#tieClaim(claim, this.#owner);
    }
    return this.#writeStatus(update, current);
  }

  #revision(name: string | undefined): KubeObject | undefined {
    if (name === undefined) return undefined;
    return this.#world.controlled(this.#owner, 'ControllerRevision').find(({ metadata }) => metadata.name === name);
  }

  /** Its pods by number. */
  #pods(): ReadonlyMap<number, KubeObject> {
    const pods = new Map<number, KubeObject>();
    for (const pod of this.#world.controlled(this.#owner, 'Pod')) {
      const number = Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? Number.NaN);
      if (!Number.isNaN(number)) pods.set(number, pod);
    }
    return pods;
  }

  #isWanted(number: number): boolean {
    return number >= this.#first && number < this.#first + this.#replicas;
  }

  #isSettled(pod: KubeObject): boolean {
    return isActive(pod) && untilAvailableMs(pod, this.#minReadySeconds, this.#world.now()) === 0;
  }

  /** Fills gaps from below, then takes away from above, then replaces from above what is of an old revision. */
  #step(update: KubeObject, current: KubeObject): void {
    const inOrder = this.#spec['podManagementPolicy'] !== 'Parallel';
    const pods = this.#pods();
    for (let number = this.#first; number < this.#first + this.#replicas; number++) {
      const pod = pods.get(number);
      if (pod !== undefined && phaseOf(pod) === 'Failed') this.#deletePod(pod);
      else if (pod === undefined) this.#createPod(number, update, current);
      else if (this.#isSettled(pod) || !inOrder) continue;
      if (inOrder) return;
    }
    const surplus = [...pods].filter(([number]) => !this.#isWanted(number)).toSorted(([a], [b]) => b - a);
    for (const [, pod] of surplus) {
      if (this.#claimsGo('whenScaled')) for (const claim of this.#claimsOf(pod)) this.#tieClaim(claim, pod);
      this.#deletePod(pod);
      if (inOrder) return;
    }
    this.#replace(pods, update);
  }

  #claimsGo(when: 'whenDeleted' | 'whenScaled'): boolean {
    return fieldsAt(this.#spec, 'persistentVolumeClaimRetentionPolicy')[when] === 'Delete';
  }

  #claimsOf(pod: KubeObject): readonly KubeObject[] {
    const { namespace = '', name: podName } = pod.metadata;
    return listAt(this.#spec, 'volumeClaimTemplates').flatMap((template) => {
      const name = `${String(fieldsAt(template, 'metadata')['name'])}-${podName}`;
      return this.#world.registry.get({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name }) ?? [];
    });
  }

  /** Lets a claim go with what it belongs to from now on. */
  #tieClaim(claim: KubeObject, owner: KubeObject): void {
    const owners = claim.metadata.ownerReferences ?? [];
    if (owners.some(({ uid }) => uid === owner.metadata.uid)) return;
    // A claim that goes with its pod does not wait for its set, and the other way round while the pod is on its way out.
    if (owner.kind !== 'Pod' && owners.some(({ kind }) => kind === 'Pod')) return;
    const ownerReferences = [controllerReference(owner)];
    this.#world.registry.patch(refOf(claim), { type: 'merge', patch: { metadata: { ownerReferences } } }, WRITER);
  }

  #partition(): number {
    return numberAt(fieldsAt(this.#spec, 'updateStrategy', 'rollingUpdate'), 'partition') ?? 0;
  }

  #replace(pods: ReadonlyMap<number, KubeObject>, update: KubeObject): void {
    if (fieldsAt(this.#spec, 'updateStrategy')['type'] === 'OnDelete') return;
    let unavailable = [...pods].filter(([number, pod]) => this.#isWanted(number) && !this.#isSettled(pod)).length;
    const updatable = [...pods].filter(([number]) => number >= this.#first + this.#partition());
    for (const [, pod] of updatable.toSorted(([a], [b]) => b - a)) {
      const isOutdated = pod.metadata.labels?.[REVISION_LABEL] !== update.metadata.name;
      if (!isOutdated || pod.metadata.deletionTimestamp !== undefined) continue;
      const own = this.#isSettled(pod) ? 0 : 1;
      if (unavailable - own >= MOST_UNAVAILABLE) return;
      this.#deletePod(pod);
      unavailable += 1 - own;
    }
  }

  #createPod(number: number, update: KubeObject, current: KubeObject): void {
    const isUpdated = number >= this.#first + this.#partition();
    const revision = isUpdated ? update : current;
    const { name: setName } = this.#owner.metadata;
    const name = `${setName}-${number}`;
    const template = templateOfRevision(revision);
    const claims = listAt(this.#spec, 'volumeClaimTemplates');
    for (const claim of claims) this.#createClaim(claim, name);
    const claimed = claims.map((claim) => {
      const claimName = fieldsAt(claim, 'metadata')['name'];
      return { name: claimName, persistentVolumeClaim: { claimName: `${claimName}-${name}` } };
    });
    const ownNames = new Set(claimed.map((volume) => volume.name));
    const volumes = listAt(fieldsAt(template, 'spec'), 'volumes').filter((volume) => !ownNames.has(volume['name']));
    const subdomain = textAt(this.#spec, 'serviceName');
    const pod = podOf(this.#owner, template, {
      name,
      generateName: `${setName}-`,
      labels: {
        'apps.kubernetes.io/pod-index': String(number),
        'statefulset.kubernetes.io/pod-name': name,
        [REVISION_LABEL]: revision.metadata.name,
      },
      spec: {
        hostname: name,
        ...(subdomain === undefined ? {} : { subdomain }),
        ...(claims.length === 0 ? {} : { volumes: [...volumes, ...claimed] }),
      },
    });
    this.#tell('create', `Pod ${name}`, () => this.#world.registry.create(pod, WRITER));
  }

  #deletePod(pod: KubeObject): void {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    this.#tell('delete', `Pod ${pod.metadata.name}`, () => this.#world.registry.delete(refOf(pod)));
  }

  /** Does it, and says what came of it. @throws what the API refused. */
  #tell(verb: 'create' | 'delete', what: string, write: () => unknown): void {
    const words = `${what} in StatefulSet ${this.#owner.metadata.name}`;
    const reason = verb === 'create' ? 'Create' : 'Delete';
    try {
      write();
    } catch (error) {
      if (error instanceof ApiError) {
        const message = `${verb} ${words} failed error: ${error.message}`;
        this.#events.record(SOURCE, this.#owner, { type: 'Warning', reason: `Failed${reason}`, message });
      }
      throw error;
    }
    const message = what.startsWith('Claim') ? `${verb} ${words} success` : `${reason} ${words} successful`;
    this.#events.record(SOURCE, this.#owner, { reason: `Successful${reason}`, message });
  }

  #createClaim(template: Fields, podName: string): void {
    const { namespace = '' } = this.#owner.metadata;
    const metadata = fieldsAt(template, 'metadata');
    const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `${metadata['name']}-${podName}` };
    if (this.#world.registry.get(ref) !== undefined) return;
    const labels = fieldsAt(metadata, 'labels') as Record<string, string>;
    const selected = fieldsAt(this.#spec, 'selector', 'matchLabels') as Record<string, string>;
    const annotations = fieldsAt(metadata, 'annotations') as Record<string, string>;
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: ref.name, namespace, labels: { ...labels, ...selected }, annotations },
      spec: fieldsAt(template, 'spec'),
    };
    this.#tell('create', `Claim ${ref.name} Pod ${podName}`, () => this.#world.registry.create(claim, WRITER));
  }

  #writeStatus(update: KubeObject, current: KubeObject): number | undefined {
    const active = [...this.#pods().values()].filter(isActive);
    const { ready, available, againMs } = countPods(active, this.#minReadySeconds, this.#world.now());
    const of = (revision: KubeObject) =>
      active.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision.metadata.name).length;
    const updated = of(update);
    const isDone = updated === this.#replicas && ready === this.#replicas && active.length === this.#replicas;
    const settled = isDone ? update : current;
    writeStatus(this.#world, this.#owner, {
      observedGeneration: this.#owner.metadata.generation,
      replicas: active.length,
      readyReplicas: orNull(ready),
      availableReplicas: available,
      currentReplicas: orNull(of(settled)),
      updatedReplicas: orNull(updated),
      currentRevision: settled.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: 0,
    });
    dropRevisions(this.#world, this.#owner, new Set([update.metadata.name, settled.metadata.name]));
    return againMs;
  }
}
