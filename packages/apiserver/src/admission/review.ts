import { Buffer } from 'node:buffer';
import { deepEqual, isJsonArray, isJsonObject, type JsonObject } from '@stageset/k8s';
import type { Attributes, GroupVersionKind } from './attributes.ts';
import { listOf, objectOf, textOf, textsOf } from './read.ts';
import type { Match } from './rules.ts';

const API_VERSION = 'admission.k8s.io/v1';

/** What a webhook is asked: one AdmissionReview, with the object in the version that its rule names. */
export function admissionRequest(uid: string, attributes: Attributes, { resource }: Match): JsonObject {
  const { kind, subresource, name, namespace, operation, user, object, oldObject, dryRun, options } = attributes;
  const requested = attributes.resource;
  const shown: GroupVersionKind = kind.kind === requested.kind ? { ...kind, version: resource.version } : kind;
  const part = (key: string): JsonObject => (subresource === '' ? {} : { [key]: subresource });
  return {
    uid,
    kind: { group: shown.group, version: shown.version, kind: shown.kind },
    resource: { group: resource.group, version: resource.version, resource: resource.resource },
    ...part('subResource'),
    requestKind: { group: kind.group, version: kind.version, kind: kind.kind },
    requestResource: { group: requested.group, version: requested.version, resource: requested.resource },
    ...part('requestSubResource'),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: { username: user.name, groups: [...user.groups] },
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun,
    options,
  };
}

export function reviewOf(request: JsonObject): JsonObject {
  return { kind: 'AdmissionReview', apiVersion: API_VERSION, request };
}

/** What a webhook said. */
export interface Verdict {
  readonly allowed: boolean;
  /** The Status it refuses with, if it says any. */
  readonly status: JsonObject | undefined;
  /** Operations of a JSON patch; empty for none. */
  readonly patch: readonly unknown[];
  readonly warnings: readonly string[];
}

/** Why an answer is none, in the real server's words. */
export class ReviewFault extends Error {
  override readonly name = 'ReviewFault';
}

function invalidAnswer(why: string): ReviewFault {
  return new ReviewFault(`received invalid webhook response: ${why}`);
}

/** @throws {ReviewFault} */
export function readVerdict(answer: unknown, uid: string, isMutating: boolean): Verdict {
  const review = objectOf(answer);
  const type = { apiVersion: textOf(review['apiVersion']), kind: textOf(review['kind']) };
  const { response } = review;
  if (!isJsonObject(response)) throw invalidAnswer('webhook response was absent');
  const said = textOf(response['uid']);
  if (said !== uid) {
    throw invalidAnswer(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(said)}`);
  }
  if (!deepEqual(type, { apiVersion: API_VERSION, kind: 'AdmissionReview' })) {
    throw invalidAnswer(
      `expected webhook response of ${gvkText(API_VERSION, 'AdmissionReview')}, got ${gvkText(type.apiVersion, type.kind)}`,
    );
  }
  const patch = textOf(response['patch']);
  const patchType = response['patchType'];
  let operations: readonly unknown[] = [];
  if (isMutating) operations = readPatch(patch, patchType);
  else {
    if (patch !== '') throw invalidAnswer('validating webhook may not return response.patch');
    if (patchType !== undefined) throw invalidAnswer('validating webhook may not return response.patchType');
  }
  const { status } = response;
  return {
    allowed: response['allowed'] === true,
    status: isJsonObject(status) ? status : undefined,
    patch: operations,
    warnings: isJsonArray(response['warnings']) ? textsOf(listOf(response['warnings'])) : [],
  };
}

function readPatch(patch: string, type: unknown): readonly unknown[] {
  if (patch !== '' && type === undefined) {
    throw invalidAnswer('webhook returned response.patch but not response.patchType');
  }
  if (patch === '' && type !== undefined) {
    throw invalidAnswer('webhook returned response.patchType but not response.patch');
  }
  if (patch === '') return [];
  const operations = parsedPatch(Buffer.from(patch, 'base64').toString('utf8'));
  if (type !== 'JSONPatch') throw new ReviewFault(`unsupported patch type ${JSON.stringify(type)}`);
  return operations;
}

function parsedPatch(text: string): readonly unknown[] {
  const undecodable = (why: string) => new ReviewFault(`received undecodable patch in webhook response: ${why}`);
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw undecodable('it is no JSON');
  }
  if (isJsonArray(patch)) return patch;
  throw undecodable('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
}

function gvkText(apiVersion: string, kind: string): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? `/${group}, Kind=${kind}` : `${group}/${version}, Kind=${kind}`;
}
