import { type KubeObject, type ObjectRef, type OwnerReference, refOf } from '@stageset/k8s';
import type { Controller } from './controller.ts';
import { keyOf, type World } from './world.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const WRITER = { fieldManager: 'kube-controller-manager' };

/**
 * Removes what has lost its last owner, and carries out the deletions that wait for dependents. An owner counts only
 * with its very uid, in the dependent's namespace or above all namespaces.
 */
export function garbageCollector(world: World): Controller {
  const reconcile = (ref: ObjectRef): undefined => {
    const object = world.registry.get(ref);
    if (object === undefined) return;
    const finalizers = object.metadata.finalizers ?? [];
    if (object.metadata.deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) return orphan(world, object);
      if (finalizers.includes(FOREGROUND)) return deleteDependents(world, object);
    }
    collect(world, object);
  };
  return {
    name: 'garbage-collector',
    *concerns({ type, object }) {
      const { uid, ownerReferences, finalizers, deletionTimestamp } = object.metadata;
      if (type === 'deleted') {
        if (uid !== undefined) for (const dependent of world.dependents(uid)) yield refOf(dependent);
        // An owner that waits for its dependents may have waited for this one.
        yield* waitingOwners(world, object);
        return;
      }
      const waits =
        deletionTimestamp !== undefined && (finalizers?.includes(FOREGROUND) || finalizers?.includes(ORPHAN));
      if (waits === true || (ownerReferences?.length ?? 0) > 0) yield refOf(object);
    },
    reconcile,
  };
}

function* waitingOwners(world: World, object: KubeObject): Generator<ObjectRef> {
  for (const { uid } of object.metadata.ownerReferences ?? []) {
    const owner = world.byUid(uid);
    if (owner !== undefined && isForeground(owner)) yield refOf(owner);
  }
}

function isForeground(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers } = object.metadata;
  return deletionTimestamp !== undefined && finalizers?.includes(FOREGROUND) === true;
}

function ownerOf(world: World, object: KubeObject, reference: OwnerReference): KubeObject | undefined {
  const owner = world.byUid(reference.uid);
  if (owner === undefined || owner.kind !== reference.kind || owner.metadata.name !== reference.name) return undefined;
  const { namespace } = owner.metadata;
  return namespace === undefined || namespace === object.metadata.namespace ? owner : undefined;
}

function collect(world: World, object: KubeObject): void {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0) return;
  const owners = references.map((reference) => ({ reference, owner: ownerOf(world, object, reference) }));
  const solid = owners.filter(({ owner }) => owner !== undefined && !isForeground(owner));
  if (solid.length > 0) {
    // A dangling reference is dropped once it would otherwise hold nothing but history.
    if (solid.length < owners.length) {
      setOwners(
        world,
        object,
        solid.map(({ reference }) => reference),
      );
    }
    return;
  }
  if (object.metadata.deletionTimestamp !== undefined) return;
  const blocksOwner = owners.some(
    ({ reference, owner }) => owner !== undefined && reference.blockOwnerDeletion === true,
  );
  const propagation =
    blocksOwner && world.dependents(object.metadata.uid ?? '').length > 0 ? 'Foreground' : 'Background';
  world.registry.delete(refOf(object), { propagation, ...preconditionsOf(object) });
}

function preconditionsOf(object: KubeObject): { readonly preconditions?: { readonly uid: string } } {
  return object.metadata.uid === undefined ? {} : { preconditions: { uid: object.metadata.uid } };
}

/** Foreground: dependents go first; those that block the owner are waited for. */
function deleteDependents(world: World, owner: KubeObject): undefined {
  const { uid = '' } = owner.metadata;
  for (const dependent of world.dependents(uid)) collect(world, dependent);
  const blocking = world
    .dependents(uid)
    .some((dependent) =>
      dependent.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true),
    );
  if (!blocking) dropFinalizer(world, owner, FOREGROUND);
}

function orphan(world: World, owner: KubeObject): undefined {
  const { uid = '' } = owner.metadata;
  for (const dependent of world.dependents(uid)) {
    setOwners(
      world,
      dependent,
      (dependent.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid),
    );
  }
  dropFinalizer(world, owner, ORPHAN);
}

function setOwners(world: World, object: KubeObject, owners: readonly OwnerReference[]): void {
  const patch = { metadata: { ownerReferences: owners } };
  world.registry.patch(refOf(object), { type: 'merge', patch }, WRITER);
}

function dropFinalizer(world: World, object: KubeObject, finalizer: string): void {
  const current = world.registry.get(refOf(object));
  if (current === undefined || keyOf(refOf(current)) !== keyOf(refOf(object))) return;
  const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  world.registry.patch(refOf(object), { type: 'merge', patch: { metadata: { finalizers } } }, WRITER);
}
