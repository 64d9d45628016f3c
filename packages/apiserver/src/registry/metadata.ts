import {
  type JsonObject,
  type KubeObject,
  type ObjectMeta,
  type StatusCause,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePathSegment,
  validateQualifiedName,
} from '@stageset/k8s';
import type { KindDefinition } from './kind.ts';

/** Bytes of all annotations of one object together, as the real server bounds them. */
export const MAX_ANNOTATION_BYTES = 256 * 1024;
const GENERATED_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const GENERATED_LENGTH = 5;
/** Those that need no domain in front. */
const STANDARD_FINALIZERS = new Set([
  'kubernetes',
  'orphan',
  'foregroundDeletion',
  // What the server itself holds a definition with.
  'customresourcecleanup.apiextensions.k8s.io',
]);
const MAX_GENERATED_PREFIX = 63 - GENERATED_LENGTH;

export function invalidValue(field: string, value: unknown, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${goValue(value)}: ${why}`, field };
}

export function requiredValue(field: string, why: string): StatusCause {
  return { reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}`, field };
}

export function forbiddenValue(field: string, why: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

function goValue(value: unknown): string {
  return typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A name from `generateName`: the prefix, cut to leave room, and five letters that spell no words. */
export function generatedName(prefix: string, randomBytes: (count: number) => Uint8Array): string {
  let suffix = '';
  for (const byte of randomBytes(GENERATED_LENGTH)) suffix += GENERATED_ALPHABET[byte % GENERATED_ALPHABET.length];
  return prefix.slice(0, MAX_GENERATED_PREFIX) + suffix;
}

function nameFaults(kind: KindDefinition, name: string): readonly string[] {
  if (kind.group === 'rbac.authorization.k8s.io') return validatePathSegment(name);
  if (kind.group === '' && kind.kind === 'Namespace') return validateDns1123Label(name);
  if (kind.group === '' && kind.kind === 'Service') return validateDns1035Label(name);
  return validateDns1123Subdomain(name);
}

/** What is wrong with an object's metadata, in the real server's words. */
export function validateMetadata(kind: KindDefinition, object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const { metadata } = object;
  const causes: StatusCause[] = [];
  if (metadata.name === undefined || metadata.name === '') {
    return [requiredValue('metadata.name', 'name or generateName is required')];
  }
  const { generateName } = metadata;
  if (old === undefined && generateName !== undefined) {
    // A letter in place of what is to follow: a prefix may end where a name may not.
    const faults = nameFaults(kind, generateName.replace(/[-.]$/, 'a'));
    for (const fault of faults) causes.push(invalidValue('metadata.generateName', generateName, fault));
  }
  if (old === undefined) {
    for (const fault of nameFaults(kind, metadata.name))
      causes.push(invalidValue('metadata.name', metadata.name, fault));
  }
  labelFaults(metadata, 'metadata', causes);
  annotationFaults(metadata, 'metadata', causes);
  ownerFaults(metadata, 'metadata', causes);
  finalizerFaults(metadata, { path: 'metadata', kind, old: old?.metadata }, causes);
  return causes;
}

/** What is wrong with the metadata of an object within an object, which has no kind that anybody serves. */
export function metadataFaults(given: JsonObject, path: string): StatusCause[] {
  const metadata = given as unknown as ObjectMeta;
  const causes: StatusCause[] = [];
  labelFaults(metadata, path, causes);
  annotationFaults(metadata, path, causes);
  ownerFaults(metadata, path, causes);
  finalizerFaults(metadata, { path }, causes);
  return causes;
}

function labelFaults(metadata: ObjectMeta, path: string, causes: StatusCause[]): void {
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const fault of validateQualifiedName(key)) causes.push(invalidValue(`${path}.labels`, key, fault));
    for (const fault of validateLabelValue(value)) causes.push(invalidValue(`${path}.labels`, value, fault));
  }
}

function annotationFaults(metadata: ObjectMeta, path: string, causes: StatusCause[]): void {
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    // Upper case is allowed here for the sake of old annotations.
    for (const fault of validateQualifiedName(key.toLowerCase())) {
      causes.push(invalidValue(`${path}.annotations`, key, fault));
    }
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > MAX_ANNOTATION_BYTES) {
    const message = `Too long: may not be more than ${MAX_ANNOTATION_BYTES} bytes`;
    causes.push({ reason: 'FieldValueTooLong', message, field: `${path}.annotations` });
  }
}

function ownerFaults(metadata: ObjectMeta, path: string, causes: StatusCause[]): void {
  const owners = metadata.ownerReferences ?? [];
  const controllers = owners.filter((owner) => owner.controller === true);
  for (const owner of owners) {
    const field = `${path}.ownerReferences`;
    if (!owner.apiVersion || owner.apiVersion.split('/').length > 2)
      causes.push(invalidValue(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    if (!owner.kind) causes.push(invalidValue(`${field}.kind`, owner.kind ?? '', 'must not be empty'));
    if (!owner.name) causes.push(invalidValue(`${field}.name`, owner.name ?? '', 'must not be empty'));
    if (!owner.uid) causes.push(invalidValue(`${field}.uid`, owner.uid ?? '', 'must not be empty'));
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      causes.push(invalidValue(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
  }
  const [first, second] = controllers;
  if (first !== undefined && second !== undefined) {
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`;
    causes.push(invalidValue(`${path}.ownerReferences`, owners, why));
  }
}

/** Custom kinds and their definitions have always been free in this. */
function needsDomain({ origin, group }: KindDefinition): boolean {
  return origin === 'builtin' && group !== 'apiextensions.k8s.io';
}

interface Finalized {
  readonly path: string;
  /** Left out for what nobody serves. */
  readonly kind?: KindDefinition;
  readonly old?: ObjectMeta | undefined;
}

function finalizerFaults(metadata: ObjectMeta, { path, kind, old }: Finalized, causes: StatusCause[]): void {
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    const field = `${path}.finalizers[${index}]`;
    const faults = validateQualifiedName(finalizer);
    for (const fault of faults) causes.push(invalidValue(`${path}.finalizers`, finalizer, fault));
    if (kind !== undefined && needsDomain(kind) && !finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer)) {
      const why = 'name is neither a standard finalizer name nor is it fully qualified';
      causes.push(invalidValue(field, finalizer, why));
    }
  }
  const given = metadata.finalizers ?? [];
  if (given.includes('orphan') && given.includes('foregroundDeletion')) {
    const why = 'finalizer orphan and foregroundDeletion cannot be both set';
    causes.push(invalidValue(`${path}.finalizers`, given, why));
  }
  if (old?.deletionTimestamp === undefined) return;
  const known = new Set(old.finalizers ?? []);
  const added = (metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return;
  const distinct = [...new Set(added)].sort();
  const found = `[]string{${distinct.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
  causes.push(forbiddenValue('metadata.finalizers', why));
}
