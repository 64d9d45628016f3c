import { ACTION_LISTS, SOURCE_API_VERSION, type StageSet } from '@stageset/api';
import {
  type ActionSource,
  actionsOf,
  lookupOf,
  producerKey,
  readSource,
  type SourceFact,
  type SourceLookup,
  unready,
} from '@stageset/delivery';
import { ApiError, isForbidden, isJsonObject, type KubeObject, own, UnreachableError } from '@stageset/k8s';
import type { KindRef, WatchEvent } from '@stageset/ports';
import type { Interests } from './interests.ts';
import { ProducerIndex } from './producer-index.ts';
import { WatchedKinds, type WatchedKindsParts } from './watched-kinds.ts';

const EXTERNAL_ARTIFACT: KindRef = { apiVersion: SOURCE_API_VERSION, kind: 'ExternalArtifact' };

/**
 * Flux's sources, of all namespaces, watched from the first reference to their kind on; namespace by namespace where this
 * controller looks into some alone, or may not see all. Only what a delivery rests on
 * wakes a StageSet: readiness, generation and artifact, not a source's every heartbeat.
 */
export class Sources {
  readonly #kinds: WatchedKinds;
  readonly #interests: Interests;
  readonly #producers = new ProducerIndex();
  /** By kind and name: what was last told of. */
  readonly #told = new Map<string, string>();
  readonly #allowForeign: boolean;

  constructor(
    parts: Omit<WatchedKindsParts, 'onEvent' | 'labelSelector'>,
    interests: Interests,
    options: { readonly crossNamespaceRefs: boolean; readonly watchNamespaces?: readonly string[] },
  ) {
    this.#interests = interests;
    this.#allowForeign = options.crossNamespaceRefs;
    this.#kinds = new WatchedKinds({
      ...parts,
      isTenant: options.watchNamespaces !== undefined,
      onEvent: (kind, event, namespace) => this.#take(kind, event, namespace),
      onChange: ({ apiVersion, kind }) => interests.wake(`source-kind:${apiVersion}|${kind}`),
    });
  }

  refresh(group: string, kind: string): void {
    this.#kinds.refresh(group, kind);
  }

  catchUp(signal: AbortSignal): Promise<void> {
    return this.#kinds.catchUp(signal);
  }

  /** What each stage's source says now, in the order of the spec; adds to `interests` what would change that. */
  async read({ metadata, spec }: StageSet, interests: Set<string>, signal: AbortSignal): Promise<SourceFact[]> {
    const namespace = metadata.namespace ?? '';
    const facts: SourceFact[] = [];
    for (const stage of spec.stages) {
      const lookup = lookupOf(stage.sourceRef, namespace);
      facts.push(await this.#readOne({ stage: stage.name, lookup, namespace }, interests, signal));
    }
    return facts;
  }

  /** The same for the actions that have a source of their own. */
  async readActions(
    { metadata, spec }: StageSet,
    interests: Set<string>,
    signal: AbortSignal,
  ): Promise<ActionSource[]> {
    const namespace = metadata.namespace ?? '';
    const found: ActionSource[] = [];
    for (const stage of spec.stages) {
      for (const action of ACTION_LISTS.flatMap((list) => actionsOf(stage, list))) {
        const reference = (action.job ?? action.apply)?.sourceRef;
        if (reference === undefined) continue;
        const lookup = lookupOf(reference, namespace);
        const source = await this.#readOne({ stage: stage.name, lookup, namespace }, interests, signal);
        found.push({ stage: stage.name, action: action.name, source });
      }
    }
    return found;
  }

  async #readOne(
    context: { readonly stage: string; readonly lookup: SourceLookup; readonly namespace: string },
    interests: Set<string>,
    signal: AbortSignal,
  ): Promise<SourceFact> {
    const { lookup, namespace } = context;
    if (lookup.namespace !== namespace && !this.#allowForeign) {
      const message = `cross-namespace references are switched off, and ${lookup.kind} "${lookup.name}" is in namespace "${lookup.namespace}"`;
      return { state: 'unready', reason: 'ResolveFailed', message };
    }
    const ref: KindRef =
      lookup.by === 'producer' ? EXTERNAL_ARTIFACT : { apiVersion: lookup.apiVersion, kind: lookup.kind };
    interests.add(`source-kind:${ref.apiVersion}|${ref.kind}`);
    interests.add(`crd:${ref.apiVersion.split('/')[0] ?? ''}/${ref.kind}`);
    interests.add(
      lookup.by === 'producer'
        ? `producer:${lookup.namespace}|${producerKey(lookup.group, lookup.kind, lookup.name)}`
        : `source:${ref.kind}/${lookup.namespace}/${lookup.name}`,
    );
    try {
      const kind = await this.#kinds.find({ ...ref, namespace: lookup.namespace }, signal);
      if (kind.state === 'unknown') {
        const lack = `the cluster has no kind ${ref.kind} in ${ref.apiVersion}; install its CustomResourceDefinition`;
        return unready(context, 'RBACDenied', lack);
      }
      if (kind.state === 'denied' || kind.state === 'failed') throw kind.error;
      if (kind.state === 'asking' || !kind.store.synced) return { state: 'syncing' };
      if (lookup.by === 'producer') {
        const key = producerKey(lookup.group, lookup.kind, lookup.name);
        return readSource(this.#producers.find(lookup.namespace, key), context);
      }
      const source = kind.store.get(lookup.namespace, lookup.name);
      return readSource(source === undefined ? [] : [source], context);
    } catch (error) {
      if (isForbidden(error))
        return unready(context, 'RBACDenied', `${lookup.kind} ${lookup.namespace}/${lookup.name}: ${error.message}`);
      if (error instanceof ApiError || error instanceof UnreachableError) {
        return unready(context, 'ResolveFailed', `${lookup.kind} ${lookup.namespace}/${lookup.name}: ${error.message}`);
      }
      throw error;
    }
  }

  #take(kind: KindRef, event: WatchEvent, namespace: string | undefined): void {
    if (kind.apiVersion === EXTERNAL_ARTIFACT.apiVersion && kind.kind === EXTERNAL_ARTIFACT.kind) {
      const concerned = this.#producers.take(event, namespace);
      if (event.type === 'synced' || this.#isNews(kind, event)) {
        for (const producer of new Set(concerned)) this.#interests.wake(`producer:${producer}`);
      }
    }
    if (event.type === 'synced') {
      for (const item of event.items) this.#told.set(toldKey(kind, item), essence(item));
      this.#interests.wake(`source-kind:${kind.apiVersion}|${kind.kind}`);
    } else if (event.type !== 'degraded' && this.#isNews(kind, event, true)) {
      const { namespace, name } = event.object.metadata;
      this.#interests.wake(`source:${kind.kind}/${namespace ?? ''}/${name}`);
    }
  }

  /** Whether an event changes anything that a delivery rests on. `remember` notes that it has been told. */
  #isNews(kind: KindRef, event: WatchEvent, remember = false): boolean {
    if (event.type !== 'applied' && event.type !== 'deleted') return false;
    const key = toldKey(kind, event.object);
    if (event.type === 'deleted') {
      if (remember) this.#told.delete(key);
      return true;
    }
    const said = essence(event.object);
    if (this.#told.get(key) === said) return false;
    if (remember) this.#told.set(key, said);
    return true;
  }
}

function toldKey({ apiVersion, kind }: KindRef, { metadata }: KubeObject): string {
  return `${apiVersion}|${kind}|${metadata.namespace ?? ''}/${metadata.name}`;
}

function essence(source: KubeObject): string {
  const status = isJsonObject(source['status']) ? source['status'] : {};
  const spec = isJsonObject(source['spec']) ? source['spec'] : {};
  const conditions = own(status, 'conditions');
  const ready = Array.isArray(conditions)
    ? conditions.filter((condition: unknown) => isJsonObject(condition) && own(condition, 'type') === 'Ready')
    : [];
  return JSON.stringify([
    source.metadata.generation,
    own(status, 'observedGeneration'),
    ready.map((condition: unknown) =>
      isJsonObject(condition) ? [own(condition, 'status'), own(condition, 'message')] : 0,
    ),
    own(status, 'artifact'),
    own(spec, 'sourceRef'),
  ]);
}
