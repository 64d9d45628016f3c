import semver, { type SemVer } from 'semver';

/**
 * A version as specs, manifests and status write it: semantic, but a leading `v` is fine, and minor and patch may be left out.
 * `undefined` for what is none.
 */
export function parseVersion(text: string): SemVer | undefined {
  const [matched, core = '', rest = ''] = /^v?(\d+(?:\.\d+){0,2})([-+].*)?$/.exec(text.trim()) ?? [];
  if (matched === undefined) return undefined;
  const padded = [...core.split('.'), '0', '0'].slice(0, 3).map(Number).join('.');
  return semver.parse(`${padded}${rest}`) ?? undefined;
}

/** Negative when `a` comes before `b`, zero when they are equal, as semantic versioning orders them. */
export function compareVersions(a: SemVer, b: SemVer): number {
  return semver.compare(a, b);
}
