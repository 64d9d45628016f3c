import { availableParallelism } from 'node:os';
import { DeliveryError, type DesiredObject, desiredObject, type FailureRetry } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import { type BuildResult, buildStage, type StageOptions } from '@stageset/kustomize';
import type { Clock, FileTree } from '@stageset/ports';
import { breathe } from './breathe.ts';
import { packTree, sizeOf } from './packed-files.ts';
import { rendered, type StageOwner } from './render.ts';
import { WorkerError, WorkerPool, type WorkerSession } from './worker-pool.ts';

/** How files become objects. Rejects or throws only for bugs; what the files contain is told in the result. */
export type StageBuilder = (files: FileTree, options: StageOptions) => BuildResult | Promise<BuildResult>;

export interface RenderedStage {
  readonly ok: true;
  readonly objects: readonly DesiredObject[];
  /** Characters of their JSON. */
  readonly size: number;
}

export type RenderResult = RenderedStage | (BuildResult & { ok: false });

/** How files become the objects of a stage. */
export interface StageRenderer {
  /** Rejects with a `DeliveryError` when it could not be tried to the end, and with the signal's reason. */
  render(files: FileTree, options: StageOptions, owner: StageOwner, signal: AbortSignal): Promise<RenderResult>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

/** Files of more bytes than this are built in a worker: smaller ones take some ten milliseconds at most. */
export const INLINE_BYTES = 64 * 1024;
/** Workers at most: as many as there are processors beside the one that the event loop needs, but two in any case. */
export const BUILD_WORKERS = Math.max(2, Math.min(4, availableParallelism() - 1));
/** JavaScript heap of one build: 20,000 Deployments with transformers take about 600 MiB. */
export const BUILD_HEAP_MIB = 1536;
/** Time of one build: 20,000 Deployments take about three seconds. */
export const BUILD_TIMEOUT_MS = 120_000;
/** How long a worker is kept for the next build. */
export const BUILD_IDLE_MS = 60_000;

/** Renders where it is called, with any builder. */
export function inlineRenderer(build: StageBuilder): StageRenderer {
  return {
    async render(files, options, owner, signal) {
      // Builds of many stages begin at once: between two of them everybody else has a turn.
      await breathe();
      signal.throwIfAborted();
      const result = await build(files, options);
      if (!result.ok) return result;
      const objects = rendered(result.resources, owner);
      const size = objects.reduce((sum, { json }) => sum + json.length, 0);
      return { ok: true, objects: objects.map(({ object, hash }) => desiredObject(object, hash)), size };
    },
    close: () => Promise.resolve(),
  };
}

/** The program of the build workers: beside this file, in the sources as in the bundle. */
const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './build-worker.ts' : './build-worker.js', import.meta.url);

export interface WorkerRendererOptions {
  readonly clock: Clock;
  readonly inlineBytes?: number;
  readonly workers?: number;
  readonly heapMiB?: number;
  readonly timeoutMs?: number;
  readonly program?: URL;
}

/** Renders with the kustomize engine: what is small at once, what is not in worker threads. */
export function workerRenderer(options: WorkerRendererOptions): StageRenderer {
  const { clock, inlineBytes = INLINE_BYTES, heapMiB = BUILD_HEAP_MIB, timeoutMs = BUILD_TIMEOUT_MS } = options;
  const { workers: size = BUILD_WORKERS, program = PROGRAM } = options;
  const pool = new WorkerPool({ program, clock, size, heapMiB, timeoutMs, idleMs: BUILD_IDLE_MS });
  const inline = inlineRenderer(buildStage);
  return {
    async render(files, stage, owner, signal) {
      if (sizeOf(files) <= inlineBytes) return inline.render(files, stage, owner, signal);
      let result: RenderResult | undefined;
      try {
        await pool.run(async (session) => {
          result = await renderIn(session, files, stage, owner);
        }, signal);
      } catch (error) {
        throw error instanceof WorkerError ? failed(error, owner.stage) : error;
      }
      if (result === undefined) throw new Error('the worker has ended without an answer');
      return result;
    },
    close: () => pool.close(),
  };
}

async function renderIn(
  session: WorkerSession,
  files: FileTree,
  options: StageOptions,
  owner: StageOwner,
): Promise<RenderResult> {
  const packed = packTree(files);
  const objects: DesiredObject[] = [];
  let size = 0;
  let answer = await session.ask({ kind: 'build', files: packed, options, owner }, [packed.bytes.buffer]);
  while (answer.kind === 'part') {
    const { json, hashes, isLast } = answer;
    // Without the brackets and commas of the array.
    size += json.length - hashes.length - 1;
    for (const [index, object] of (JSON.parse(json) as KubeObject[]).entries()) {
      objects.push(desiredObject(object, hashes[index] ?? ''));
    }
    if (isLast) return { ok: true, objects, size };
    answer = await session.ask({ kind: 'next' });
  }
  return { ok: false, problems: answer.problems };
}

const RETRY: Record<WorkerError['kind'], FailureRetry> = { memory: 'retry', timeout: 'retry', crash: 'backoff' };
const ADVICE: Record<WorkerError['kind'], string> = {
  memory: '; build less in one stage, or split the stage',
  timeout: '; build less in one stage, or split the stage',
  crash: '; it is tried again',
};

function failed(error: WorkerError, stage: string): DeliveryError {
  const message = `the build was ended: ${error.message}${ADVICE[error.kind]}`;
  return new DeliveryError(
    { reason: 'StageFailed', stage, operation: 'build', message, retry: RETRY[error.kind] },
    { cause: error },
  );
}
