import type { Io, Output } from '../io.ts';

/** An Io that keeps what is written. */
export interface MemoryIo extends Io {
  out(): string;
  err(): string;
}

export function memoryIo(
  options: {
    readonly stdin?: string;
    readonly cwd?: string;
    readonly signal?: AbortSignal;
    readonly terminal?: boolean;
  } = {},
): MemoryIo {
  const written = { out: '', err: '' };
  const output = (key: 'out' | 'err'): Output => ({
    write: (text) => {
      written[key] += text;
    },
    isTerminal: options.terminal ?? false,
    size: () => ({ columns: 100, rows: 40 }),
  });
  return {
    stdout: output('out'),
    stderr: output('err'),
    stdin: (async function* () {
      yield options.stdin ?? '';
    })(),
    env: {},
    cwd: options.cwd ?? process.cwd(),
    signal: options.signal ?? new AbortController().signal,
    out: () => written.out,
    err: () => written.err,
  };
}
