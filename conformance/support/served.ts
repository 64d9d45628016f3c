import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { eventually } from './eventually.ts';

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string }[];
}

/** Applies definitions and resolves when the cluster serves their kinds: discovery follows Established with a delay. */
export async function serveKinds(cluster: Cluster, definitions: readonly KubeObject[]): Promise<void> {
  await Promise.all(definitions.map((definition) => cluster.apply(definition, { fieldManager: 'suite', force: true })));
  const names = new Set(definitions.map(({ metadata }) => metadata.name));
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  await eventually(cluster, crd, `${[...names].join(', ')} are Established`, (objects) => {
    const established = objects.filter(({ metadata, status }) => {
      // A real API server writes null before it has looked.
      const { conditions } = (status ?? {}) as {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
      };
      const is = conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True');
      return names.has(metadata.name) && is === true;
    });
    return established.length === names.size;
  });
  for (const { spec } of definitions) {
    const { group, names: named, versions } = spec as DefinitionSpec;
    const kind = { apiVersion: `${group}/${versions[0]?.name}`, kind: named.kind };
    while ((await cluster.resource(kind, { refresh: true })) === undefined) {
      await new Promise<void>((resolve) => systemClock.schedule(50, resolve));
    }
  }
}
