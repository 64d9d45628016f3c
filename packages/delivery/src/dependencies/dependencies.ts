import type { Dependency, StageSet } from '@stageset/api';
import { isJsonArray, isJsonObject, type KubeObject, own } from '@stageset/k8s';
import type { Failure } from '../failure/failure.ts';
import { compareVersions, parseVersion } from '../versions/version.ts';

export interface DependencyLookup {
  /** Any StageSet as it is in the cluster, valid or not. */
  readonly find: (key: StageSetKey) => KubeObject | undefined;
  /** Whether StageSets of other namespaces may be named. */
  readonly crossNamespace: boolean;
}

export interface StageSetKey {
  readonly namespace: string;
  readonly name: string;
}

/** What keeps a StageSet from beginning anything new, and the StageSets that the answer rests on. */
export interface Dependencies {
  readonly unmet?: Failure;
  readonly direct: readonly StageSetKey[];
  /** Those whose own dependencies were followed. */
  readonly followed: readonly StageSetKey[];
}

/**
 * Whether what a StageSet depends on is there: each StageSet ready at its newest generation, holding no newer revision back, and
 * delivered in the version that is asked for. A circle through this StageSet is told before anything else, with its whole
 * path. Of another namespace nothing is told but that it is waited for: whoever may write a StageSet learns nothing of what
 * exists elsewhere.
 */
export function readDependencies(stageSet: StageSet, lookup: DependencyLookup): Dependencies {
  const { dependsOn = [] } = stageSet.spec;
  const self: StageSetKey = { namespace: stageSet.metadata.namespace ?? '', name: stageSet.metadata.name };
  const direct = dependsOn.map((dependency) => ({
    namespace: dependency.namespace || self.namespace,
    name: dependency.name,
  }));
  const { circle, followed } = findCircle(self, direct, lookup);
  if (circle !== undefined) return { unmet: circular(circle), direct, followed };
  const [first, ...others] = dependsOn.flatMap((dependency) => {
    const why = whyUnmet(dependency, self, lookup);
    return why === undefined ? [] : [why];
  });
  if (first === undefined) return { direct, followed };
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return { unmet: { reason: 'DependencyNotReady', message: `${first}${rest}`, retry: 'retry' }, direct, followed };
}

function whyUnmet(
  { name, namespace, minVersion }: Dependency,
  self: StageSetKey,
  { find, crossNamespace }: DependencyLookup,
): string | undefined {
  const key = { namespace: namespace || self.namespace, name };
  const isForeign = key.namespace !== self.namespace;
  if (isForeign && !crossNamespace) {
    return `cross-namespace references are switched off, and StageSet "${name}" is in namespace "${key.namespace}"`;
  }
  const why = whyNotReady(find(key)) ?? whyTooOld(find(key), minVersion ?? '');
  if (why === undefined) return undefined;
  return isForeign
    ? `waiting for StageSet "${name}" in namespace "${key.namespace}", which is not reachable or not ready; check its status there`
    : `waiting for StageSet ${format(key)}, ${why}`;
}

function whyNotReady(found: KubeObject | undefined): string | undefined {
  if (found === undefined) return 'which does not exist';
  const { deletionTimestamp, generation = 0 } = found.metadata;
  if (deletionTimestamp !== undefined) return 'which is being deleted';
  const status = statusOf(found);
  const ready = readyOf(found);
  if (ready?.status !== 'True') {
    return ready === undefined ? 'which has no verdict yet' : `which is not ready (${ready.reason})`;
  }
  if (own(status, 'observedGeneration') !== generation) return `whose generation ${generation} is not delivered yet`;
  return holdsBack(found) ? 'which holds a newer revision back until its update window opens' : undefined;
}

function whyTooOld(found: KubeObject | undefined, minVersion: string): string | undefined {
  const wanted = parseVersion(minVersion);
  if (found === undefined || wanted === undefined) return undefined;
  const said = own(statusOf(found), 'version');
  const delivered = typeof said === 'string' ? parseVersion(said) : undefined;
  if (delivered !== undefined && compareVersions(delivered, wanted) >= 0) return undefined;
  const has = typeof said === 'string' && said !== '' ? said : '(none)';
  return `whose version has to be ${minVersion.trim()} or later and is ${has}`;
}

/** The shortest way back to the StageSet over what each depends on, if there is one. */
function findCircle(
  self: StageSetKey,
  direct: readonly StageSetKey[],
  lookup: DependencyLookup,
): { readonly circle?: readonly StageSetKey[]; readonly followed: readonly StageSetKey[] } {
  const followed = new Map<string, StageSetKey>();
  const paths = edges(self, direct, lookup).map((key) => [key]);
  for (const path of paths) {
    const last = path.at(-1);
    if (last === undefined) continue;
    if (format(last) === format(self)) return { circle: [self, ...path], followed: [...followed.values()] };
    if (followed.has(format(last))) continue;
    followed.set(format(last), last);
    for (const next of edges(last, dependenciesOf(lookup.find(last)), lookup)) paths.push([...path, next]);
  }
  return { followed: [...followed.values()] };
}

/** A reference to another namespace that is switched off leads nowhere. */
function edges(from: StageSetKey, to: readonly StageSetKey[], { crossNamespace }: DependencyLookup): StageSetKey[] {
  return to.filter(({ namespace }) => crossNamespace || namespace === from.namespace);
}

/** What any StageSet says that it depends on; what cannot be read is left out. */
export function dependenciesOf(object: KubeObject | undefined): StageSetKey[] {
  const spec = object?.['spec'];
  const list = isJsonObject(spec) ? own(spec, 'dependsOn') : undefined;
  return (isJsonArray(list) ? list : []).flatMap((entry) => {
    const name = isJsonObject(entry) ? own(entry, 'name') : undefined;
    const namespace = isJsonObject(entry) ? own(entry, 'namespace') : undefined;
    if (typeof name !== 'string') return [];
    const named = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
    return [{ namespace: named ?? object?.metadata.namespace ?? '', name }];
  });
}

/** What of a StageSet those that depend on it rest on; the same text as long as nothing of it has changed. */
export function readinessOf(object: KubeObject): string {
  const status = statusOf(object);
  const ready = readyOf(object);
  return JSON.stringify([
    object.metadata.uid,
    object.metadata.generation,
    object.metadata.deletionTimestamp !== undefined,
    ready?.status,
    ready?.reason,
    own(status, 'observedGeneration'),
    holdsBack(object),
    own(status, 'version'),
  ]);
}

function circular(path: readonly StageSetKey[]): Failure {
  return {
    reason: 'Stalled',
    message: `spec.dependsOn goes in a circle: ${path.map(format).join(' → ')}; take one of these dependencies out`,
    retry: 'slowly',
  };
}

function format({ namespace, name }: StageSetKey): string {
  return `${namespace}/${name}`;
}

type Fields = Readonly<Record<string, unknown>>;

function statusOf(object: KubeObject): Fields {
  return isJsonObject(object['status']) ? object['status'] : {};
}

function readyOf(object: KubeObject): { readonly status: unknown; readonly reason: string } | undefined {
  const conditions = own(statusOf(object), 'conditions');
  const ready = (isJsonArray(conditions) ? conditions : []).find(
    (condition): condition is Fields => isJsonObject(condition) && own(condition, 'type') === 'Ready',
  );
  return ready === undefined ? undefined : { status: own(ready, 'status'), reason: String(own(ready, 'reason') ?? '') };
}

function holdsBack(object: KubeObject): boolean {
  const pending = own(statusOf(object), 'pendingUpdate');
  const revisions = isJsonObject(pending) ? own(pending, 'revisions') : undefined;
  return isJsonObject(revisions) && Object.keys(revisions).length > 0;
}
