import {
  type Pin,
  type Reason,
  SOURCE_API_VERSION,
  SOURCE_GROUP,
  SOURCE_KINDS,
  type SourceReference,
} from '@stageset/api';
import { isJsonObject, type KubeObject, own, parseApiVersion } from '@stageset/k8s';
import { unreachableSource } from '../failure/failure.ts';

/** How the object that offers the artifact is found: by its name, or by its pointer back to a producer. */
export type SourceLookup =
  | {
      readonly by: 'name';
      readonly apiVersion: string;
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
    }
  | {
      readonly by: 'producer';
      readonly group: string;
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
    };

/** What is known of a stage's source now. */
export type SourceFact =
  | { readonly state: 'pinned'; readonly pin: Pin }
  /** The cache that would tell is still being filled. */
  | { readonly state: 'syncing' }
  | { readonly state: 'unready'; readonly reason: Reason; readonly message: string };

/** `observedGeneration` until a controller writes its own. */
const NEVER_OBSERVED = -1;

const DIRECT: ReadonlySet<string> = new Set(SOURCE_KINDS);

/** Reads a reference. `namespace` is that of the StageSet. A kind that is none of Flux's own is a producer. */
export function lookupOf(ref: SourceReference, namespace: string): SourceLookup {
  const kind = ref.kind === undefined || ref.kind === '' ? 'ExternalArtifact' : ref.kind;
  const apiVersion = ref.apiVersion === undefined || ref.apiVersion === '' ? SOURCE_API_VERSION : ref.apiVersion;
  const { group } = parseApiVersion(apiVersion);
  const where = { namespace: ref.namespace || namespace, name: ref.name };
  const direct = kind === 'ExternalArtifact' || (DIRECT.has(kind) && group === SOURCE_GROUP);
  return direct ? { by: 'name', apiVersion, kind, ...where } : { by: 'producer', group, kind, ...where };
}

/** The producer that an ExternalArtifact points back to, as a key: group, kind and name; its version does not count. */
export function producerKeyOf(artifact: KubeObject): string | undefined {
  const spec = artifact['spec'];
  const ref = isJsonObject(spec) ? own(spec, 'sourceRef') : undefined;
  if (!isJsonObject(ref) || Object.values(ref).some((value) => typeof value !== 'string')) return undefined;
  const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map((key) => own(ref, key));
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  return producerKey(group, kind, name);
}

export function producerKey(group: string, kind: string, name: string): string {
  return `${group}/${kind}/${name}`;
}

interface SourceContext {
  readonly stage: string;
  readonly lookup: SourceLookup;
  /** The namespace of the StageSet. */
  readonly namespace: string;
}

/**
 * What the objects found for a reference say. None is missing, more than one is ambiguous; one counts when it is Ready,
 * has observed its own generation, and offers an artifact with URL and digest.
 */
export function readSource(found: readonly KubeObject[], context: SourceContext): SourceFact {
  const { lookup } = context;
  const subject = `${lookup.kind} ${lookup.namespace}/${lookup.name}`;
  const [source] = found;
  if (source === undefined) {
    const what = lookup.by === 'producer' ? `no ExternalArtifact points back to ${subject}` : `${subject} not found`;
    return unready(context, 'ArtifactNotFound', what);
  }
  if (found.length > 1) {
    const names = found.map((object) => object.metadata.name).sort();
    return unready(
      context,
      'ResolveFailed',
      `${found.length} ExternalArtifacts point back to ${subject}: ${names.join(', ')}; keep one of them`,
    );
  }
  const status = isJsonObject(source['status']) ? source['status'] : {};
  const ready = readyCondition(status);
  if (ready?.status !== 'True') {
    const why = ready?.message === undefined || ready.message === '' ? '' : `: ${ready.message}`;
    return unready(context, 'SourceNotReady', `${subject} is not ready${why}`);
  }
  const observed = own(status, 'observedGeneration');
  const generation = source.metadata.generation;
  // Producers of ExternalArtifacts need not say what they have observed: then its default is all there is.
  const isSilent = observed === NEVER_OBSERVED && source.kind === 'ExternalArtifact';
  if (typeof observed === 'number' && !isSilent && generation !== undefined && observed !== generation) {
    return unready(
      context,
      'SourceNotReady',
      `${subject} has changed and is not ready at generation ${generation} yet`,
    );
  }
  const artifact = own(status, 'artifact');
  const url = isJsonObject(artifact) ? text(own(artifact, 'url')) : '';
  const digest = isJsonObject(artifact) ? text(own(artifact, 'digest')) : '';
  if (!isJsonObject(artifact) || url === '' || digest === '') {
    const lack = !isJsonObject(artifact) ? 'no artifact' : `an artifact without ${url === '' ? 'url' : 'digest'}`;
    return unready(context, 'ArtifactNotFound', `${subject} offers ${lack}`);
  }
  return {
    state: 'pinned',
    pin: {
      stage: context.stage,
      apiVersion: source.apiVersion,
      kind: source.kind,
      namespace: source.metadata.namespace ?? lookup.namespace,
      name: source.metadata.name,
      url,
      // Without a revision two artifacts would look the same; the digest always tells them apart.
      revision: text(own(artifact, 'revision')) || digest,
      digest,
    },
  };
}

/** A source that cannot be used, said without telling what exists in other namespaces: the reason would tell as well. */
export function unready({ lookup, namespace }: SourceContext, reason: Reason, message: string): SourceFact {
  if (lookup.namespace === namespace) return { state: 'unready', reason, message };
  const said = unreachableSource(lookup.kind, lookup.name, lookup.namespace);
  return { state: 'unready', reason: 'SourceNotReady', message: said };
}

function readyCondition(status: Readonly<Record<string, unknown>>): { status: string; message?: string } | undefined {
  const conditions = own(status, 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  for (const condition of conditions as readonly unknown[]) {
    if (!isJsonObject(condition) || own(condition, 'type') !== 'Ready') continue;
    const message = own(condition, 'message');
    return { status: text(own(condition, 'status')), ...(typeof message === 'string' ? { message } : {}) };
  }
  return undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
