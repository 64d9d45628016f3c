/** What a path under `/api` or `/apis` names. */
export type RequestPath =
  | { readonly kind: 'groups' }
  | { readonly kind: 'coreVersions' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'resources'; readonly group: string; readonly version: string }
  | ResourcePath;

export interface ResourcePath {
  readonly kind: 'resource';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What follows the subresource, as of `proxy`. */
  readonly rest: readonly string[];
}

/** Subresources of Namespace, which would otherwise read as resources in it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** @returns `undefined` when the path names nothing an API group serves. */
export function parsePath(path: string): RequestPath | undefined {
  let segments: string[];
  try {
    segments = path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [root, first, second, ...rest] = segments;
  if (root === 'api') {
    if (first === undefined) return { kind: 'coreVersions' };
    if (second === undefined) return { kind: 'resources', group: '', version: first };
    return resourcePath('', first, [second, ...rest]);
  }
  if (root !== 'apis') return undefined;
  if (first === undefined) return { kind: 'groups' };
  if (second === undefined) return { kind: 'group', group: first };
  if (rest.length === 0) return { kind: 'resources', group: first, version: second };
  return resourcePath(first, second, rest);
}

function resourcePath(group: string, version: string, segments: readonly string[]): RequestPath {
  const [first, second, third] = segments;
  const inNamespace =
    first === 'namespaces' && second !== undefined && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third);
  const [resource = '', name, subresource, ...rest] = inNamespace ? segments.slice(2) : segments;
  const namespace = inNamespace ? second : undefined;
  return { kind: 'resource', group, version, resource, namespace, name, subresource, rest };
}
