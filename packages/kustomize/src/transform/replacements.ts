import type { ObjectSet } from '../accumulate/object-set.ts';
import { describeId, effectiveNamespace, type Resource, type ResourceId } from '../accumulate/resource.ts';
import type { Budget } from '../diagnostics/budget.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { EmitError } from '../emit/error.ts';
import type { FieldOptions, ReplacementEntry, ReplacementSource, ReplacementTarget } from '../load/kustomization.ts';
import type { Limits } from '../load/limits.ts';
import { compileSelector } from '../patch/target-selector.ts';
import { PatternError } from '../pattern/pattern.ts';
import { YamlError } from '../yaml/error.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isEmpty, isNull, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';
import type { ReadBounds } from '../yaml/reader.ts';
import { selects } from './field-specs.ts';
import { lookup, type MatchOptions, matchPath, splitFieldPath } from './path-match.ts';
import { readEmbedded, setEmbedded } from './structured-text.ts';

interface Context {
  readonly at: ProblemDetail;
  readonly limits: Limits;
  readonly budget: Budget;
}

const DEFAULT_PATH = 'metadata.name';

/**
 * Copies a value from one object (or a given one) into fields of others.
 *
 * @throws BuildError when the source is not exactly one, or a field is missing.
 */
export function replace(
  set: ObjectSet,
  entry: ReplacementEntry,
  at: ProblemDetail,
  limits: Limits,
  budget: Budget,
): void {
  const { source, sourceValue, targets } = entry;
  if ((source === undefined && sourceValue === undefined) || targets === undefined) {
    throw new BuildError({ ...at, message: 'a replacement must specify a source and at least one target' });
  }
  if (source !== undefined && sourceValue !== undefined) {
    throw new BuildError({ ...at, message: 'source and sourceValue are mutually exclusive' });
  }
  const value = source === undefined ? untyped(sourceValue ?? '') : sourceNode(set, source, at);
  for (const target of targets) applyTo(set, target, value, { at, limits, budget });
  set.changed();
}

/** Who an object is and was, its present namespace as it is written. */
function idsOf(resource: Resource): ResourceId[] {
  const { id } = resource;
  return [{ ...id, effectiveNamespace: effectiveNamespace(id.namespace) }, ...resource.previousIds];
}

function describeSource(source: ReplacementSource): string {
  return describeId({
    kind: source.kind ?? 'any kind',
    name: source.name ?? '(any name)',
    namespace: source.namespace ?? '',
  });
}

function sourceNode(set: ObjectSet, source: ReplacementSource, at: ProblemDetail): YamlNode {
  const gvk = { group: source.group ?? '', version: source.version ?? '', kind: source.kind ?? '' };
  const { name = '', namespace = '' } = source;
  const found = set.all.filter((resource) =>
    idsOf(resource).some(
      (id) =>
        (name === '' || id.name === name) &&
        (namespace === '' || effectiveNamespace(namespace) === id.effectiveNamespace) &&
        selects(gvk, id),
    ),
  );
  const [resource] = found;
  if (resource === undefined) {
    throw new BuildError({ ...at, message: `nothing selected by the source ${describeSource(source)}` });
  }
  if (found.length > 1) {
    const names = found.map((r) => r.describe()).join(', ');
    throw new BuildError({ ...at, message: `multiple matches for the source ${describeSource(source)}: ${names}` });
  }
  const path = source.fieldPath === undefined || source.fieldPath === '' ? DEFAULT_PATH : source.fieldPath;
  const node = lookup(resource.node, splitFieldPath(path));
  if (node === undefined || isEmpty(node)) {
    throw new BuildError({
      ...at,
      message: `the field ${path} is missing in the source ${resource.describe()}`,
      object: resource.describe(),
    });
  }
  return pieceOf(node, source.options, at);
}

function pieceOf(node: YamlNode, options: FieldOptions | undefined, at: ProblemDetail): YamlNode {
  const delimiter = options?.delimiter ?? '';
  if (delimiter === '') return node;
  if (node.kind !== SCALAR) throw new BuildError({ ...at, message: 'delimiter can only be used with a scalar' });
  const pieces = node.value.split(delimiter);
  const piece = pieces[options?.index ?? 0];
  if (piece === undefined) {
    throw new BuildError({
      ...at,
      message: `options.index ${options?.index ?? 0} is out of bounds: the value has ${pieces.length} pieces`,
    });
  }
  const copy = node.copy();
  copy.value = piece;
  return copy;
}

function applyTo(set: ObjectSet, target: ReplacementTarget, value: YamlNode, context: Context): void {
  const { at, limits } = context;
  const { select, reject = [], options } = target;
  if (select === undefined) throw new BuildError({ ...at, message: 'a target must specify resources to select' });
  const selector = compileSelector(select, limits.patternLength);
  const rejecting = reject.map((entry) => {
    const { labelSelector, annotationSelector, ...id } = entry;
    return {
      compiled: compileSelector(entry, limits.patternLength),
      byId: Object.values(id).some((part) => part !== undefined && part !== ''),
      byMetadata: (labelSelector ?? '') !== '' || (annotationSelector ?? '') !== '',
    };
  });
  const paths = target.fieldPaths === undefined || target.fieldPaths.length === 0 ? [DEFAULT_PATH] : target.fieldPaths;
  for (const resource of set.all) {
    const ids = idsOf(resource);
    const matches = (s: typeof selector, id: ResourceId): boolean =>
      s.matchesGvk(id) && s.matchesName(id.name) && s.matchesNamespace(id.namespace);
    if (!selector.matchesMetadata(resource)) continue;
    if (rejecting.some((r) => r.byMetadata && r.compiled.matchesMetadata(resource))) continue;
    if (rejecting.some((r) => r.byId && ids.some((id) => matches(r.compiled, id)))) continue;
    if (!ids.some((id) => matches(selector, id))) continue;
    for (const path of paths) copyTo(resource, path, value, options, context);
  }
}

function copyTo(
  resource: Resource,
  path: string,
  value: YamlNode,
  options: FieldOptions | undefined,
  { at, limits, budget }: Context,
): void {
  const parts = splitFieldPath(path);
  const bounds = { depth: limits.yamlDepth, aliasNodes: limits.aliasNodes };
  const match: MatchOptions = {
    create: options?.create === true ? value.kind : undefined,
    maxPatternLength: limits.patternLength,
    embedded: (scalar) => readEmbedded(scalar.value, bounds)?.root,
  };
  budget.spend(1);
  if (copyIntoText(resource, parts, value, match, bounds)) return;
  let fields: YamlNode[];
  try {
    fields = matchPath(resource.node, parts, match);
  } catch (error) {
    if (!(error instanceof FieldError || error instanceof YamlError)) throw error;
    throw missing(resource, path, match, at, error.message);
  }
  if (fields.length === 0) throw missing(resource, path, match, at);
  for (const field of fields) {
    budget.spend(sizeOf(value) + (options?.delimiter === undefined ? 0 : field.value.length / 32));
    setValue(field, value, options, at);
  }
}

/** Nodes of a value; texts count by their length. */
function sizeOf(node: YamlNode): number {
  let size = 1 + node.value.length / 32;
  for (const item of node.items) size += sizeOf(item);
  return size;
}

function missing(
  resource: Resource,
  path: string,
  { create }: MatchOptions,
  at: ProblemDetail,
  cause?: string,
): BuildError {
  const verb = create === undefined ? 'find' : 'find or create';
  return new BuildError({
    ...at,
    message: `unable to ${verb} field "${path}" in replacement target ${resource.describe()}${cause === undefined ? '' : `: ${cause}`}`,
    object: resource.describe(),
    ...(create === undefined ? { suggestion: 'check the path, or set options.create: true' } : {}),
  });
}

function setValue(field: YamlNode, value: YamlNode, options: FieldOptions | undefined, at: ProblemDetail): void {
  const copy = value.copy();
  const delimiter = options?.delimiter ?? '';
  if (delimiter !== '') {
    if (field.kind !== SCALAR) throw new BuildError({ ...at, message: 'delimiter can only be used with a scalar' });
    const pieces = field.value.split(delimiter);
    const text = isNull(copy) ? '' : copy.value;
    const index = options?.index ?? 0;
    if (index < 0) pieces.unshift(text);
    else if (index >= pieces.length) pieces.push(text);
    else pieces[index] = text;
    copy.value = pieces.join(delimiter);
  }
  put(field, copy);
}

/** A scalar keeps its type and quoting and takes the text; anything else becomes the value. */
function put(field: YamlNode, value: YamlNode): void {
  if (field.kind === SCALAR) field.value = value.value;
  else field.assign(value);
}

/** Copies into JSON or YAML that a scalar holds. Not the way when there is no such scalar, or the path fails in it. */
function copyIntoText(
  resource: Resource,
  parts: readonly string[],
  value: YamlNode,
  match: MatchOptions,
  bounds: ReadBounds,
): boolean {
  for (let i = 1; i < parts.length; i++) {
    const scalar = attempt(() => lookup(resource.node, parts.slice(0, i)));
    if (scalar === undefined || scalar.kind !== SCALAR) continue;
    const embedded = attempt(() => readEmbedded(scalar.value, bounds));
    if (embedded === undefined) continue;
    const written = attempt(() => {
      const fields = matchPath(embedded.root, parts.slice(i), match);
      return fields.length === 0 ? undefined : setEmbedded(embedded, fields, value, (field) => put(field, value));
    });
    if (written === undefined) return false;
    scalar.value = written;
    return true;
  }
  return false;
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof FieldError || error instanceof YamlError) return undefined;
    if (error instanceof EmitError || error instanceof PatternError) return undefined;
    throw error;
  }
}
