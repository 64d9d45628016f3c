import { STAGE_SET_ANNOTATIONS, type StageSet } from '@stageset/api';
import { refOf } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';

/**
 * Of a StageSet that is there already the status tells of an earlier rollout. It is asked for another, by a token of this
 * call: so what failed is tried again now, and its answer is told apart from what was said before.
 */
export async function askAnew(
  cluster: Cluster,
  stageSets: readonly StageSet[],
  clock: Clock,
): Promise<readonly StageSet[]> {
  const token = new Date(clock.now()).toISOString();
  return Promise.all(
    stageSets.map(async (stageSet) => {
      if ((await cluster.get(refOf(stageSet))) === undefined) return stageSet;
      const { metadata } = stageSet;
      const annotations = { ...metadata.annotations, [STAGE_SET_ANNOTATIONS.requestedAt]: token };
      return { ...stageSet, metadata: { ...metadata, annotations } };
    }),
  );
}
