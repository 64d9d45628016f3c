import { type ChildProcess, spawn } from 'node:child_process';

/** A program of the project that a test started; it is ended by its process id. */
export interface RunningProcess {
  readonly child: ChildProcess;
  /** Resolves with the first match in what it has printed, on either stream; rejects when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

export function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): RunningProcess {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    tell();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    tell();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(`${stdout}\n${stderr}`);
          if (match !== null) resolve(match);
        };
        listeners.add(look);
        ended.then(
          ({ code }) => reject(new Error(`ended with ${code} before it printed ${pattern}:\n${stdout}\n${stderr}`)),
          reject,
        );
        look();
      }),
  };
}
