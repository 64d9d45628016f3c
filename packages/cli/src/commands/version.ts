import type { Register } from '../program.ts';
import { VERSION } from '../version.ts';

export const registerVersion: Register = (program, io) => {
  program
    .command('version')
    .description('print the version of stageset and of Node.js')
    .action(() => io.stdout.write(`stageset ${VERSION} (Node.js ${process.versions.node})\n`));
};
