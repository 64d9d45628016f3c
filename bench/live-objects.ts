import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';

export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject) {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The value that `edited` and the benches change. */
export function heldValue(object: KubeObject): unknown {
  return (object['data'] as Readonly<Record<string, unknown>> | undefined)?.['key-0'];
}

/** The ConfigMaps of a namespace, as the watch tells of them. */
export function follow(cluster: Cluster, namespace: string) {
  const stop = new AbortController();
  const store = cluster.follow({ apiVersion: 'v1', kind: 'ConfigMap', namespace }, stop.signal);
  return {
    store,
    stop: () => stop.abort(),
    /** Resolves when an event says so of the object; what was known before does not count. */
    async until(object: KubeObject, is: (now: KubeObject | undefined) => boolean): Promise<void> {
      const { name } = object.metadata;
      await new Promise<void>((resolve) => {
        const end = store.subscribe((event) => {
          if (event.type !== 'applied' || event.object.metadata.name !== name || !is(event.object)) return;
          end();
          resolve();
        });
      });
    },
  };
}
