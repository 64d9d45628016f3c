import { cp, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lackingDependencies } from './release-dependencies.ts';

/**
 * Bundles the CLI and every workspace package into `packages/cli/dist`; what the registry has stays a dependency. The
 * facts about built-in kinds are data that is read when it is needed, so they go along as files.
 */
const root = new URL('../', import.meta.url);
const cli = fileURLToPath(new URL('packages/cli/', root));
const manifest = JSON.parse(await readFile(`${cli}package.json`, 'utf8')) as { dependencies: Record<string, string> };

const lacking = lackingDependencies(fileURLToPath(root));
if (lacking.length > 0) throw new Error(`packages/cli/package.json lacks dependencies: ${lacking.join(', ')}`);

await rm(`${cli}dist`, { recursive: true, force: true });
await build({
  // The build worker is a program of its own: the controller starts it as a file beside its own.
  entryPoints: {
    main: `${cli}src/main.ts`,
    'build-worker': fileURLToPath(new URL('packages/controller/src/render/build-worker.ts', root)),
  },
  outdir: `${cli}dist`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  legalComments: 'none',
  minifySyntax: true,
  external: Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]),
  logLevel: 'warning',
});
await cp(new URL('packages/apiserver/src/builtin/data', root), `${cli}dist/data`, { recursive: true });
for (const file of ['LICENSE', 'README.md']) await cp(new URL(file, root), `${cli}${file}`);
