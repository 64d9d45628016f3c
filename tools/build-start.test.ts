import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What a module loads at once, by itself and by what it imports; imports that run later are left out. */
async function loadedBy(entry: string): Promise<{ readonly packages: Set<string>; readonly files: string[] }> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: 'unused',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'bundle',
    external: ['yaml', 'commander', 'picocolors', 'undici', '@kubernetes/*', 'typebox', 'pino', 'tar-stream', 'semver'],
    logLevel: 'silent',
  });
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external !== true) visit(path);
      else if (!path.startsWith('node:')) packages.add(path);
    }
  };
  visit(entry);
  return { packages, files: [...seen] };
}

test('stageset build of a folder starts with the engine and little else', async () => {
  const { packages, files } = await loadedBy('packages/cli/src/build/run-build.ts');
  expect([...packages]).toEqual(['picocolors']);
  const workspaces = new Set(files.map((file) => /^packages\/([^/]+)\//.exec(file)?.[1] ?? file));
  expect([...workspaces].sort()).toEqual(['cli', 'kustomize']);
});

test('the command line itself starts with its parser alone', async () => {
  const { packages, files } = await loadedBy('packages/cli/src/main.ts');
  expect([...packages].sort()).toEqual(['commander']);
  expect(files.filter((file) => !file.startsWith('packages/cli/'))).toEqual([]);
});
