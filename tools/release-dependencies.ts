import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What workspace packages take from the registry and the released package does not name: it could not be installed. */
export function lackingDependencies(root: string): string[] {
  const read = (folder: string): Manifest =>
    JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  const released = read('cli').dependencies ?? {};
  const needed = readdirSync(join(root, 'packages'))
    .map(read)
    .filter(({ name }) => name !== '@stageset/testkit')
    .flatMap(({ dependencies = {} }) => Object.entries(dependencies))
    .filter(([name]) => !name.startsWith('@stageset/'));
  return [
    ...new Set(needed.filter(([name, range]) => released[name] !== range).map(([name, range]) => `${name}@${range}`)),
  ];
}
