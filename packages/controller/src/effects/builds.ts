import { createHash } from 'node:crypto';
import type { Pin, Stage, StageSet } from '@stageset/api';
import { DeliveryError, type DesiredObject, type Failure, lookupOf, unreachableSource } from '@stageset/delivery';
import { isJsonObject, own } from '@stageset/k8s';
import type { StageOptions } from '@stageset/kustomize';
import type { ArtifactFailureKind, Artifacts, FileTree } from '@stageset/ports';
import type { Variables } from '../facts/inputs.ts';
import type { RenderedStage, RenderResult, StageRenderer } from '../render/stage-renderer.ts';
import { inSpan, noSpan, type Span } from '../tracing/tracer.ts';

/** How much rendered JSON is kept, in characters. The least recently used stages are built again when asked for. */
const DEFAULT_MAX_KEPT = 512 * 1024 * 1024;

/** Builds of one stage that are kept: what is wanted, and what was wanted before, to which a release may go back. */
const KEPT_OF_A_STAGE = 2;

interface Kept {
  readonly objects: readonly DesiredObject[];
  readonly size: number;
}

interface UnderWay {
  readonly digest: string;
  readonly stop: AbortController;
}

type KnownVariables = Extract<Variables, { state: 'known' }>;

/** Identifies everything that a build of a stage depends on. */
export function buildDigest(pin: Pin, stage: Stage, variables: KnownVariables): string {
  const inputs = [pin.digest, stage.path ?? '', stage.patches ?? [], variables.digest];
  return `sha256:${createHash('sha256').update(JSON.stringify(inputs)).digest('hex')}`;
}

/** Rendered stages, by what they were rendered from: nothing is fetched or built twice. */
export class Builds {
  readonly #artifacts: Artifacts;
  readonly #renderer: StageRenderer;
  readonly #maxKept: number;
  readonly #kept = new Map<string, Kept>();
  /** By StageSet and stage: what of it is kept, the latest last. */
  readonly #places = new Map<string, readonly string[]>();
  /** By StageSet and stage: the one build that is wanted of it. */
  readonly #underWay = new Map<string, UnderWay>();
  readonly #ending = new Set<Promise<void>>();
  #size = 0;

  constructor(artifacts: Artifacts, renderer: StageRenderer, maxKept = DEFAULT_MAX_KEPT) {
    this.#artifacts = artifacts;
    this.#renderer = renderer;
    this.#maxKept = maxKept;
  }

  find(stageSet: StageSet, stage: Stage, digest: string): readonly DesiredObject[] | undefined {
    const key = keyOf(stageSet, stage, digest);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.objects;
  }

  /** Names what {@link begin} would build. */
  digestOf(stage: Stage, { pin, variables }: BuildInput): string {
    return buildDigest(pin, stage, variables);
  }

  isUnderWay(stageSet: StageSet, stage: Stage, digest: string): boolean {
    return this.#underWay.get(placeOf(stageSet, stage))?.digest === digest;
  }

  /**
   * Begins to fetch and build a stage, beside everything else; a build of it that is not wanted any more is given up.
   * `ended` is told how it went, unless it was given up.
   */
  begin(
    stageSet: StageSet,
    stage: Stage,
    input: BuildInput,
    {
      ended,
      span = noSpan,
      signal,
    }: {
      readonly ended: (failure: Failure | undefined) => void;
      readonly span?: Span;
      readonly signal: AbortSignal;
    },
  ): void {
    const place = placeOf(stageSet, stage);
    const digest = buildDigest(input.pin, stage, input.variables);
    const before = this.#underWay.get(place);
    if (before?.digest === digest) return;
    before?.stop.abort();
    const stop = new AbortController();
    const underWay: UnderWay = { digest, stop };
    this.#underWay.set(place, underWay);
    const done = (failure: Failure | undefined): void => {
      if (this.#underWay.get(place) !== underWay) return;
      this.#underWay.delete(place);
      if (!signal.aborted) ended(failure);
    };
    const ending = this.#build(stageSet, stage, input, { span, signal: AbortSignal.any([signal, stop.signal]) }).then(
      () => done(undefined),
      (error: unknown) => done(failureOf(stage.name, error)),
    );
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  /** Gives up what is under way, and drops what is kept, for a StageSet that is gone. */
  forget(key: string): void {
    for (const [place, keys] of this.#places) {
      if (!place.startsWith(`${key}/`)) continue;
      for (const kept of keys) this.#drop(kept);
      this.#places.delete(place);
    }
    for (const [place, { stop }] of this.#underWay) {
      if (!place.startsWith(`${key}/`)) continue;
      stop.abort();
      this.#underWay.delete(place);
    }
  }

  /** Gives up what is under way; resolves when nothing is any more. */
  async stop(): Promise<void> {
    await this.#renderer.close();
    await Promise.all(this.#ending);
  }

  async #build(
    stageSet: StageSet,
    stage: Stage,
    input: BuildInput,
    { span, signal }: { readonly span: Span; readonly signal: AbortSignal },
  ): Promise<void> {
    const digest = buildDigest(input.pin, stage, input.variables);
    const { revision } = input.pin;
    const fetching = span.child('stage.fetch', {
      stage: stage.name,
      'stage.revision': revision,
      'stage.digest': input.pin.digest,
    });
    const files = await inSpan(fetching, () => this.#fetch(stageSet, stage, input.pin, signal));
    const owner = { namespace: stageSet.metadata.namespace ?? '', name: stageSet.metadata.name, stage: stage.name };
    const built = await inSpan(span.child('stage.build', { stage: stage.name }), async () =>
      builtOrThrow(stage, await this.#renderer.render(files, optionsOf(stage, input.variables), owner, signal)),
    );
    this.#keep(placeOf(stageSet, stage), keyOf(stageSet, stage, digest), built);
  }

  async #fetch(stageSet: StageSet, stage: Stage, pin: Pin, signal: AbortSignal): Promise<FileTree> {
    try {
      return await this.#artifacts.fetch({ url: pin.url, digest: pin.digest }, signal);
    } catch (error) {
      throw new DeliveryError(scrubbed(fetchFailure(stage.name, error), stageSet, stage), { cause: error });
    }
  }

  #keep(place: string, key: string, { objects, size }: RenderedStage): void {
    this.#drop(key);
    this.#kept.set(key, { objects, size });
    this.#size += size;
    const keys = [...(this.#places.get(place) ?? []).filter((other) => other !== key), key];
    for (const old of keys.slice(0, -KEPT_OF_A_STAGE)) this.#drop(old);
    this.#places.set(place, keys.slice(-KEPT_OF_A_STAGE));
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#maxKept || oldest === key) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#size -= kept.size;
  }
}

interface BuildInput {
  readonly pin: Pin;
  readonly variables: KnownVariables;
}

function placeOf({ metadata }: StageSet, { name }: Stage): string {
  return `${metadata.namespace ?? ''}/${metadata.name}/${name}`;
}

function keyOf(stageSet: StageSet, stage: Stage, digest: string): string {
  return `${placeOf(stageSet, stage)}@${digest}`;
}

function failureOf(stage: string, error: unknown): Failure {
  if (error instanceof DeliveryError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { reason: 'StageFailed', stage, operation: 'build', message, retry: 'backoff' };
}

const FETCH_RETRY: Record<ArtifactFailureKind, Failure['retry']> = {
  refused: 'retry',
  'digest-mismatch': 'retry',
  malformed: 'retry',
  unavailable: 'backoff',
};

function fetchFailure(stage: string, error: unknown): Failure {
  const kind = isJsonObject(error) ? own(error, 'kind') : undefined;
  const known = typeof kind === 'string' && Object.hasOwn(FETCH_RETRY, kind);
  return {
    reason: 'StageFailed',
    stage,
    operation: 'fetch artifact',
    message: error instanceof Error ? error.message : String(error),
    retry: known ? FETCH_RETRY[kind as ArtifactFailureKind] : 'backoff',
  };
}

/** Of another namespace nothing is told: neither where its artifacts are nor what is wrong with them. */
function scrubbed(failure: Failure, { metadata }: StageSet, { sourceRef }: Stage): Failure {
  const { namespace, kind, name } = lookupOf(sourceRef, metadata.namespace ?? '');
  return namespace === metadata.namespace ? failure : { ...failure, message: unreachableSource(kind, name, namespace) };
}

function optionsOf(stage: Stage, variables: KnownVariables): StageOptions {
  return {
    ...(stage.path === undefined ? {} : { path: stage.path }),
    ...(stage.patches === undefined ? {} : { patches: stage.patches }),
    ...(variables.values === undefined ? {} : { variables: variables.values }),
  };
}

function builtOrThrow(stage: Stage, result: RenderResult): RenderedStage {
  if (result.ok) return result;
  throw new DeliveryError({
    reason: 'StageFailed',
    stage: stage.name,
    operation: 'build',
    message: result.problems.map(formatBuildProblem).join('; '),
    retry: 'retry',
  });
}

interface BuildProblem {
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly kustomization?: string;
  readonly field?: string;
  readonly object?: string;
  readonly suggestion?: string;
}

/** One problem in a line: where, what, and what to do. */
function formatBuildProblem({ message, file, line, kustomization, field, object, suggestion }: BuildProblem): string {
  const place = file === undefined ? kustomization : line === undefined ? file : `${file}:${line}`;
  const where = [place, object, field].filter((part) => part !== undefined).join(' ');
  return `${where === '' ? '' : `${where}: `}${message}${suggestion === undefined ? '' : ` (${suggestion})`}`;
}
