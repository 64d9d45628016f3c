import type { EffectState } from '@stageset/delivery';
import {
  ApiError,
  formatLabelSelector,
  formatRef,
  isJsonArray,
  isJsonObject,
  type KubeObject,
  labelSelectorOf,
  type ObjectRef,
  parseApiVersion,
} from '@stageset/k8s';
import type { KindRef, PatchBody, ResourceInfo } from '@stageset/ports';
import {
  type EffectContext,
  failedEffect,
  failedRequest,
  fieldManagerOf,
  namespaceOf,
  SUCCEEDED,
} from './effect-context.ts';
import { findKind } from './find-kind.ts';

type Patch = NonNullable<EffectContext['action']['patch']>;

const UNSUPPORTED_MEDIA_TYPE = 415;

/**
 * Patches what the target names. Each object tells whether this very effect has reached it already: its field manager is
 * the effect's own, so that a repetition after a crash patches nothing twice.
 */
export async function patchObjects(context: EffectContext): Promise<EffectState> {
  const { action, cluster, signal } = context;
  const patch = action.patch;
  if (patch === undefined) return SUCCEEDED;
  const named = `${patch.target.kind} ${patch.target.name ?? ''}`.trim();
  try {
    const kind = await findKind(cluster, patch.target, signal);
    if ('failure' in kind) return kind.failure;
    const { refs, missing } = await targetsOf(context, patch, kind.info);
    if (missing !== undefined) return failedEffect(`${formatRef(missing)} not found`);
    for (const ref of refs) {
      if (context.isRepeated && (await hasTakenPlace(ref, context))) continue;
      await patchOne(ref, patch, context);
    }
    return SUCCEEDED;
  } catch (error) {
    if (signal.aborted) throw error;
    return failedRequest(named, error);
  }
}

async function targetsOf(
  context: EffectContext,
  { target }: Patch,
  info: ResourceInfo,
): Promise<{ readonly refs: readonly ObjectRef[]; readonly missing?: ObjectRef }> {
  const { cluster, signal } = context;
  const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  const place = info.namespaced ? { namespace: target.namespace || namespaceOf(context) } : {};
  const kind: KindRef = { apiVersion, kind: target.kind };
  if (target.name !== undefined) return { refs: [{ ...kind, ...place, name: target.name }] };
  const labelSelector = formatLabelSelector(labelSelectorOf(selectorOf(target.selector)));
  const { items } = await cluster.list({ ...kind, ...place, labelSelector }, signal);
  return { refs: items.map(({ metadata }) => ({ ...kind, ...place, name: metadata.name })) };
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

async function hasTakenPlace(ref: ObjectRef, { cluster, intent, signal }: EffectContext): Promise<boolean> {
  const object: KubeObject | undefined = await cluster.get(ref, signal);
  return object?.metadata.managedFields?.some(({ manager }) => manager === fieldManagerOf(intent)) === true;
}

async function patchOne(ref: ObjectRef, patch: Patch, { cluster, intent, signal }: EffectContext): Promise<void> {
  const options = { fieldManager: fieldManagerOf(intent) };
  const content: unknown = JSON.parse(patch.patch);
  if (patch.type === 'json6902') {
    await cluster.patch(
      ref,
      { type: 'json', patch: isJsonArray(content) ? (content as Operations) : [] },
      options,
      signal,
    );
    return;
  }
  const body = isJsonObject(content) ? content : {};
  const first: PatchBody = { type: isBuiltIn(ref) ? 'strategic' : 'merge', patch: body };
  try {
    await cluster.patch(ref, first, options, signal);
  } catch (error) {
    // The server knows better which of its kinds have a strategic merge.
    if (!(error instanceof ApiError && error.code === UNSUPPORTED_MEDIA_TYPE && first.type === 'strategic'))
      throw error;
    await cluster.patch(ref, { type: 'merge', patch: body }, options, signal);
  }
}

type Operations = readonly Readonly<Record<string, unknown>>[];

/** Groups of custom kinds have a dot and are not Kubernetes' own; of those that are, the server tells. */
function isBuiltIn({ apiVersion }: ObjectRef): boolean {
  const { group } = parseApiVersion(apiVersion);
  return !group.includes('.') || group.endsWith('.k8s.io');
}
