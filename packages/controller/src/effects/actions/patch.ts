import type { EffectState } from '@stageset/delivery';
import { formatLabelSelector, labelSelectorOf } from '@stageset/k8s';
import type { KindRef, ResourceInfo } from '@stageset/ports';
import { type EffectContext, failedRequest, namespaceOf, SUCCEEDED } from './effect-context.ts';
import { findKind } from './find-kind.ts';
import { type Patch, type PatchTarget, patchObject } from './patch-object.ts';

/**
 * Patches what the target names, each object in the version in which it was read: an earlier try whose answer was lost,
 * and which the server carries out late, is refused then. And each tells whether this very effect has reached it already: its
 * field manager is the effect's own. So a repetition patches nothing twice.
 */
export async function patchObjects(context: EffectContext): Promise<EffectState> {
  const { action, cluster, signal } = context;
  const patch = action.patch;
  if (patch === undefined) return SUCCEEDED;
  const named = `${patch.target.kind} ${patch.target.name ?? ''}`.trim();
  let subject = named;
  try {
    const kind = await findKind(cluster, patch.target, signal);
    if ('failure' in kind) return kind.failure;
    const targets = await targetsOf(context, patch, kind.info);
    for (const target of targets) {
      if (patch.target.name === undefined) subject = `${patch.target.kind} ${target.ref.name}`;
      const failure = await patchObject(target, patch, context);
      if (failure !== undefined) return failure;
    }
    return SUCCEEDED;
  } catch (error) {
    if (signal.aborted) throw error;
    return failedRequest(subject, error);
  }
}

async function targetsOf(
  context: EffectContext,
  { target }: Patch,
  info: ResourceInfo,
): Promise<readonly PatchTarget[]> {
  const { cluster, signal } = context;
  const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  const place = info.namespaced ? { namespace: target.namespace || namespaceOf(context) } : {};
  const kind: KindRef = { apiVersion, kind: target.kind };
  if (target.name !== undefined) return [{ ref: { ...kind, ...place, name: target.name } }];
  const labelSelector = formatLabelSelector(labelSelectorOf(selectorOf(target.selector)));
  const { items } = await cluster.list({ ...kind, ...place, labelSelector }, signal);
  return items.map((live) => ({ ref: { ...kind, ...place, name: live.metadata.name }, live }));
}

function selectorOf(selector: Patch['target']['selector']) {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return {
    matchLabels,
    matchExpressions: matchExpressions.map(({ key, operator, values = [] }) => ({
      key,
      operator,
      values: [...values],
    })),
  } as Parameters<typeof labelSelectorOf>[0];
}
