import type { ClusterRequest } from '@stageset/ports';

export type Json = Readonly<Record<string, unknown>>;

/** One request of a case, before its placeholders are filled in. */
export interface Step {
  readonly method: ClusterRequest['method'];
  /**
   * `configmaps/{n}` lies in the core group and the case's namespace, `apps/v1:deployments` in another group; a path that
   * begins with a slash is taken as it is.
   */
  readonly path: string;
  /** Sent as JSON, a string as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent again until the answer has this code: what an earlier step has set off takes a while. */
  readonly until?: number;
  /** Sent again until the answer is as it will stay. */
  readonly settled?: (body: unknown) => boolean;
}

interface Extra {
  readonly headers?: Readonly<Record<string, string>>;
  readonly until?: number;
}

const typed = (type: string, extra: Extra): Extra => ({
  ...extra,
  headers: { 'content-type': type, ...extra.headers },
});

export const get = (path: string, extra: Extra = {}): Step => ({ method: 'GET', path, ...extra });
export const post = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: 'POST',
  path,
  body,
  ...typed('application/json', extra),
});
export const put = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: 'PUT',
  path,
  body,
  ...typed('application/json', extra),
});
export const remove = (path: string, body?: unknown, extra: Extra = {}): Step => ({
  method: 'DELETE',
  path,
  ...(body === undefined ? {} : { body }),
  ...typed('application/json', extra),
});
export const merge = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: 'PATCH',
  path,
  body,
  ...typed('application/merge-patch+json', extra),
});
export const strategic = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: 'PATCH',
  path,
  body,
  ...typed('application/strategic-merge-patch+json', extra),
});
export const jsonPatch = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: 'PATCH',
  path,
  body,
  ...typed('application/json-patch+json', extra),
});
/** Server-side apply: `manager` may carry more of the query (`a&force=true`). */
export const apply = (path: string, manager: string, body: unknown, extra: Extra = {}): Step => ({
  method: 'PATCH',
  path: `${path}${path.includes('?') ? '&' : '?'}fieldManager=${manager}`,
  body,
  ...typed('application/apply-patch+yaml', extra),
});

/** The request's path in full. */
export function fullPath(path: string, namespace: string): string {
  if (path.startsWith('/')) return path;
  const mark = path.indexOf(':');
  const query = path.indexOf('?');
  if (mark < 0 || (query >= 0 && query < mark)) return `/api/v1/namespaces/${namespace}/${path}`;
  return `/apis/${path.slice(0, mark)}/namespaces/${namespace}/${path.slice(mark + 1)}`;
}
