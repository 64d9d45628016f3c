/** What the process says with its exit code; scripts rely on it. */
export const EXIT = {
  ok: 0,
  /** The release failed, or findings were made. */
  failed: 1,
  /** The call or its input files are wrong: nothing was done. */
  usage: 2,
  /** The cluster or another part of the world did not answer as it should. */
  runtime: 3,
  /** Ctrl-C, after a clean shutdown (128 + SIGINT). */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A mistake that ends the command with a message for people and no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
