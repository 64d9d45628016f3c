import { spawnSync } from 'node:child_process';

/** Runs every check and reports all faults, so that one run tells everything. `npm run check`. */
const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'imports', command: ['node', 'tools/check-imports.ts'] },
  { name: 'generated files', command: ['node', 'tools/generate.ts', '--check'] },
];

const failed = CHECKS.filter(({ name, command }) => {
  const [program = '', ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  const ok = status === 0;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (!ok) console.log(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  return !ok;
});
if (failed.length > 0) {
  console.error(`npm run check: ${failed.map((check) => check.name).join(', ')} failed`);
  process.exitCode = 1;
}
