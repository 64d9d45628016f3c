import { parseFieldSelector, SelectorError } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import type { Access } from '../auth/access.ts';
import { approved } from '../auth/signing-requests.ts';
import { hasStatus, type KindDefinition, resourceOf } from '../registry/kind.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { methodNotAllowed, notFound, unknownResource } from '../registry/status-error.ts';
import { handleAction } from './actions.ts';
import { decodeObject } from './body.ts';
import { deleteCollection, deleteOne } from './deletion.ts';
import { listPage } from './listing.ts';
import { listResponse, objectResponse } from './object-response.ts';
import { patchObject } from './patching.ts';
import { checkListOptions, isTrue, listQuery } from './query.ts';
import type { AuthenticatedRequest } from './request.ts';
import type { ResourcePath } from './request-path.ts';
import { type Answer, answered, presentObject, type ResourceCall, writeRequest } from './resource-call.ts';
import { errorResponse, textResponse, warningHeaders } from './response.ts';
import { answerQuestion, isQuestion } from './reviews.ts';
import { handleScale } from './scale.ts';
import { watchObjects } from './watch-response.ts';

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
  const requireCreate = (): void => authorize(access, call, 'create');
  const call: ResourceCall = { registry, request, kind, path, namespace, warnings, requireCreate };
  authorize(access, call, verbOf(request, path.name));
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

function authorize({ authorization }: Access, { kind, path, request }: ResourceCall, verb: string): void {
  if (OPEN_QUESTIONS.has(kind.resource)) return;
  const { subresource } = path;
  const name = path.name ?? selectedName(request);
  authorization.require(request.user, {
    verb,
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
  const updating = registry.writer.put(write, name, value);
  return answered(updating, ({ object, created }) => objectResponse(call, created ? 201 : 200, object));
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
