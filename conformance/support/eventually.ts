import type { KubeObject } from '@stageset/k8s';
import type { Cluster, Selection } from '@stageset/ports';

/** How long a suite waits for something before it says what it saw instead. */
const PATIENCE_MS = 60_000;

/**
 * Waits, by watch and without polling, until the objects of a selection are as `is` wants them; gives back what `is`
 * gave back. When that does not come in time, the error shows the objects as they were last seen.
 */
export async function eventually<T>(
  cluster: Cluster,
  selection: Selection,
  what: string,
  is: (objects: readonly KubeObject[]) => T | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const stop = new AbortController();
  const store = cluster.follow(selection, stop.signal);
  const timeout = AbortSignal.timeout(patienceMs);
  try {
    return await new Promise<T>((resolve, reject) => {
      const look = () => {
        if (!store.synced) return;
        const found = is([...store.items()]);
        if (found !== undefined && found !== false) resolve(found);
      };
      timeout.addEventListener('abort', () => {
        const seen = [...store.items()].map((object) =>
          JSON.stringify({ ...object, metadata: { ...object.metadata, managedFields: undefined } }),
        );
        reject(new Error(`not in ${patienceMs} ms: ${what}\nlast seen:\n${seen.join('\n') || '(nothing)'}`));
      });
      store.subscribe(look);
      look();
    });
  } finally {
    stop.abort();
  }
}
