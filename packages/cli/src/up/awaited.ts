import { STAGE_SET_ANNOTATIONS, type StageSet } from '@stageset/api';
import type { LocalSource } from '../inputs/local-sources.ts';
import type { Awaited } from '../view/release-view.ts';

/** What a StageSet of the call, as it was applied, is to come to: the revisions that its folders are published at, and its request. */
export function awaitedOf({ metadata, spec }: StageSet, published: ReadonlyMap<LocalSource, string>): Awaited {
  const own = metadata.namespace ?? '';
  const revisions = spec.stages.flatMap(({ name, sourceRef }) => {
    const match = [...published].find(
      ([{ object }]) =>
        object.kind === (sourceRef.kind ?? 'ExternalArtifact') &&
        object.metadata.name === sourceRef.name &&
        object.metadata.namespace === (sourceRef.namespace ?? own),
    );
    return match === undefined ? [] : [[name, match[1]] as const];
  });
  const requestedAt = metadata.annotations?.[STAGE_SET_ANNOTATIONS.requestedAt];
  return { revisions: new Map(revisions), ...(requestedAt === undefined ? {} : { requestedAt }) };
}
