import { compareForApply, formatRef, type KubeObject, refOf } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { CommandError, EXIT } from '../exit.ts';
import { UP_FIELD_MANAGER } from './publisher.ts';

/** Gives the objects of the files the namespace of the call where they name none and their kind has one. */
export async function inNamespace(cluster: Cluster, object: KubeObject, namespace: string): Promise<KubeObject> {
  if (object.metadata.namespace !== undefined) return object;
  const resource = await cluster.resource(object);
  if (resource !== undefined && !resource.namespaced) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** Applies objects in the order in which they need one another; says which one the cluster refused, and why. */
export async function applyInputs(cluster: Cluster, objects: readonly KubeObject[]): Promise<void> {
  for (const object of [...objects].sort(compareForApply)) {
    try {
      await cluster.apply(object, { fieldManager: UP_FIELD_MANAGER, force: true, fieldValidation: 'Strict' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(EXIT.runtime, `${formatRef(refOf(object))} could not be applied: ${why}`, {
        cause: error,
      });
    }
  }
}
