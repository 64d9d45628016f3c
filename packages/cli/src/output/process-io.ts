import type { WriteStream } from 'node:tty';
import type { Io, Output } from '../io.ts';

/** Columns and rows where nothing says better. */
const FALLBACK = { columns: 80, rows: 24 };

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    size: () => {
      const { columns, rows } = stream as Partial<WriteStream>;
      return { columns: columns || FALLBACK.columns, rows: rows || FALLBACK.rows };
    },
  };
}

/** The real world. Ctrl-C and SIGTERM ask for a clean end; a second Ctrl-C ends at once. */
export function processIo(): Io {
  const stopped = new AbortController();
  const stop = () => {
    if (stopped.signal.aborted) process.exit(130);
    stopped.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A reader that went away (`stageset … | head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    stdout: outputTo(process.stdout),
    stderr: outputTo(process.stderr),
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    signal: stopped.signal,
  };
}
