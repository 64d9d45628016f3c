import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What an oracle said: its answer, or why it has none. */
export type OracleAnswer =
  | { readonly out: unknown; readonly error?: never }
  | { readonly out?: never; readonly error: string };

/**
 * The field's own libraries behind one process (`run`, see `main.go` for the operations): requests go in as lines, answers
 * come back in the same order. Any number of requests may be under way. Close it in `afterAll`, or hold it with `using`.
 *
 *     const oracle = startOracle();
 *     const { out } = await oracle.ask({ op: 'duration', text: '1h30m' });
 *     oracle.close();
 */
export interface Oracle extends Disposable {
  ask(request: { readonly op: string; readonly [field: string]: unknown }): Promise<OracleAnswer>;
  close(): void;
}

interface Waiter {
  resolve(answer: OracleAnswer): void;
  reject(error: Error): void;
}

export function startOracle(): Oracle {
  const child = spawn('bash', [fileURLToPath(new URL('run', import.meta.url))]);
  const waiting: Waiter[] = [];
  let ended: Error | undefined;
  const stderr = collect(child);
  const end = (why: string): void => {
    ended ??= new Error(`the oracles ended: ${why}${stderr.text === '' ? '' : `: ${stderr.text.trim()}`}`);
    for (const waiter of waiting.splice(0)) waiter.reject(ended);
  };
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.on('error', (error) => end(error.message));
  child.on('close', (code) => end(`exit code ${code}`));
  child.stdin.on('error', (error) => end(error.message));
  const close = (): void => {
    child.stdin.end();
  };
  return {
    ask(request) {
      const { promise, resolve, reject } = Promise.withResolvers<OracleAnswer>();
      if (ended !== undefined) {
        reject(ended);
      } else {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }
      return promise;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** The last part of what a process says on standard error, for the message when it ends too early. */
function collect(child: ChildProcessWithoutNullStreams): { text: string } {
  const said = { text: '' };
  child.stderr.on('data', (chunk: Buffer) => {
    said.text = (said.text + chunk.toString()).slice(-4096);
  });
  return said;
}
