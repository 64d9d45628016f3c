import { FIELD_MANAGER, LABELS } from '@stageset/api';
import { type Entry, entryId } from '@stageset/delivery';
import {
  ApiError,
  formatApiVersion,
  isForbidden,
  type KubeObject,
  own,
  parseApiVersion,
  UnknownKindError,
} from '@stageset/k8s';
import type { Cluster, ResourceInfo, Selection } from '@stageset/ports';
import { concurrently } from '../effects/concurrently.ts';

/** What was found so far, by stage and id; kinds that were searched are not searched again. */
export interface OwnedObjects {
  readonly byStage: Map<string, Map<string, Entry>>;
  readonly searched: Set<string>;
}

/** Lists in flight while a cluster is searched. */
const CONCURRENCY = 8;
/** Answers that say of one kind alone that it cannot be searched. */
const SKIPPED = new Set([403, 404, 405]);

/**
 * Everything that a StageSet has put into the cluster, by stage, found by its owner labels in every kind that can be
 * listed and deleted. A copy of the labels is not enough (the control plane copies those of a Service to its endpoints):
 * our field manager must have applied the object. Kinds that may not be listed are left out. Rejects where a list fails;
 * the next call goes on with the kinds that are left.
 */
export async function findOwned(
  { key, cluster }: { readonly key: string; readonly cluster: Cluster },
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { byStage, searched }: OwnedObjects,
  signal: AbortSignal,
): Promise<void> {
  const kinds = (await cluster.resources(signal)).filter(
    ({ verbs }) => verbs.includes('list') && verbs.includes('delete'),
  );
  const labelSelector = `${LABELS.name}=${name},${LABELS.namespace}=${namespace}`;
  await concurrently(kinds, CONCURRENCY, async (info) => {
    const kind = { apiVersion: formatApiVersion(info.group, info.version), kind: info.kind };
    const mark = `${key}|${kind.apiVersion}|${kind.kind}`;
    if (searched.has(mark)) return;
    const within = info.namespaced ? namespace : undefined;
    for (const object of await listed(cluster, { ...kind, labelSelector }, within, signal)) {
      const stage = own(object.metadata.labels ?? {}, LABELS.stage);
      if (typeof stage !== 'string' || !isApplied(object, info)) continue;
      const ref = { ...kind, name: object.metadata.name };
      const id = entryId(info.namespaced ? { ...ref, namespace: object.metadata.namespace ?? '' } : ref);
      const entries = byStage.get(stage) ?? new Map<string, Entry>();
      byStage.set(stage, entries.set(id, { id, v: info.version }));
    }
    searched.add(mark);
  });
}

async function listed(
  cluster: Cluster,
  selection: Selection,
  /** Where a tenant may list who may not list everywhere. */
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    return (await cluster.list(selection, signal)).items;
  } catch (error) {
    if (isForbidden(error) && namespace !== undefined) {
      return listed(cluster, { ...selection, namespace }, undefined, signal);
    }
    if (error instanceof UnknownKindError || (error instanceof ApiError && SKIPPED.has(error.code))) return [];
    throw error;
  }
}

/** Applied by us under this group: one object may be served under two. */
function isApplied({ metadata }: KubeObject, { group }: ResourceInfo): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, operation, apiVersion = '' }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && parseApiVersion(apiVersion).group === group,
  );
}
