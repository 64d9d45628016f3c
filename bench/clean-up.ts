import { API_VERSION, SOURCE_API_VERSION } from '@stageset/api';
import type { Cluster, Transport } from '@stageset/ports';

/** Kinds that benches write, by the path of their collection in a namespace. */
const COLLECTIONS: readonly (readonly [string, string])[] = [
  [`/apis/${API_VERSION}`, 'stagesets'],
  [`/apis/${API_VERSION}`, 'stageinventories'],
  [`/apis/${SOURCE_API_VERSION}`, 'externalartifacts'],
  ['/apis/apps/v1', 'deployments'],
  ['/api/v1', 'configmaps'],
];

/** Removes what benches have left in their namespaces, also where no controller empties a namespace that is deleted. */
export async function removeNamespaces(
  transport: Transport,
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<void> {
  const stageSet = { apiVersion: API_VERSION, kind: 'StageSet' };
  // Benches of the cluster alone define no kinds of ours.
  const isDefined = (await cluster.resource(stageSet)) !== undefined;
  for (const namespace of namespaces) {
    const stageSets = isDefined ? (await cluster.list({ ...stageSet, namespace })).items : [];
    for (const { metadata } of stageSets) {
      const ref = { ...stageSet, namespace, name: metadata.name };
      await cluster.patch(ref, { type: 'merge', patch: { metadata: { finalizers: null } } });
    }
    for (const [root, resource] of COLLECTIONS) {
      const path = `${root}/namespaces/${namespace}/${resource}`;
      const { body } = await transport({ method: 'DELETE', path });
      // The connection is free again when the answer has been read.
      for await (const _ of body);
    }
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  }
}
