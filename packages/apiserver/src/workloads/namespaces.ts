import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt } from '../builtin/fields.ts';
import { type Condition, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import type { World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const ROOT_CA = 'kube-root-ca.crt';
const CA_NOTE = 'Contains the certificate of the local cluster, for clients inside it.';

/**
 * Gives every namespace its default service account and the cluster's certificate, and ends those that are deleted:
 * first their content, then themselves.
 */
export function namespaceController(world: World, rootCertificate: string): Controller {
  const furnish = (namespace: string): void => {
    const account: ObjectRef = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' };
    if (world.registry.get(account) === undefined) {
      world.registry.create(
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } },
        WRITER,
      );
    }
    const certificate: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: ROOT_CA };
    if (world.registry.get(certificate) !== undefined) return;
    const annotations = { 'kubernetes.io/description': CA_NOTE };
    const metadata = { namespace, name: ROOT_CA, annotations };
    world.registry.create(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': rootCertificate } },
      WRITER,
    );
  };

  const end = (namespace: KubeObject): void => {
    const { name } = namespace.metadata;
    for (const object of world.contentOf(name)) {
      if (object.metadata.deletionTimestamp === undefined)
        world.registry.delete(refOf(object), { propagation: 'Background' });
    }
    const left = world.contentOf(name);
    if (left.length === 0) {
      const finalizers = (fieldsAt(namespace, 'spec')['finalizers'] ?? []) as readonly unknown[];
      const patch = { spec: { finalizers: finalizers.filter((finalizer) => finalizer !== 'kubernetes') } };
      world.registry.patch(refOf(namespace), { type: 'merge', patch }, WRITER);
      return;
    }
    const conditions = withConditions(fieldsAt(namespace, 'status'), remaining(world, left), world.nowIso());
    world.registry.patchStatus(refOf(namespace), { conditions }, WRITER);
  };

  return {
    name: 'namespace',
    *concerns({ type, object }) {
      const { namespace } = object.metadata;
      if (object.kind === 'Namespace' && object.apiVersion === 'v1') {
        if (type !== 'deleted') yield refOf(object);
      } else if (namespace !== undefined && type === 'deleted') {
        yield { apiVersion: 'v1', kind: 'Namespace', name: namespace };
      }
    },
    reconcile: (ref) => {
      const namespace = world.registry.get(ref);
      if (namespace === undefined) return undefined;
      if (namespace.metadata.deletionTimestamp === undefined) furnish(ref.name);
      else end(namespace);
      return undefined;
    },
  };
}

/** How the end of a namespace goes, in the words of the real controller; what cannot fail here is said to be well. */
const SOUND: readonly Condition[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
];

function remaining(world: World, left: readonly KubeObject[]): readonly Condition[] {
  const kinds = Map.groupBy(left, (object) => {
    const kind = world.registry.kindOf(object);
    return `${kind?.resource ?? object.kind}.${kind?.group ?? ''}`;
  });
  const finalizers = Map.groupBy(
    left.flatMap((object) => object.metadata.finalizers ?? []),
    (finalizer) => finalizer,
  );
  const list = (groups: ReadonlyMap<string, readonly unknown[]>, words: string) =>
    [...groups].map(([name, found]) => `${name} ${words} ${found.length} resource instances`).join(', ');
  return [
    ...SOUND,
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${list(kinds, 'has')}`,
    },
    finalizers.size === 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${list(finalizers, 'in')}`,
        },
  ];
}
