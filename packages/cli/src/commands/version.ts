import { VERSION } from '../version.ts';
import type { Register } from './register.ts';

export const registerVersion: Register = (program, io) => {
  program
    .command('version')
    .description('print the version of stageset and of Node.js')
    .action(() => io.stdout.write(`stageset ${VERSION} (Node.js ${process.versions.node})\n`));
};
