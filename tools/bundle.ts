import { cp, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the CLI and every workspace package into `packages/cli/dist`; what the registry has stays a dependency. */
const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));
const manifest = JSON.parse(await readFile(`${cli}package.json`, 'utf8')) as { dependencies: Record<string, string> };

await rm(`${cli}dist`, { recursive: true, force: true });
await build({
  entryPoints: { main: `${cli}src/main.ts` },
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
await cp(new URL('../LICENSE', import.meta.url), `${cli}LICENSE`);
