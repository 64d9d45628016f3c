/** What `/version` says: the Kubernetes API this server follows. */
export const VERSION = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.0+stageset.local',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
} as const;
