import { Command, CommanderError } from 'commander';
import { registerActions } from './commands/actions.ts';
import { registerBuild } from './commands/build.ts';
import { registerCluster } from './commands/cluster.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerController } from './commands/controller.ts';
import { registerGet } from './commands/get.ts';
import type { Register } from './commands/register.ts';
import { registerUp } from './commands/up.ts';
import { registerVersion } from './commands/version.ts';
import { CommandError, EXIT, type ExitCode } from './exit.ts';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

const COMMANDS: readonly Register[] = [
  registerUp,
  registerBuild,
  registerGet,
  registerActions,
  registerController,
  registerCluster,
  registerVersion,
  registerCompletion,
];

/** The whole command tree. Options belong to the commands they stand at; help is the first thing a newcomer types. */
export function createProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('stageset')
    .description('Rolls releases out on Kubernetes in order, stage by stage.')
    .version(VERSION, '-V, --version')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(stageset --help tells more)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.size().columns,
      getErrHelpWidth: () => io.stderr.size().columns,
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the release failed, 2 wrong call or input, 3 runtime failure, 130 interrupted.',
    );
  for (const register of COMMANDS) register(program, io, done);
  for (const command of program.commands) inherit(command, program);
  return program;
}

function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from);
  for (const child of command.commands) inherit(child, command);
}

/** Runs one call of the command line. Never throws, never exits: the code is the answer. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createProgram(io, (outcome) => {
    code = outcome;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (io.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommandError) {
      io.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    io.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (io.env['STAGESET_DEBUG'] && error instanceof Error) io.stderr.write(`${error.stack}\n`);
    return EXIT.runtime;
  }
}
