/** The world as a command sees it; tests hand in their own. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Output {
  write(text: string): void;
  /** Whether a person watches: cursor movements make sense. */
  readonly isTerminal: boolean;
  /** Columns and rows of the terminal; a sensible guess where there is none. */
  size(): { readonly columns: number; readonly rows: number };
}
