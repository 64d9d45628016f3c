import { isJsonArray, isJsonObject, type KubeObject, type Schema, setOwn } from '@stageset/k8s';
import type { PatchBody } from '@stageset/ports';
import { hasStatus } from '../registry/kind.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { invalidValue } from '../registry/metadata.ts';
import { patched } from '../registry/patches.ts';
import {
  badRequest,
  failure,
  invalid,
  StatusError,
  unknownResource,
  unsupportedMediaType,
} from '../registry/status-error.ts';
import type { WriteRequest } from '../registry/write-request.ts';
import type { Writing } from '../registry/writing.ts';
import { decodePatch, mediaTypeOf, textOf, unsupported } from './body.ts';
import { objectResponse } from './object-response.ts';
import { applyQuery, refuseForce, writeQuery } from './query.ts';
import { type Answer, answered, type ResourceCall, writeRequest } from './resource-call.ts';

export const APPLY_PATCH = 'application/apply-patch+yaml';
const PATCH_TYPES: Readonly<Record<string, PatchBody['type'] | 'apply'>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  [APPLY_PATCH]: 'apply',
};
/** Operations of one JSON patch, as the real server bounds them. */
const MAX_JSON_PATCH_OPERATIONS = 10_000;

export function patchObject(call: ResourceCall, name: string, subresource: 'status' | undefined): Answer {
  const { registry, request, kind } = call;
  if (subresource === 'status' && !hasStatus(kind)) throw unknownResource();
  const type = patchTypeOf(call);
  const { value, duplicateFields } = decodePatch(request.body, type);
  if (type === 'apply') return applyObject(call, name, subresource, value, duplicateFields);
  refuseForce(request.query);
  const write = writeRequest(call, 'PatchOptions', subresource, duplicateFields);
  const body = patchBody(type, value);
  const schema = registry.schemas.of(kind);
  const patching = patchedObject(registry, write, name, { body, schema, sent: textOf(request.body) });
  return answered(patching, (object) => objectResponse(call, 200, object));
}

function applyObject(
  call: ResourceCall,
  name: string,
  subresource: 'status' | undefined,
  value: unknown,
  duplicateFields: readonly string[],
): Answer {
  const { registry, request } = call;
  const { fieldManager } = writeQuery('PatchOptions', request.query);
  const { force } = applyQuery(request.query, fieldManager);
  const write = writeRequest(call, 'PatchOptions', subresource, duplicateFields);
  const applying = registry.writer.apply(write, name, value, force);
  return answered(applying, ({ object, created }) => objectResponse(call, created ? 201 : 200, object));
}

interface SentPatch {
  readonly body: PatchBody;
  readonly schema: Schema;
  readonly sent: string;
}

/** What a patch makes of an object is decoded anew: what is no object of the kind then is the patch's fault. */
function* patchedObject(
  registry: LocalRegistry,
  write: WriteRequest,
  name: string,
  { body, schema, sent }: SentPatch,
): Writing<KubeObject> {
  let made: unknown;
  const change = (present: KubeObject): unknown => {
    made = patched(present, body, schema, sent);
    return made;
  };
  try {
    return yield* registry.writer.update(write, name, change, true);
  } catch (error) {
    const why = error instanceof StatusError ? UNDECODABLE.exec(error.message)?.[1] : undefined;
    if (why === undefined) throw error;
    throw invalid({ group: '', name: '' }, '', [invalidValue('patch', shownAs(write.kind, made), toldOf(body, why))]);
  }
}

/** Strategic patches are read by another decoder, which says so of bytes. */
function toldOf({ type }: PatchBody, why: string): string {
  return type === 'strategic' && why.startsWith('illegal base64') ? `error decoding from json: ${why}` : why;
}

/** Objects of custom kinds are maps to the real server, which writes them in the order of their keys. */
function shownAs({ origin }: WriteRequest['kind'], made: unknown): string {
  return JSON.stringify(origin === 'custom' ? sorted(made) : made);
}

function sorted(value: unknown): unknown {
  if (isJsonArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value).toSorted()) setOwn(copy, key, sorted(value[key]));
  return copy;
}

const UNDECODABLE = /^\S+ in version "[^"]*" cannot be handled as a [^:]+: (.*)$/s;

/** @throws 415: no patch, or a strategic one for a custom kind, whose lists have no merge keys. */
export function patchTypeOf({ request, kind }: ResourceCall): PatchBody['type'] | 'apply' {
  const type = mediaTypeOf(request.headers['content-type']);
  const known = Object.hasOwn(PATCH_TYPES, type) ? PATCH_TYPES[type] : undefined;
  if (known !== undefined && !(known === 'strategic' && kind.origin === 'custom')) return known;
  const types = Object.keys(PATCH_TYPES).filter((one) => kind.origin === 'builtin' || PATCH_TYPES[one] !== 'strategic');
  if (known === 'strategic') throw unsupported(types);
  throw unsupportedMediaType('', types);
}

export function patchBody(type: PatchBody['type'], value: unknown): PatchBody {
  if (type !== 'json') {
    if (isJsonObject(value)) return { type, patch: value };
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
    );
  }
  if (!isJsonArray(value)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  if (value.length > MAX_JSON_PATCH_OPERATIONS) {
    throw failure(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${value.length}`,
    );
  }
  const odd = value.find((operation) => !isJsonObject(operation));
  if (odd !== undefined) {
    const what = jsonType(odd);
    throw badRequest(`error decoding patch: json: cannot unmarshal ${what} into Go value of type handlers.jsonPatchOp`);
  }
  return { type, patch: value.filter(isJsonObject) };
}

/** What Go's decoder calls it. */
function jsonType(value: unknown): string {
  if (value === null || Array.isArray(value)) return value === null ? 'null' : 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
