import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../real-cluster/real-cluster', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the kubeconfig of the real cluster that the whole run shares. */
    readonly kubeconfig: string;
  }
}

/**
 * One real control plane for all suites of a run; `STAGESET_KUBECONFIG` names another cluster to use instead, which then
 * is neither started nor stopped.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['STAGESET_KUBECONFIG'];
  if (given !== undefined) {
    project.provide('kubeconfig', given);
    return undefined;
  }
  const dir = await mkdtemp(join(tmpdir(), 'stageset-real-'));
  const { stdout } = await run(program, ['start', dir, '--workloads']);
  project.provide('kubeconfig', stdout.trim());
  return async () => {
    await run(program, ['stop', dir]);
  };
}
