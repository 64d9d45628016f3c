import type { EffectState } from '@stageset/delivery';
import {
  ApiError,
  formatLabelSelector,
  formatRef,
  isConflict,
  isForbidden,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type KubeObject,
  labelSelectorOf,
  type ObjectRef,
  own,
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

/** How often a patch is begun anew when somebody else has written the object in between. */
const MAX_CONFLICTS = 10;

/**
 * Patches what the target names. Each object tells whether this very effect has reached it already: its field manager is
 * the effect's own, so that a repetition after a crash patches nothing twice. A patch is for the version of the object that
 * was looked at: of two, one of them given up for lost and on its way all the same, the server carries out one.
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
      await patchOnce(ref, patch, context);
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

async function patchOnce(ref: ObjectRef, patch: Patch, context: EffectContext): Promise<void> {
  const manager = fieldManagerOf(context.intent);
  for (let conflicts = 0; ; conflicts += 1) {
    const object = await lookAt(ref, context);
    if (object?.metadata.managedFields?.some((fields) => fields.manager === manager) === true) return;
    try {
      await patchOne(ref, { patch, version: object?.metadata.resourceVersion }, context);
      return;
    } catch (error) {
      const isOutdated = isConflict(error) && object?.metadata.resourceVersion !== undefined;
      if (!isOutdated || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}

/** Whoever may patch and not read, patches unseen; but not what may have been patched before. */
async function lookAt(ref: ObjectRef, { cluster, isRepeated, signal }: EffectContext): Promise<KubeObject | undefined> {
  try {
    return await cluster.get(ref, signal);
  } catch (error) {
    if (isRepeated || !isForbidden(error)) throw error;
    return undefined;
  }
}

interface Versioned {
  readonly patch: Patch;
  /** The version that it is for; any when undefined. */
  readonly version: string | undefined;
}

async function patchOne(
  ref: ObjectRef,
  { patch, version }: Versioned,
  { cluster, intent, signal }: EffectContext,
): Promise<void> {
  const options = { fieldManager: fieldManagerOf(intent) };
  const content: unknown = JSON.parse(patch.patch);
  if (patch.type === 'json6902') {
    const operations = isJsonArray(content) ? (content as Operations) : [];
    // The last word on the version: the server refuses the whole if it is not the object's.
    const lock = version === undefined ? [] : [{ op: 'add', path: '/metadata/resourceVersion', value: version }];
    await cluster.patch(ref, { type: 'json', patch: [...operations, ...lock] }, options, signal);
    return;
  }
  const body = forVersion(isJsonObject(content) ? content : {}, version);
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

function forVersion(body: JsonObject, version: string | undefined): JsonObject {
  if (version === undefined) return body;
  const metadata = own(body, 'metadata');
  if (metadata !== undefined && !isJsonObject(metadata)) return body;
  return { ...body, metadata: { resourceVersion: version, ...metadata } };
}

type Operations = readonly Readonly<Record<string, unknown>>[];

/** Groups of custom kinds have a dot and are not Kubernetes' own; of those that are, the server tells. */
function isBuiltIn({ apiVersion }: ObjectRef): boolean {
  const { group } = parseApiVersion(apiVersion);
  return !group.includes('.') || group.endsWith('.k8s.io');
}
