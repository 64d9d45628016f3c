import type { Command } from 'commander';
import type { ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';

/** Adds one command; `done` is told the exit code of what it did. */
export type Register = (program: Command, io: Io, done: (code: ExitCode) => void) => void;
