import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IMPORT_TABLE, type ImportRule } from './import-table.ts';

/** One import that the table does not allow. */
export interface ImportFault {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What tests may use besides what their package may: development tools, the builders of `testkit`, the local cluster. */
const TEST_ONLY = new Set(['vitest', 'fast-check', 'testkit', 'apiserver']);

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s+(?:type\s+)?(?:[^'"();]*?\sfrom\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;

/** The rule that governs a file below `packages/`: the longest entry of the table that is a prefix of its folder. */
export function ruleFor(file: string): { readonly name: string; readonly rule: ImportRule } | undefined {
  const [, name, src, folder] = file.split('/');
  if (name === undefined) return undefined;
  const nested = src === 'src' && folder !== undefined ? `${name}/${folder}` : undefined;
  for (const key of [nested, name]) {
    const rule = key === undefined ? undefined : IMPORT_TABLE[key];
    if (key !== undefined && rule !== undefined) return { name: key, rule };
  }
  return undefined;
}

/** Checks the imports of one file's text. `file` is relative to the repository, with `/`. Pure. */
export function checkImports(file: string, text: string): ImportFault[] {
  const found = ruleFor(file);
  if (found === undefined) return [{ file, line: 1, message: 'no rule in tools/import-table.ts governs this folder' }];
  const isTest = /\.test\.ts$|\/testing\//.test(file);
  const faults: ImportFault[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const target = match[1] ?? match[2];
    if (target === undefined) continue;
    const message = faultOf(target, file, found, isTest);
    if (message !== undefined) faults.push({ file, line: text.slice(0, match.index).split('\n').length, message });
  }
  return faults;
}

function faultOf(
  target: string,
  file: string,
  { name, rule }: { readonly name: string; readonly rule: ImportRule },
  isTest: boolean,
): string | undefined {
  if (target.startsWith('.')) return relativeFault(target, file, name);
  if (isBuiltin(target)) {
    return rule.node || isTest ? undefined : `${name} may not use Node's own modules (${target}): ${rule.why}`;
  }
  const workspace = /^@stageset\/(.+)$/.exec(target)?.[1];
  if (workspace !== undefined) {
    if (rule.packages.includes(workspace) || (isTest && TEST_ONLY.has(workspace))) return undefined;
    return `${name} may not import ${target}: ${rule.why}`;
  }
  const external = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  if (rule.external.includes(external) || (isTest && TEST_ONLY.has(external))) return undefined;
  return `${name} may not import ${external}: it is not in its row of tools/import-table.ts`;
}

/** A relative import stays in its package, and in its half of a package that the table splits. */
function relativeFault(target: string, file: string, name: string): string | undefined {
  const path = join(file, '..', target).split(sep).join('/');
  if (path.split('/')[1] !== file.split('/')[1] && !path.endsWith('package.json')) {
    return `${target} leaves the package; import it by its name`;
  }
  const other = ruleFor(path)?.name;
  if (other?.startsWith(`${name}/`)) return `${name} may not import ${other}`;
  return undefined;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** All faults of the repository at `root`. */
export function checkRepository(root: string): ImportFault[] {
  return sourceFiles(join(root, 'packages')).flatMap((path) =>
    checkImports(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const faults = checkRepository(process.cwd());
  for (const { file, line, message } of faults) console.error(`${file}:${line}: ${message}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
