import type { EffectState } from '@stageset/delivery';
import {
  ApiError,
  applyJsonPatch,
  formatRef,
  isForbidden,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  JsonPatchError,
  type KubeObject,
  type ObjectRef,
  own,
  parseApiVersion,
} from '@stageset/k8s';
import type { PatchBody } from '@stageset/ports';
import { type EffectContext, failedEffect, fieldManagerOf } from './effect-context.ts';

export type Patch = NonNullable<EffectContext['action']['patch']>;

/** What a patch is meant for; `live` where it has been read already. */
export interface PatchTarget {
  readonly ref: ObjectRef;
  readonly live?: KubeObject;
}

const UNSUPPORTED_MEDIA_TYPE = 415;
const CONFLICT = 409;
const UNPROCESSABLE = 422;
/** How often an object may change between being read and being patched. */
const MAX_CONFLICTS = 10;

/** An object as it was read; `undefined` where the identity may only write. */
type Read = { readonly live: KubeObject | undefined } | 'absent';

/**
 * Patches one object in the version in which it was read, and reads it again when it has changed meanwhile. Answers with the
 * failure, if it is one that the server does not tell by itself.
 */
export async function patchObject(
  { ref, live }: PatchTarget,
  patch: Patch,
  context: EffectContext,
): Promise<EffectState | undefined> {
  let read: Read = live === undefined ? await look(ref, context) : { live };
  for (let looks = 0; looks < MAX_CONFLICTS; looks += 1) {
    if (read === 'absent') return failedEffect(`${formatRef(ref)} not found`);
    // By an earlier try of this very effect, of whose answer nobody has heard.
    if (read.live !== undefined && hasTakenPlace(read.live, context)) return undefined;
    const refusal = await send(ref, read.live, patch, context);
    if (refusal === undefined) return undefined;
    if (refusal.code !== CONFLICT) {
      return failedEffect(`${formatRef(ref)}: ${whyUnfit(read.live, patch) ?? refusal.message}`);
    }
    read = await look(ref, context);
  }
  return failedEffect(`${formatRef(ref)} has changed each of the ${MAX_CONFLICTS} times that it was to be patched`);
}

/** Answers with a refusal that is about this version of the object. */
async function send(
  ref: ObjectRef,
  live: KubeObject | undefined,
  patch: Patch,
  context: EffectContext,
): Promise<ApiError | undefined> {
  try {
    await sendPatch(ref, live?.metadata.resourceVersion, patch, context);
    return undefined;
  } catch (error) {
    if (live === undefined || context.signal.aborted || !(error instanceof ApiError)) throw error;
    const isUnfit = error.code === UNPROCESSABLE && patch.type === 'json6902';
    if (isUnfit || (error.code === CONFLICT && error.reason === 'Conflict')) return error;
    throw error;
  }
}

/** What is patched, as it is now. Whoever may write and not read patches without a look. */
async function look(ref: ObjectRef, { cluster, isRepeated, signal }: EffectContext): Promise<Read> {
  try {
    const live = await cluster.get(ref, signal);
    return live === undefined ? 'absent' : { live };
  } catch (error) {
    // What may have been done already cannot be told then.
    if (isForbidden(error) && !isRepeated) return { live: undefined };
    throw error;
  }
}

function hasTakenPlace({ metadata }: KubeObject, { intent }: EffectContext): boolean {
  return metadata.managedFields?.some(({ manager }) => manager === fieldManagerOf(intent)) === true;
}

async function sendPatch(
  ref: ObjectRef,
  version: string | undefined,
  patch: Patch,
  { cluster, intent, signal }: EffectContext,
): Promise<void> {
  const options = { fieldManager: fieldManagerOf(intent) };
  if (patch.type === 'json6902') {
    await cluster.patch(ref, { type: 'json', patch: [...operationsOf(patch), ...lockOf(version)] }, options, signal);
    return;
  }
  const content: unknown = JSON.parse(patch.patch);
  const body = locked(isJsonObject(content) ? content : {}, version);
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

/** The last word on the version: for another it is refused with a conflict, where a `test` would only not fit. */
function lockOf(version: string | undefined): Operations {
  return version === undefined ? [] : [{ op: 'add', path: '/metadata/resourceVersion', value: version }];
}

function locked(body: JsonObject, version: string | undefined): JsonObject {
  const metadata = own(body, 'metadata') ?? {};
  if (version === undefined || !isJsonObject(metadata) || Object.hasOwn(metadata, 'resourceVersion')) return body;
  return { ...body, metadata: { ...metadata, resourceVersion: version } };
}

function operationsOf({ patch }: Patch): Operations {
  const content: unknown = JSON.parse(patch);
  return isJsonArray(content) ? (content as Operations) : [];
}

/** The server does not say why a list of operations cannot be carried out on an object. */
function whyUnfit(live: KubeObject | undefined, patch: Patch): string | undefined {
  try {
    applyJsonPatch(live, operationsOf(patch));
    return undefined;
  } catch (error) {
    if (error instanceof JsonPatchError) return error.message;
    throw error;
  }
}

type Operations = readonly Readonly<Record<string, unknown>>[];

/** Groups of custom kinds have a dot and are not Kubernetes' own; of those that are, the server tells. */
function isBuiltIn({ apiVersion }: ObjectRef): boolean {
  const { group } = parseApiVersion(apiVersion);
  return !group.includes('.') || group.endsWith('.k8s.io');
}
