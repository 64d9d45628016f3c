import type { ObjectSet } from '../accumulate/object-set.ts';
import { describeId, Resource } from '../accumulate/resource.ts';
import type { ClusterScope } from '../accumulate/scope.ts';
import type { Budget } from '../diagnostics/budget.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { type Json, toJson } from '../emit/json.ts';
import type { PatchEntry } from '../load/kustomization.ts';
import type { Limits } from '../load/limits.ts';
import { nearest } from '../load/paths.ts';
import { readObjects } from '../load/read-objects.ts';
import { setField } from '../yaml/edit.ts';
import { YamlError } from '../yaml/error.ts';
import { fromJson } from '../yaml/from-json.ts';
import { MAP, mapNode, placeOf, untyped } from '../yaml/node.ts';
import { keepPlaces, takePlaces } from '../yaml/places.ts';
import { applyJsonPatch, JsonPatchError, type Operation, readJsonPatch } from './json-patch.ts';
import type { SchemaLookup } from './schema.ts';
import { mergeStrategically } from './strategic-merge.ts';
import { compileSelector, selectObjects } from './target-selector.ts';

export interface PatchContext {
  readonly limits: Limits;
  readonly schemas: SchemaLookup;
  readonly scopes: ClusterScope;
  readonly budget: Budget;
  /** Where the patch stands, for problems. */
  readonly at: ProblemDetail;
  warn(problem: ProblemDetail): void;
}

/** What an entry of `patches` says, once its text has been read. */
export type ParsedPatch =
  | { readonly type: 'merge'; readonly objects: readonly Resource[] }
  | { readonly type: 'operations'; readonly operations: readonly Operation[] };

/**
 * Tells strategic merge patches and JSON patches apart by what the text can be read as.
 *
 * @throws BuildError when it is neither, or both.
 */
export function parsePatch(text: string, context: PatchContext, file?: string): ParsedPatch {
  const merge = attempt(() => readObjects(text, context.limits, file, context.scopes));
  const bounds = { depth: context.limits.yamlDepth, aliasNodes: context.limits.aliasNodes };
  const operations =
    text === '' ? { error: new JsonPatchError('the patch is empty') } : attempt(() => readJsonPatch(text, bounds));
  if ('value' in merge && 'value' in operations && merge.value.length > 0 && operations.value.length > 0) {
    throw new BuildError({ ...context.at, message: 'the patch can be read both as an object and as a JSON patch' });
  }
  if ('value' in merge) return { type: 'merge', objects: merge.value };
  if ('value' in operations) return { type: 'operations', operations: operations.value };
  throw unreadable(text, merge.error, operations.error, context);
}

type Attempt<T> = { readonly value: T } | { readonly error: Error };

function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof BuildError || error instanceof YamlError || error instanceof JsonPatchError) return { error };
    throw error;
  }
}

/** Says what is wrong with the form that the text looks most like. */
function unreadable(text: string, merge: Error, operations: Error, context: PatchContext): BuildError {
  const looksLikeList = /^\s*(?:\[|- )/.test(text);
  const cause = looksLikeList ? operations : merge;
  const detail = cause instanceof BuildError ? cause.problems[0] : undefined;
  return new BuildError({
    ...context.at,
    ...(detail?.file === undefined || detail.line === undefined
      ? {}
      : { file: detail.file, line: detail.line, ...(detail.column === undefined ? {} : { column: detail.column }) }),
    message: `the patch is neither an object nor a JSON patch: ${cause.message}`,
    suggestion: 'write an object with apiVersion, kind and metadata.name, or a list of operations with op and path',
  });
}

/** Applies an entry of `patches`. */
export function applyPatch(set: ObjectSet, entry: PatchEntry, parsed: ParsedPatch, context: PatchContext): void {
  if (parsed.type === 'operations') applyOperations(set, entry, parsed.operations, context);
  else if (entry.target === undefined) mergeByIdentity(set, parsed.objects, entry, context);
  else mergeIntoTargets(set, parsed.objects, entry, context);
}

function mergeIntoTargets(
  set: ObjectSet,
  patches: readonly Resource[],
  entry: PatchEntry,
  context: PatchContext,
): void {
  const [patch] = patches;
  if (patches.length > 1) {
    throw new BuildError({
      ...context.at,
      message: 'a patch with a target must be a single object',
      suggestion: 'make one entry of each document, or leave out the target',
    });
  }
  const selected = selectTargets(set, entry, context);
  if (patch === undefined || selected.length === 0) return;
  for (const resource of selected) {
    const own = copyForTarget(patch, resource);
    mergeOne(resource, own, entry, context);
  }
  set.changed();
  set.dropGone();
  set.checkUnique();
}

/** The objects that the target of a patch selects; a target that selects none gives a warning. */
export function selectTargets(set: ObjectSet, entry: PatchEntry, context: PatchContext): Resource[] {
  const selected = selectObjects(set, compileSelector(entry.target ?? {}, context.limits.patternLength));
  if (selected.length === 0) {
    context.warn({
      ...context.at,
      message: 'the target of the patch matches no object: the patch changes nothing',
      suggestion: 'kind, name and namespace of a target are regular expressions for the whole text',
    });
  }
  return selected;
}

/** A patch for several targets: its kind and name are placeholders, its labels and annotations count as text. */
function copyForTarget(patch: Resource, target: Resource): Resource {
  const copy = new Resource(patch.node.copy(), patch.file, target.scopes);
  copy.setMetadataMap('labels', copy.metadataMap('labels'));
  copy.setMetadataMap('annotations', copy.metadataMap('annotations'));
  setField(copy.node, 'apiVersion', untyped(target.apiVersion));
  return copy;
}

function mergeByIdentity(set: ObjectSet, patches: readonly Resource[], entry: PatchEntry, context: PatchContext): void {
  for (const patch of patches) {
    const target = findTarget(set, patch, context);
    mergeOne(target, patch, entry, context);
    if (target.isGone || entry.options?.allowNameChange === true || entry.options?.allowKindChange === true) {
      set.changed();
    }
  }
}

/** Applies one document of `patchesStrategicMerge`, whose labels and annotations count as text. */
export function applyStrategicMerge(set: ObjectSet, patch: Resource, context: PatchContext): void {
  const target = findTarget(set, patch, context);
  mergeOne(target, copyForTarget(patch, target), {}, context);
  if (target.isGone) set.changed();
}

/** The one object that a strategic merge patch names. */
export function findTarget(set: ObjectSet, patch: Resource, context: PatchContext): Resource {
  const { id } = patch;
  const found = set.withAnyId(id);
  const [target] = found;
  if (target !== undefined && found.length === 1) return target;
  const name = describeId(id);
  if (found.length > 1) {
    throw new BuildError({ ...context.at, message: `several objects match the patch of ${name}`, object: name });
  }
  throw new BuildError({
    ...context.at,
    message: `no object matches the strategic merge patch of ${name} (apiVersion ${patch.apiVersion})`,
    object: name,
    ...suggestTarget(set, patch),
  });
}

function suggestTarget(set: ObjectSet, patch: Resource): { suggestion?: string } {
  const { id } = patch;
  const sameName = set.all.find((r) => r.kind === id.kind && r.name === id.name);
  if (sameName !== undefined) {
    if (sameName.apiVersion !== patch.apiVersion) {
      return { suggestion: `there is one with apiVersion ${sameName.apiVersion}` };
    }
    return { suggestion: `there is ${sameName.describe()}: name its namespace in the patch` };
  }
  const names = set.all.filter((r) => r.kind === id.kind).map((r) => r.name);
  const close = nearest(id.name, names);
  return close === undefined ? {} : { suggestion: `did you mean ${id.kind} ${close}?` };
}

/** Merges one patch into one object; name, kind and namespace stay unless the entry allows a change. */
function mergeOne(target: Resource, patch: Resource, entry: PatchEntry, context: PatchContext): void {
  const { name, namespace, kind } = target;
  const { allowNameChange = false, allowKindChange = false } = entry.options ?? {};
  if (allowNameChange || allowKindChange) target.storePreviousId();
  const places = takePlaces(patch.node);
  const merged = mergeStrategically(target.node, patch.node, context.schemas, (element, path, lacking) => {
    context.warn(lostElement(target, patch, { at: places.get(element) ?? 0, path, lacking }, context));
  });
  if (merged === undefined) {
    target.deleted = true;
    return;
  }
  if (target.isGone) return;
  if (!allowKindChange) setField(target.node, 'kind', untyped(kind));
  if (!allowNameChange) target.setName(name);
  target.setNamespace(namespace);
}

/** Where keys are lacking kustomize drops an element of a patch without a word. */
function lostElement(
  target: Resource,
  patch: Resource,
  { at, path, lacking }: { at: number; path: string; lacking: readonly string[] },
  context: PatchContext,
): ProblemDetail {
  const object = target.describe();
  const why = lacking.length === 0 ? 'another element has the same keys' : `it lacks ${lacking.join(' and ')}`;
  const what = lacking.length === 0 ? 'merge the elements into one' : `write ${lacking.join(' and ')} in the element`;
  return {
    ...context.at,
    ...(patch.file === undefined || at === 0 ? {} : { file: patch.file, ...placeOf(at) }),
    message: `an element of ${path} in the patch of ${object} is dropped, as in kustomize: ${why}`,
    object,
    suggestion: what,
  };
}

function applyOperations(
  set: ObjectSet,
  entry: PatchEntry,
  operations: readonly Operation[],
  context: PatchContext,
): void {
  if (entry.target === undefined) {
    throw new BuildError({
      ...context.at,
      message: 'a JSON patch must have a target',
      suggestion: 'add target with kind and name',
    });
  }
  if (operations.length === 0) return;
  for (const resource of selectTargets(set, entry, context)) {
    resource.storePreviousId();
    operate(resource, operations, context);
  }
  set.changed();
}

/** Applies operations to an object. What the build remembers of it survives, whatever happens to its annotations. */
export function operate(resource: Resource, operations: readonly Operation[], context: PatchContext): void {
  const { history } = resource;
  const json = toJson(resource.node);
  if (hasLongInteger(json)) {
    context.warn({
      ...context.at,
      message: `a JSON patch makes integers beyond 2^53 in ${resource.describe()} lose digits, as in kustomize`,
      object: resource.describe(),
      suggestion: 'use a strategic merge patch, or make the number a string',
    });
  }
  const result = reportingOperations(resource, context, () =>
    applyJsonPatch(json, operations, (nodes) => context.budget.spend(nodes)),
  );
  if (!(result instanceof Map)) {
    throw new BuildError({
      ...context.at,
      message: 'the JSON patch leaves no map behind',
      object: resource.describe(),
    });
  }
  const patched = fromJson(result);
  keepPlaces(resource.node, patched);
  resource.node = patched;
  restoreHistory(resource, history);
}

function hasLongInteger(value: Json): boolean {
  if (typeof value === 'bigint') return true;
  if (value === null || typeof value !== 'object') return false;
  for (const item of value.values()) if (hasLongInteger(item)) return true;
  return false;
}

function reportingOperations<T>(resource: Resource, context: PatchContext, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    throw new BuildError({ ...context.at, message: error.message, object: resource.describe() });
  }
}

function restoreHistory(resource: Resource, history: Resource['history']): void {
  const metadata = resource.node.get('metadata');
  const annotations = metadata?.get('annotations');
  const entries = annotations?.kind === MAP ? resource.metadataMap('annotations') : new Map<string, string>();
  resource.setMetadataMap('annotations', entries);
  if (history === undefined) return;
  const map = resource.annotations ?? mapNode();
  map.history = history;
  if (resource.annotations === undefined) resource.node.get('metadata')?.set('annotations', map);
}
