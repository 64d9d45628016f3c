/** The environment of a stranger's shell: none of what npm and vitest have put into ours, and the host's own Node. */
export function strangersShell(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([key]) => !/^(npm_|INIT_CWD$|VITEST|NODE$|NODE_ENV$|NODE_OPTIONS$|TEST$|STAGESET_)/.test(key),
  );
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(entries), PATH: path.join(':') };
}
