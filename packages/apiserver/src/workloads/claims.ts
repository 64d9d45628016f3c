import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt, listAt, textAt } from '../builtin/fields.ts';
import type { WriteHook } from '../registry/hooks.ts';
import type { Controller } from './controller.ts';
import type { EventRecorder } from './events/recorder.ts';
import { delayOf } from './scenario/behaviour.ts';
import type { Directions } from './scenario/directions.ts';
import type { Timing } from './timing.ts';
import { isoSeconds, type World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const PROTECTION = 'kubernetes.io/pvc-protection';
const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';
const SOURCE = { component: 'persistentvolume-controller' };
const PROVISIONER = { component: 'simulated.stages.metio.wtf/volumes' };
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' };
/** Where the volume was found for the claim, rather than named by it. */
const FOUND = { 'pv.kubernetes.io/bound-by-controller': 'yes' };
export const STORAGE_CLASS: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { [DEFAULT_CLASS]: 'true' } },
  provisioner: 'simulated.stages.metio.wtf/volumes',
  allowVolumeExpansion: true,
};

/** Makes the default storage class if it is not there yet. */
export function ensureStorageClass(world: World): void {
  const ref = refOf(STORAGE_CLASS);
  if (world.registry.get(ref) === undefined) world.registry.create(STORAGE_CLASS);
}

/** What admission adds to a claim: the finalizer that keeps it while a pod uses it, and the default class. */
export const CLAIM_ADMISSION: WriteHook = {
  name: 'claim-admission',
  kinds: [{ group: '', kind: 'PersistentVolumeClaim' }],
  admit: (claim, { operation, registry }) => {
    if (operation !== 'create') return claim;
    const finalizers = [...new Set([...(claim.metadata.finalizers ?? []), PROTECTION])];
    const spec = fieldsAt(claim, 'spec');
    const standard = registry
      .list({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' })
      .items.find((one) => one.metadata.annotations?.[DEFAULT_CLASS] === 'true');
    const named = spec['storageClassName'] === undefined && standard !== undefined;
    return {
      ...claim,
      metadata: { ...claim.metadata, finalizers },
      spec: named ? { ...spec, storageClassName: standard.metadata.name } : spec,
      status: { phase: 'Pending' },
    };
  },
};

/** What admission adds to a volume: the finalizer that keeps it while a claim has it. */
export const VOLUME_ADMISSION: WriteHook = {
  name: 'volume-admission',
  kinds: [{ group: '', kind: 'PersistentVolume' }],
  admit: (volume, { operation, registry }) => {
    if (operation !== 'create') return volume;
    const finalizers = [...new Set([...(volume.metadata.finalizers ?? []), VOLUME_PROTECTION])];
    const status = { phase: 'Pending', lastPhaseTransitionTime: isoSeconds(registry.clock.now()) };
    return { ...volume, metadata: { ...volume.metadata, finalizers }, status };
  },
};

export interface ClaimParts {
  readonly world: World;
  readonly events: EventRecorder;
  readonly directions: Directions;
  readonly timing: Timing;
}

/** Binds claims to volumes made for them, and lets go of claims that nothing uses any more. */
export function claimController({ world, events, directions, timing }: ClaimParts): Controller {
  const bornMs = new Map<string, number>();

  const reconcile = (ref: ObjectRef): number | undefined => {
    const claim = world.registry.get(ref);
    if (claim === undefined) return undefined;
    if (claim.kind === 'PersistentVolume') {
      settleVolume(world, claim);
      return undefined;
    }
    if (claim.metadata.deletionTimestamp !== undefined) {
      release(world, claim);
      return undefined;
    }
    if (fieldsAt(claim, 'status')['phase'] === 'Bound') return undefined;
    const { uid = '' } = claim.metadata;
    const firstMs = bornMs.get(uid) ?? world.now();
    if (!bornMs.has(uid)) expectVolume(world, events, claim);
    bornMs.set(uid, firstMs);
    const fault = claimFault(world, claim);
    if (fault !== undefined) return undefined;
    const delayMs = delayOf(directions.of(claim), timing.claimMs);
    if (delayMs === undefined) return undefined;
    const waitMs = firstMs + delayMs - world.now();
    if (waitMs > 0) return waitMs;
    const volume = bind(world, claim);
    if (volume !== undefined) {
      const message = `Successfully provisioned volume ${volume}`;
      events.record(PROVISIONER, claim, { reason: 'ProvisioningSucceeded', message });
    }
    return undefined;
  };

  return {
    name: 'claim',
    kinds: ['PersistentVolumeClaim', 'PersistentVolume', 'Pod'],
    *concerns({ type, object }) {
      const { namespace = '' } = object.metadata;
      if (object.kind === 'Pod') {
        if (type !== 'deleted') return;
        for (const name of claimsOf(object)) yield { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name };
      } else if (object.kind === 'PersistentVolume') {
        if (type !== 'deleted') yield refOf(object);
      } else if (type === 'deleted') {
        bornMs.delete(object.metadata.uid ?? '');
        const volume = textAt(fieldsAt(object, 'spec'), 'volumeName');
        if (volume !== undefined) yield { apiVersion: 'v1', kind: 'PersistentVolume', name: volume };
      } else {
        yield refOf(object);
      }
    },
    reconcile,
  };
}

function claimsOf(pod: KubeObject): readonly string[] {
  return listAt(fieldsAt(pod, 'spec'), 'volumes').flatMap((volume) => {
    const name = textAt(fieldsAt(volume, 'persistentVolumeClaim'), 'claimName');
    return name === undefined ? [] : [name];
  });
}

function release(world: World, claim: KubeObject): void {
  const { name, namespace = '' } = claim.metadata;
  const isUsed = world.inNamespace(namespace, 'Pod').some((pod) => claimsOf(pod).includes(name));
  if (!isUsed) dropFinalizer(world, claim, PROTECTION);
}

/** A volume without a claim is free. One whose claim is gone goes too, if that is its policy, or is for nobody else. */
function settleVolume(world: World, volume: KubeObject): void {
  const spec = fieldsAt(volume, 'spec');
  const isClaimed = world.byUid(textAt(fieldsAt(spec, 'claimRef'), 'uid') ?? '') !== undefined;
  if (volume.metadata.deletionTimestamp !== undefined) {
    if (!isClaimed) dropFinalizer(world, volume, VOLUME_PROTECTION);
  } else if (spec['claimRef'] === undefined) setPhase(world, volume, 'Available');
  else if (isClaimed) setPhase(world, volume, 'Bound');
  else if (spec['persistentVolumeReclaimPolicy'] === 'Delete') world.registry.delete(refOf(volume));
  else setPhase(world, volume, 'Released');
}

function setPhase(world: World, volume: KubeObject, phase: string): void {
  if (fieldsAt(volume, 'status')['phase'] === phase) return;
  world.registry.patchStatus(refOf(volume), { phase, lastPhaseTransitionTime: world.nowIso() }, WRITER);
}

function dropFinalizer(world: World, object: KubeObject, finalizer: string): void {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) return;
  const patch = { metadata: { finalizers: finalizers.filter((one) => one !== finalizer) } };
  world.registry.patch(refOf(object), { type: 'merge', patch }, WRITER);
}

/** Why a claim waits for ever: there is no such storage class, or none at all. */
function claimFault(
  world: World,
  claim: KubeObject,
): { readonly reason: string; readonly message: string } | undefined {
  const spec = fieldsAt(claim, 'spec');
  if (textAt(spec, 'volumeName') !== undefined) return undefined;
  const name = textAt(spec, 'storageClassName');
  if (name === undefined) {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { reason: 'FailedBinding', message };
  }
  if (world.registry.get({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name }) !== undefined)
    return undefined;
  return { reason: 'ProvisioningFailed', message: `storageclass.storage.k8s.io ${JSON.stringify(name)} not found` };
}

/** Says what a new claim waits for. */
function expectVolume(world: World, events: EventRecorder, claim: KubeObject): void {
  const fault = claimFault(world, claim);
  if (fault !== undefined) {
    const type = fault.reason === 'FailedBinding' ? 'Normal' : 'Warning';
    events.record(SOURCE, claim, { type, ...fault });
    return;
  }
  if (textAt(fieldsAt(claim, 'spec'), 'volumeName') !== undefined) return;
  const message = `Waiting for a volume to be created either by the external provisioner '${PROVISIONER.component}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  events.record(SOURCE, claim, { reason: 'ExternalProvisioning', message });
}

/** The name of the volume, if it was made for the claim. */
function bind(world: World, claim: KubeObject): string | undefined {
  const { name, namespace, uid } = claim.metadata;
  const spec = fieldsAt(claim, 'spec');
  const volume = textAt(spec, 'volumeName') ?? `pvc-${uid}`;
  const capacity = { storage: fieldsAt(spec, 'resources', 'requests')['storage'] ?? '1Gi' };
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'PersistentVolume', name: volume };
  const isNew = world.registry.get(ref) === undefined;
  if (isNew) {
    world.registry.create(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: volume },
        spec: {
          accessModes: spec['accessModes'],
          capacity,
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
          hostPath: { path: `/simulated/${volume}`, type: '' },
          persistentVolumeReclaimPolicy: 'Delete',
          ...(spec['storageClassName'] === undefined ? {} : { storageClassName: spec['storageClassName'] }),
          volumeMode: spec['volumeMode'],
        },
      },
      WRITER,
    );
  }
  const annotations = textAt(spec, 'volumeName') === undefined ? { ...BOUND, ...FOUND } : BOUND;
  const patch = { metadata: { annotations }, spec: { volumeName: volume } };
  world.registry.patch(refOf(claim), { type: 'merge', patch }, WRITER);
  const status = { phase: 'Bound', accessModes: spec['accessModes'], capacity };
  world.registry.patchStatus(refOf(claim), status, WRITER);
  return isNew ? volume : undefined;
}
