import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '@stageset/runtime';
import { pinnedKubectl } from '../../support/kubectl.ts';
import { afterCommand } from '../../support/pace.ts';
import { furnished, type SuiteCluster } from '../../support/suite-cluster.ts';
import { normalOutput } from './normal.ts';

/** What is typed, and what of it is compared. */
export type Command =
  /** A line for the shell. What it prints and how it ends is compared. */
  | string
  /** Prepares or cleans up: it has to succeed, and nobody looks at what it prints. */
  | { readonly quietly: string }
  /** Typed again until it prints what is expected: what an earlier line has set off takes a while. */
  | { readonly until: string; readonly says: RegExp };

/** Commands in a shell of their own, with a folder, a namespace and a kubeconfig that points at it. */
export interface Session {
  readonly name: string;
  /** Runs when the case is over, whatever came of it: for what lies outside of the namespace. */
  readonly after?: readonly string[];
  /** Written into the session's folder. `$NS` stands for the namespace, here and in commands. */
  readonly files?: Readonly<Record<string, string>>;
  readonly run: readonly Command[];
}

/** The place that sessions on one cluster share: the program under its usual name, and what it knows of the cluster. */
export interface Desk {
  readonly suite: SuiteCluster;
  readonly folder: string;
}

/** How long a command may take before it is ended, and how long one is repeated. */
const COMMAND_TIMEOUT_MS = 90_000;
const REPEAT_MS = 60_000;
const REPEAT_EVERY_MS = 100;

export async function openDesk(suite: SuiteCluster): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'stageset-kubectl-'));
  await mkdir(join(folder, 'bin'));
  await symlink(await pinnedKubectl(), join(folder, 'bin', 'kubectl'));
  return { suite, folder };
}

export async function closeDesk({ folder }: Desk): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Plays a session in a fresh namespace. Gives back what was typed and what came of it, as one text. */
export async function play(desk: Desk, { files = {}, run, after = [] }: Session): Promise<string> {
  // As long as the placeholder that replaces it, so that columns keep their width.
  const namespace = `ns-${randomBytes(4).toString('hex')}`;
  const { cluster, kubeconfig } = desk.suite;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const folder = join(desk.folder, namespace);
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content.replaceAll('$NS', namespace), { mode: 0o755 });
  }
  const config = join(folder, '.kubeconfig');
  await writeFile(config, inNamespace(await readFile(kubeconfig, 'utf8'), namespace), { mode: 0o600 });
  await furnished(cluster, namespace);
  const shell = (line: string) => typed(line, { folder, config, namespace, desk: desk.folder });
  const names = new Map([
    [folder, '{folder}'],
    [namespace, '{namespace}'],
  ]);
  const transcript: string[] = [];
  try {
    for (const command of run) {
      if (typeof command === 'string') transcript.push(shown(command, await shell(command), names));
      else if ('quietly' in command) await succeed(shell, command.quietly);
      else await repeat(shell, command.until, command.says);
      await afterCommand();
    }
  } finally {
    for (const line of after) await shell(line);
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  }
  return transcript.join('\n');
}

/** The session's context, whatever namespace the kubeconfig's own has. */
function inNamespace(kubeconfig: string, namespace: string): string {
  const without = kubeconfig.replace(/^\s*namespace: \S+\n/m, '');
  const flow = without.replace(/context: \{/, `context: {namespace: ${namespace}, `);
  return flow === without
    ? without.replace(/^(\s*)context:\n(\s*)/m, `$1context:\n$2namespace: ${namespace}\n$2`)
    : flow;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Place {
  readonly desk: string;
  readonly folder: string;
  readonly config: string;
  readonly namespace: string;
}

function typed(line: string, { desk, folder, config, namespace }: Place): Promise<Ended> {
  const env = {
    PATH: `${join(desk, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: desk,
    KUBECONFIG: config,
    KUBECACHEDIR: join(desk, 'cache'),
    NS: namespace,
    TERM: 'dumb',
    TZ: 'UTC',
  };
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line], { cwd: folder, env, timeout: COMMAND_TIMEOUT_MS, stdio: 'pipe' });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        out[stream] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === null) reject(new Error(`'${line}' did not end in ${COMMAND_TIMEOUT_MS} ms: ${out.stderr}`));
      else resolve({ code, ...out });
    });
    child.stdin.end();
  });
}

async function succeed(shell: (line: string) => Promise<Ended>, line: string): Promise<void> {
  const { code, stdout, stderr } = await shell(line);
  if (code !== 0) throw new Error(`'${line}' ended with ${code}: ${stderr || stdout}`);
}

async function repeat(shell: (line: string) => Promise<Ended>, line: string, says: RegExp): Promise<void> {
  const deadline = systemClock.now() + REPEAT_MS;
  for (;;) {
    const { stdout, stderr } = await shell(line);
    if (says.test(stdout)) return;
    if (systemClock.now() > deadline) {
      throw new Error(`'${line}' did not say ${says} in ${REPEAT_MS} ms, but: ${stdout}${stderr}`);
    }
    await new Promise<void>((resolve) => systemClock.schedule(REPEAT_EVERY_MS, resolve));
  }
}

/** A command as it stands in a transcript: what was typed, what it printed, what it complained of, and how it ended. */
function shown(line: string, { code, stdout, stderr }: Ended, names: ReadonlyMap<string, string>): string {
  const complaints = normalOutput(stderr, names)
    .replace(/^/gm, '2> ')
    .replace(/(?:^|\n)2> $/, '\n')
    .trimStart();
  return `$ ${line}\n${withNewline(normalOutput(stdout, names))}${withNewline(complaints)}${code === 0 ? '' : `[${code}]\n`}`;
}

const withNewline = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
