import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type RunningProcess, start } from '../e2e/process.ts';
import type { Sample } from './memory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A controller in a process of its own, as it is run in a pod, next to others of its kind. */
export class ControllerProcess {
  readonly #args: readonly string[];
  readonly #metricsPort: number;
  #running: RunningProcess | undefined;

  constructor(options: { kubeconfig: string; namespace: string; metricsPort: number }) {
    this.#metricsPort = options.metricsPort;
    this.#args = [
      'packages/cli/bin/stageset.js',
      'controller',
      '--kubeconfig',
      options.kubeconfig,
      '--allowed-artifact-hosts',
      '127.0.0.1',
      `--metrics-bind-address=127.0.0.1:${options.metricsPort}`,
      '--no-metrics-authentication',
      '--health-probe-bind-address=0',
      '--log-level=warn',
      '--leader-elect',
      '--leader-election-namespace',
      options.namespace,
    ];
  }

  start(): void {
    this.#running = start(process.execPath, this.#args, root);
  }

  /** SIGKILL, or a clean end by SIGTERM; rejects when that fails. One that has hardly begun may end by the signal itself. */
  async end(how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.child.kill(how);
    const { code, stderr } = await running.ended;
    if (how === 'SIGTERM' && code !== 0 && code !== null)
      throw new Error(`a controller ended with ${code}: ${stderr.slice(-2000)}`);
  }

  async sample(minute: number): Promise<Sample> {
    const status = await readFile(`/proc/${this.#running?.child.pid}/status`, 'utf8');
    const response = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`);
    const heap = /^nodejs_heap_size_used_bytes (\S+)/m.exec(await response.text())?.[1];
    return {
      minute,
      rssMib: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024),
      heapMib: Math.round(Number(heap) / 1024 ** 2),
    };
  }
}
