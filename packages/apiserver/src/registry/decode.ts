import { deepEqual, isJsonObject, type JsonObject, type KubeObject, prune, type Schema } from '@stageset/k8s';
import { decodeMetadata, goKind } from './decode-metadata.ts';
import { invalidValue } from './metadata.ts';
import { badRequest, invalid } from './status-error.ts';
import type { WriteRequest } from './write-request.ts';

/**
 * What came from a client as an object of the kind it was sent to: type filled in and checked, metadata in shape.
 * @throws 400 when it is none.
 */
export function asObjectOf(request: WriteRequest, body: unknown): KubeObject {
  const { kind } = request;
  if (body === null && kind.origin === 'builtin') return asObjectOf(request, {});
  if (!isJsonObject(body))
    throw cannotHandle(
      kind,
      `json: cannot unmarshal ${typeof body} into Go value of type ${kind.version}.${kind.kind}`,
    );
  if (kind.origin === 'custom') requireCustomType(kind, body);
  const apiVersion = body['apiVersion'] ?? kind.apiVersion;
  const kindName = body['kind'] ?? kind.kind;
  if (typeof apiVersion !== 'string' || typeof kindName !== 'string') {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): apiVersion and kind must be strings`,
    );
  }
  if (apiVersion !== kind.apiVersion || kindName !== kind.kind) throw wrongKind(kind, apiVersion, kindName);
  const given = body['metadata'] ?? {};
  if (!isJsonObject(given)) {
    const place = kind.origin === 'custom' ? 'Go value' : `Go struct field ${kind.kind}.metadata`;
    throw cannotHandle(kind, `json: cannot unmarshal ${goKind(given)} into ${place} of type v1.ObjectMeta`);
  }
  const metadata = decodeMetadata(given, kind.origin === 'custom' ? '' : 'metadata');
  if (typeof metadata === 'string') throw cannotHandle(kind, metadata);
  return { ...body, apiVersion, kind: kindName, metadata: withDistinctOwners(request, metadata) };
}

function withDistinctOwners(request: WriteRequest, metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return metadata;
  const distinct = owners.filter((owner, index) => owners.findIndex((other) => deepEqual(owner, other)) === index);
  if (distinct.length === owners.length) return metadata;
  const twice = owners.filter((owner) => !distinct.includes(owner)).map(({ uid }) => uid);
  request.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...new Set(twice)].join(', ')}`,
  );
  return { ...metadata, ownerReferences: distinct };
}

/** A decoder of Go's types names unknown fields where it meets them. */
function inDocumentOrder(object: KubeObject, paths: readonly string[]): readonly string[] {
  if (paths.length < 2) return paths;
  const left = new Set(paths);
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (left.delete(path)) found.push(path);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`);
    else if (isJsonObject(value)) {
      for (const [key, child] of Object.entries(value)) walk(child, path === '' ? key : `${path}.${key}`);
    }
  };
  walk(object, '');
  return [...found, ...left];
}

/** Custom objects say what they are: no Go type does it for them. */
function requireCustomType(kind: WriteRequest['kind'], body: JsonObject): void {
  if (typeof body['kind'] !== 'string' || body['kind'] === '') {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): Object 'Kind' is missing`);
  }
  if ((body['apiVersion'] ?? '') === '') throw wrongKind(kind, '', body['kind']);
  if (body['kind'] === kind.kind || body['apiVersion'] !== kind.apiVersion) return;
  const named = String(body['kind']);
  const cause = invalidValue('kind', named, `must be ${kind.kind}`);
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  throw invalid({ group: kind.group, name: named }, String(metadata['name'] ?? ''), [cause]);
}

/** Drops what the kind's schema does not know, and tells or refuses as `fieldValidation` has it. */
export function withoutUnknownFields(request: WriteRequest, object: KubeObject, schema: Schema): KubeObject {
  const { kind, fieldValidation, duplicateFields } = request;
  const result = prune<JsonObject>(object, schema);
  if (fieldValidation !== 'Ignore') {
    const faults = [
      ...(kind.origin === 'builtin' ? inDocumentOrder(object, result.pruned) : result.pruned).map(
        (path) => `unknown field "${path}"`,
      ),
      ...duplicateFields,
    ];
    if (faults.length > 0 && fieldValidation === 'Strict') {
      throw cannotHandle(kind, `strict decoding error: ${faults.join(', ')}`);
    }
    for (const fault of faults) request.warn(fault);
  }
  return result.object === object
    ? object
    : {
        ...result.object,
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: metadataOf(result.object, object),
      };
}

function metadataOf(pruned: JsonObject, object: KubeObject): KubeObject['metadata'] {
  const metadata = pruned['metadata'];
  return isJsonObject(metadata) ? { ...metadata, name: object.metadata.name } : object.metadata;
}

export function cannotHandle(kind: { readonly version: string; readonly kind: string }, why: string): Error {
  return badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`);
}

function wrongKind(
  kind: {
    readonly version: string;
    readonly kind: string;
    readonly apiVersion: string;
    readonly group: string;
    readonly origin: string;
  },
  apiVersion: string,
  kindName: string,
): Error {
  if (kind.origin === 'builtin' && kindName !== kind.kind) {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    const internal = kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? kind.group);
    const why = `converting (${version}.${kindName}) to (${internal}.${kind.kind}): unknown conversion`;
    return badRequest(`${kindName} in version "${version}" cannot be handled as a ${kind.kind}: ${why}`);
  }
  const parts = apiVersion.split('/');
  if (kind.origin === 'builtin' && kindName === kind.kind && parts.length === 1 && apiVersion !== 'v1') {
    const why = `no kind "${kindName}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
    return badRequest(`${kindName} in version "${apiVersion}" cannot be handled as a ${kind.kind}: ${why}`);
  }
  return badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${kind.apiVersion})`,
  );
}
