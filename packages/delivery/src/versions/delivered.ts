import type { StageSet } from '@stageset/api';
import type { VersionFact } from '../actions/facts.ts';
import { compareVersions, parseVersion } from './version.ts';

/** The version that is delivered, where the spec says it; a lower one than before needs `allowDowngrade`. */
export function deliveredVersion({ spec, status }: Pick<StageSet, 'spec' | 'status'>): VersionFact {
  const version = spec.version?.value?.trim() ?? '';
  if (version === '') return { state: 'none' };
  const wanted = parseVersion(version);
  const current = status?.version ?? '';
  const before = current === '' ? undefined : parseVersion(current);
  if (wanted === undefined || (current !== '' && before === undefined)) {
    const which = wanted === undefined ? `spec.version.value "${version}"` : `status.version "${current}"`;
    const message = `${which} is not a version; write a semantic version such as 1.4.0`;
    return { state: 'invalid', failure: { reason: 'InvalidVersion', message, retry: 'slowly' } };
  }
  const isLower = before !== undefined && compareVersions(wanted, before) < 0;
  if (!isLower || spec.version?.allowDowngrade === true) return { state: 'known', version };
  const message = `version ${version} is lower than ${current}, which is deployed; set spec.version.allowDowngrade if that is meant`;
  return { state: 'invalid', failure: { reason: 'DowngradeNotAllowed', message, retry: 'slowly' } };
}
