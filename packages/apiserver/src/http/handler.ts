import type { ClusterRequest, ClusterResponse } from '@stageset/ports';
import { type Access, requireImpersonation } from '../auth/access.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { User } from '../registry/hooks.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { failure, methodNotAllowed } from '../registry/status-error.ts';
import { JSON_TYPE, jsonOfYaml, mediaTypeOf, textOf, YAML_TYPE } from './body.ts';
import { APPLY_PATCH } from './patching.ts';
import type { AuthenticatedRequest } from './request.ts';
import { parsePath } from './request-path.ts';
import type { Answer } from './resource-call.ts';
import { handleResource } from './resource-handler.ts';
import { errorResponse, jsonResponse, textResponse } from './response.ts';
import { VERSION } from './version.ts';

export interface HandlerParts {
  readonly registry: LocalRegistry;
  readonly discovery: Discovery;
  readonly access: Access;
  readonly openApi: (path: string, request: AuthenticatedRequest) => ClusterResponse | undefined;
}

/** A transport that also takes who the client is by the certificate of its connection. */
export type WireHandler = (request: ClusterRequest, certified?: User) => Promise<ClusterResponse>;

const OWN_KEY = 'tokens are signed with a key that is its own and secret, so that nobody else can check them';
/** What a real server serves beside its resources, and this one does not. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  '/metrics': 'it counts nothing',
  '/logs': 'it writes no files',
  '/.well-known/openid-configuration': OWN_KEY,
  '/openid/v1/jwks': OWN_KEY,
};
const PROBES = /^\/(?:healthz|livez|readyz)(?:\/|$)/;

/** The whole API as a function from request to response. It never rejects: what fails is answered with a Status. */
export function createHandler(parts: HandlerParts): WireHandler {
  return async (request, certified) => {
    try {
      return await answer(parts, await withoutYaml(request), certified);
    } catch (error) {
      return errorResponse(error);
    }
  };
}

function answer(
  { registry, discovery, access, openApi }: HandlerParts,
  raw: ClusterRequest,
  certified: User | undefined,
): Answer {
  const { path, query } = splitPath(raw.path);
  const headers = raw.headers ?? {};
  if (PROBES.test(path)) return textResponse(200, 'ok');
  if (path === '/version' || path === '/version/') return jsonResponse(200, VERSION);
  const sender = access.authentication.senderOf(headers, certified);
  requireImpersonation(access, sender);
  const { user } = sender;
  const { method, body, signal } = raw;
  const request: AuthenticatedRequest = { method, path, query, headers, body, signal, user };
  const parsed = parsePath(path);
  if (parsed?.kind !== 'resource') access.authorization.requirePath(user, method.toLowerCase(), path);
  if (path.startsWith('/openapi/')) {
    return openApi(path, request) ?? textResponse(404, '404 page not found\n');
  }
  const missing = Object.hasOwn(NOT_SERVED, path) ? NOT_SERVED[path] : undefined;
  if (missing !== undefined)
    throw failure(501, 'NotImplemented', `the local cluster does not serve ${path}: ${missing}`);
  if (parsed === undefined) return textResponse(404, '404 page not found\n');
  if (parsed.kind !== 'resource') {
    if (method !== 'GET') throw methodNotAllowed();
    return discovery.answer(parsed, headers) ?? textResponse(404, '404 page not found\n');
  }
  if (!discovery.hasGroup(parsed.group)) return textResponse(404, '404 page not found\n');
  return handleResource(registry, access, request, parsed);
}

/** The same request with its body as JSON, where it is YAML that is no JSON already. */
async function withoutYaml(request: ClusterRequest): Promise<ClusterRequest> {
  const type = mediaTypeOf(request.headers?.['content-type']);
  if (type !== YAML_TYPE && type !== APPLY_PATCH) return request;
  const text = textOf(request.body);
  const headers = type === YAML_TYPE ? { ...request.headers, 'content-type': JSON_TYPE } : request.headers;
  const body = text.trimStart().startsWith('{') ? text : await jsonOfYaml(text);
  return { ...request, body, ...(headers === undefined ? {} : { headers }) };
}

function splitPath(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}
