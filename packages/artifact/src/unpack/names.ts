/**
 * A file's name as it is kept: without `./`, doubled slashes and a slash at the end. `undefined` for a name that is
 * absolute, leads out, or holds what no path may (NUL, and `\`, which is a separator to some). All else is kept: spaces,
 * `+`, `@`, `~`, UTF-8 and names that begin with a dot.
 */
export function cleanName(name: string): string | undefined {
  if (name.startsWith('/') || name.includes('\\') || name.includes('\0')) return undefined;
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.includes('..') ? undefined : segments.join('/');
}

/**
 * Where a symbolic link of an entry leads, relative to the root. `undefined` when that is outside. `from` is the clean
 * name of the link itself.
 */
export function resolveLink(from: string, target: string): string | undefined {
  if (target.startsWith('/') || target.includes('\\') || target.includes('\0')) return undefined;
  const segments = from.split('/').slice(0, -1);
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join('/');
}
