import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommandError, EXIT } from '../exit.ts';
import type { Io } from '../io.ts';

const VALID_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const OWNER_ONLY = { file: 0o600, folder: 0o700 } as const;

/** What a local cluster that runs says of itself, so that other calls find it. */
export interface ClusterRecord {
  readonly pid: number;
  readonly url: string;
}

/** Where one local cluster keeps what other calls need: for its owner alone, since the kubeconfig is an administrator's. */
export class ClusterFolder {
  readonly name: string;
  readonly #folder: string;

  /** @throws CommandError (exit 2) for a name that is none. */
  constructor(name: string, { env }: Pick<Io, 'env'>) {
    if (!VALID_NAME.test(name)) {
      throw new CommandError(
        EXIT.usage,
        `--name ${name}: expected lower-case letters, digits and "-" between them, 63 at most`,
      );
    }
    this.name = name;
    const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
    this.#folder = join(state, 'stageset', 'clusters', name);
  }

  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  get log(): string {
    return join(this.#folder, 'log');
  }

  async make(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: OWNER_ONLY.folder });
  }

  async read(): Promise<ClusterRecord | undefined> {
    try {
      return JSON.parse(await readFile(this.#record, 'utf8'));
    } catch (error) {
      // Missing, or cut off by the end of who wrote it.
      if (isMissing(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** @returns false when another cluster has taken the name meanwhile. */
  async write(record: ClusterRecord, kubeconfig: string): Promise<boolean> {
    try {
      await writeFile(this.#record, JSON.stringify(record), { flag: 'wx', mode: OWNER_ONLY.file });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
    await writeFile(this.kubeconfig, kubeconfig, { mode: OWNER_ONLY.file });
    return true;
  }

  /** Forgets a cluster that has ended without doing so itself. */
  async forget(): Promise<void> {
    await Promise.all([rm(this.#record, { force: true }), rm(this.kubeconfig, { force: true })]);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #record(): string {
    return join(this.#folder, 'cluster.json');
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
