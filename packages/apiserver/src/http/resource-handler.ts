import { Buffer } from 'node:buffer';
import { type KubeObject, parseFieldSelector, SelectorError } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import type { Access } from '../auth/access.ts';
import { approved } from '../auth/signing-requests.ts';
import { hasStatus, type KindDefinition } from '../registry/kind.ts';
import { type LocalRegistry, selector } from '../registry/local-registry.ts';
import { badRequest, failure, methodNotAllowed, notFound, unknownResource } from '../registry/status-error.ts';
import { inVersionOf } from '../registry/version-view.ts';
import type { ObjectPart, WriteRequest } from '../registry/write-request.ts';
import { resourceOf } from '../registry/writer.ts';
import { settle, type Writing } from '../registry/writing.ts';
import { jsonBytes } from '../storage/object-bytes.ts';
import { keyOf } from '../storage/storage.ts';
import { type IncludeObject, tableObject } from '../table/table.ts';
import { openWatch } from '../watch/watch.ts';
import { handleAction } from './actions.ts';
import { decodeObject } from './body.ts';
import { deleteCollection, deleteOne } from './deletion.ts';
import { type Listing, listPage } from './listing.ts';
import { type Accepted, accepted } from './media-type.ts';
import { patchObject } from './patching.ts';
import { checkListOptions, isTrue, listQuery, parseRevision, writeQuery } from './query.ts';
import { listBytes, listMeta, metadataListBytes, partialMetadata } from './render.ts';
import { type AuthenticatedRequest, managerOf } from './request.ts';
import type { ResourcePath } from './request-path.ts';
import { bytesResponse, errorResponse, jsonResponse, textResponse, warningHeaders } from './response.ts';
import { answerQuestion, isQuestion } from './reviews.ts';
import { handleScale } from './scale.ts';

/** One request for objects of one kind. */
export interface ResourceCall {
  readonly registry: LocalRegistry;
  readonly request: AuthenticatedRequest;
  readonly kind: KindDefinition;
  readonly path: ResourcePath;
  readonly namespace: string | undefined;
  /** Told to the client in `Warning` headers. */
  readonly warnings: string[];
}

/** Most answers are there at once; those of writes that others are asked about are not. */
export type Answer = ClusterResponse | Promise<ClusterResponse>;

/** Carries a write out and answers with what it made. */
export function answered<T>(writing: Writing<T>, answer: (made: T) => ClusterResponse): Answer {
  const made = settle(writing);
  return made instanceof Promise ? made.then(answer) : answer(made);
}

const VERBS: Readonly<Record<string, readonly [collection: string, item: string]>> = {
  GET: ['list', 'get'],
  POST: ['create', ''],
  PUT: ['', 'update'],
  PATCH: ['', 'patch'],
  DELETE: ['deletecollection', 'delete'],
};

/** Answers a request under a resource's path. @throws `StatusError` for everything that is refused. */
export function handleResource(
  registry: LocalRegistry,
  access: Access,
  request: AuthenticatedRequest,
  path: ResourcePath,
): Answer {
  const kind = registry.table.byResource(path.group, path.version, path.resource);
  // A group of custom kinds alone serves nothing under a version that none of them has.
  if (kind === undefined && isForeign(registry, path)) return textResponse(404, '404 page not found\n');
  if (kind === undefined) throw unknownResource();
  // A cluster-scoped kind has no place in a namespace, and a namespaced one is only listed outside of one.
  if (!kind.namespaced && path.namespace !== undefined) throw unknownResource();
  const namespace = kind.namespaced ? path.namespace : undefined;
  const warnings = kind.deprecation === undefined ? [] : [kind.deprecation];
  const call: ResourceCall = { registry, request, kind, path, namespace, warnings };
  authorize(access, call);
  return withWarnings(warnings, () => handleCall(access, call));
}

/** What is refused is refused with the warnings that there were. */
function withWarnings(warnings: readonly string[], handle: () => Answer): Answer {
  const refused = (error: unknown): ClusterResponse => {
    if (warnings.length === 0) throw error;
    return errorResponse(error, warningHeaders(warnings));
  };
  try {
    const answer = handle();
    return answer instanceof Promise ? answer.catch(refused) : answer;
  } catch (error) {
    return refused(error);
  }
}

function handleCall(access: Access, call: ResourceCall): Answer {
  const { kind, path, namespace, request } = call;
  if (isQuestion(kind) && path.name === undefined) return answerQuestion(access, call);
  if (path.subresource !== undefined) return handleSubresource(access, call, path.subresource);
  requireVerb(call);
  if (kind.namespaced && namespace === undefined && (path.name !== undefined || request.method === 'POST')) {
    throw path.name === undefined ? methodNotAllowed() : unknownResource();
  }
  return path.name === undefined ? handleCollection(call) : handleObject(call, path.name, undefined);
}

function isForeign(registry: LocalRegistry, { group, version, resource }: ResourcePath): boolean {
  const kinds = [...registry.kinds()].filter((kind) => kind.group === group);
  return kinds.every((kind) => kind.origin === 'custom' && (kind.version !== version || kind.resource !== resource));
}

/** Everybody who is known may ask who they are and what they may do. */
const OPEN_QUESTIONS = new Set(['selfsubjectreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews']);

function authorize({ authorization }: Access, { kind, path, request }: ResourceCall): void {
  if (OPEN_QUESTIONS.has(kind.resource)) return;
  const { subresource } = path;
  const name = path.name ?? selectedName(request);
  authorization.require(request.user, {
    verb: verbOf(request, path.name),
    group: kind.group,
    resource: kind.resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...placeOf(kind, path),
    ...(name === undefined ? {} : { name }),
  });
}

/** Who may read one object by name may list and watch it by a selector that names it. */
function selectedName({ method, query }: AuthenticatedRequest): string | undefined {
  const selector = query.get('fieldSelector');
  if (method === 'POST' || selector === null) return undefined;
  try {
    return parseFieldSelector(selector).find(({ path, operator }) => path === 'metadata.name' && operator === '=')
      ?.value;
  } catch (error) {
    // What is wrong with it is told to those who may ask.
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** A namespace lies in itself: a role in it may grant its members to see it. */
function placeOf({ group, resource }: KindDefinition, { namespace, name }: ResourcePath): { namespace?: string } {
  const place = group === '' && resource === 'namespaces' ? name : namespace;
  return place === undefined ? {} : { namespace: place };
}

function verbOf(request: AuthenticatedRequest, name: string | undefined): string {
  if (request.method === 'GET' && name === undefined && isTrue(request.query.get('watch'))) return 'watch';
  if (request.method === 'POST') return 'create';
  return VERBS[request.method]?.[name === undefined ? 0 : 1] ?? request.method.toLowerCase();
}

function requireVerb({ kind, path, request }: ResourceCall): void {
  const verb = VERBS[request.method]?.[path.name === undefined ? 0 : 1] ?? '';
  if (verb === '' || !kind.verbs.includes(verb)) throw methodNotAllowed();
}

function handleSubresource(access: Access, call: ResourceCall, subresource: string): Answer {
  const { kind, path, request } = call;
  const { name } = path;
  const known = kind.subresources.find((one) => one.name === subresource);
  if (known === undefined || name === undefined || path.rest.length > 0) {
    // Which parts a custom kind has is looked up after the object, where the real server does not know of them.
    throw kind.origin === 'custom' && name !== undefined ? notFound(resourceOf(kind), name) : unknownResource();
  }
  const verb = request.method === 'POST' ? 'create' : (VERBS[request.method]?.[1] ?? '');
  if (!known.verbs.includes(verb)) throw methodNotAllowed();
  if (subresource === 'status') return handleObject(call, name, 'status');
  if (subresource === 'scale') return handleScale(call, name);
  if (subresource === 'finalize') return updateObject(call, name, undefined);
  if (subresource === 'approval') return handleApproval(call, name);
  return handleAction(access, call, name, subresource);
}

function handleCollection(call: ResourceCall): Answer {
  const { registry, request, kind, namespace } = call;
  switch (request.method) {
    case 'POST':
      return createObject(call);
    case 'DELETE':
      return deleteCollection(call);
    default: {
      const watching = isTrue(request.query.get('watch'));
      checkListOptions(request.query, watching);
      if (watching) return watchObjects(call);
      return listResponse(call, listPage(registry, kind, namespace, listQuery(request.query)));
    }
  }
}

function handleObject(call: ResourceCall, name: string, subresource: 'status' | undefined): Answer {
  switch (call.request.method) {
    case 'PUT':
      return updateObject(call, name, subresource);
    case 'PATCH':
      return patchObject(call, name, subresource);
    case 'DELETE':
      return deleteOne(call, name);
    default:
      return objectResponse(call, 200, presentObject(call, name));
  }
}

/** @throws 404 */
export function presentObject({ registry, kind, namespace }: ResourceCall, name: string): KubeObject {
  const stored = registry.storage.get(kind.storage, keyOf(namespace, name));
  if (stored === undefined) throw notFound(resourceOf(kind), name);
  return inVersionOf(kind, stored);
}

function createObject(call: ResourceCall): Answer {
  const { registry, request, kind } = call;
  const { value, duplicateFields } = decodeObject(request.body, request.headers['content-type'], kind);
  const write = writeRequest(call, 'CreateOptions', undefined, duplicateFields);
  return answered(registry.writer.create(write, value), (object) => objectResponse(call, 201, object));
}

function updateObject(call: ResourceCall, name: string, subresource: 'status' | undefined): Answer {
  const { registry, request, kind } = call;
  if (subresource === 'status' && !hasStatus(kind)) throw unknownResource();
  const { value, duplicateFields } = decodeObject(request.body, request.headers['content-type'], kind);
  const write = writeRequest(call, 'UpdateOptions', subresource, duplicateFields);
  const updating = registry.writer.update(write, name, () => value);
  return answered(updating, (object) => objectResponse(call, 200, object));
}

/** Decides on a request for a certificate: its conditions, and nothing else of it. */
function handleApproval(call: ResourceCall, name: string): Answer {
  const { registry, request, kind } = call;
  if (request.method === 'GET') return objectResponse(call, 200, presentObject(call, name));
  if (request.method === 'PATCH') return patchObject(call, name, 'status');
  const { value, duplicateFields } = decodeObject(request.body, request.headers['content-type'], kind);
  const write = writeRequest(call, 'UpdateOptions', 'status', duplicateFields);
  const approving = registry.writer.update(write, name, (present) => approved(present, value));
  return answered(approving, (object) => objectResponse(call, 200, object));
}

/** The terms of a write, from its query. `optionsKind` names them in messages. */
export function writeRequest(
  { request, kind, namespace, warnings, path }: ResourceCall,
  optionsKind: string,
  subresource: WriteRequest['subresource'],
  duplicateFields: readonly string[],
  part?: ObjectPart,
): WriteRequest {
  const { dryRun, fieldManager, fieldValidation } = writeQuery(optionsKind, request.query);
  const given = request.query.get('fieldValidation');
  const options = {
    // Others see a patch as the update that it comes to.
    kind: optionsKind === 'PatchOptions' ? 'UpdateOptions' : optionsKind,
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(fieldManager === undefined ? {} : { fieldManager }),
    ...(given === null || given === '' ? {} : { fieldValidation: given }),
  };
  return {
    kind,
    namespace,
    subresource,
    dryRun,
    fieldValidation,
    manager: managerOf(request, fieldManager),
    duplicateFields,
    user: request.user,
    warn: (message) => void warnings.push(message),
    origin: { subresource: path.subresource ?? '', options, ...(part === undefined ? {} : { part }) },
  };
}

/** One object in the shape that the client accepts. */
export function objectResponse(call: ResourceCall, status: number, object: KubeObject): ClusterResponse {
  const { shape } = accepted(call.request.headers['accept'], 'object');
  const headers = warningHeaders(call.warnings);
  if (shape === 'object') return bytesResponse(status, jsonBytes(object), headers);
  if (shape === 'metadata') return jsonResponse(status, partialMetadata(object), headers);
  const { resourceVersion } = object.metadata;
  return jsonResponse(status, table(call, [object], { resourceVersion }), headers);
}

export function listResponse(call: ResourceCall, listing: Listing): ClusterResponse {
  const { shape } = accepted(call.request.headers['accept'], 'list');
  const headers = warningHeaders(call.warnings);
  if (shape === 'object') return bytesResponse(200, listBytes(listing), headers);
  if (shape === 'metadata') return bytesResponse(200, metadataListBytes(listing), headers);
  return jsonResponse(200, table(call, listing.items, listMeta(listing)), headers);
}

function table(call: ResourceCall, items: readonly KubeObject[], metadata: object, withColumns = true): object {
  const wanted = call.request.query.get('includeObject');
  if (wanted !== null && !['', 'None', 'Metadata', 'Object'].includes(wanted)) {
    const why = `Invalid value: ${JSON.stringify(wanted)}: must be 'Metadata', 'Object', 'None', or empty`;
    throw badRequest(`Unable to convert to Table as requested: includeObject: ${why}`);
  }
  const include: IncludeObject = wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
  return tableObject(call.kind, items, metadata, { include, now: call.registry.clock.now(), withColumns });
}

const MILLISECONDS = 1000;

/** @throws 500 for what is no version, as the real server answers watches alone. */
function watchRevision(text: string): number {
  if (/^\d+$/.test(text)) return parseRevision(text);
  const value = JSON.stringify(text);
  const why = `strconv.ParseUint: parsing ${value}: invalid syntax`;
  throw failure(500, '', `resourceVersion: Invalid value: ${value}: ${why}`);
}

function watchObjects(call: ResourceCall): ClusterResponse {
  const { registry, request, kind, namespace } = call;
  const { query } = request;
  const list = listQuery(query);
  const shape = accepted(request.headers['accept'], 'watch');
  const timeout = Number(query.get('timeoutSeconds') ?? '0');
  const initialEvents = query.get('sendInitialEvents');
  const body = openWatch(registry, {
    kind,
    select: selector(kind, {
      ...(namespace === undefined ? {} : { namespace }),
      ...(list.labelSelector === undefined ? {} : { labelSelector: list.labelSelector }),
      ...(list.fieldSelector === undefined ? {} : { fieldSelector: list.fieldSelector }),
    }),
    revision: list.resourceVersion === undefined ? undefined : watchRevision(list.resourceVersion),
    sendInitialEvents: initialEvents === null ? undefined : isTrue(initialEvents),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs: timeout > 0 ? timeout * MILLISECONDS : undefined,
    ...watchEncoding(call, shape),
    signal: request.signal,
  });
  return { status: 200, headers: { 'content-type': shape.contentType, ...warningHeaders(call.warnings) }, body };
}

function watchEncoding(call: ResourceCall, { shape }: Accepted) {
  const { kind } = call;
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const metadata = (resourceVersion: string, annotations: Record<string, string> | undefined) => ({
    resourceVersion,
    ...(annotations === undefined ? {} : { annotations }),
  });
  if (shape === 'table') {
    let first = true;
    return {
      // Columns come with the first event only.
      encode: (object: KubeObject) => {
        const rows = table(call, [object], { resourceVersion: object.metadata.resourceVersion }, first);
        first = false;
        return json(rows);
      },
      bookmark: (resourceVersion: string, annotations: Record<string, string> | undefined) =>
        table(call, [], metadata(resourceVersion, annotations), false),
    };
  }
  const type =
    shape === 'metadata'
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      : { kind: kind.kind, apiVersion: kind.apiVersion };
  return {
    encode: (object: KubeObject) => (shape === 'metadata' ? json(partialMetadata(object)) : jsonBytes(object)),
    bookmark: (resourceVersion: string, annotations: Record<string, string> | undefined) => ({
      ...type,
      metadata: metadata(resourceVersion, annotations),
    }),
  };
}
