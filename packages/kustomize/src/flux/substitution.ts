import { describeId, Resource } from '../accumulate/resource.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { printObject } from '../emit/print.ts';
import { SubstitutionError, type SubstitutionProblem } from '../envsubst/error.ts';
import { type SubstitutionOptions, substituteText } from '../envsubst/substitute-text.ts';
import type { Limits } from '../load/limits.ts';
import { YamlError } from '../yaml/error.ts';
import { fromPlain } from '../yaml/from-json.ts';
import { MAP, mapNode, SCALAR, type YamlNode } from '../yaml/node.ts';
import { readConfig, toPlain } from '../yaml/read-plain.ts';
import type { ReadBounds } from '../yaml/reader.ts';

/** Labels or annotations that keep an object as it is. */
const OPT_OUTS = ['kustomize.toolkit.fluxcd.io/substitute', 'stages.metio.wtf/substitute'] as const;

/**
 * Substitutes variables in one object: in its YAML text, as Flux does, so that a value may change a field's type. An
 * object that opted out is left alone.
 *
 * @throws BuildError naming object, field and variable. Values of variables are never in it.
 */
export function substituteObject(resource: Resource, variables: ReadonlyMap<string, string>, limits: Limits): Resource {
  if (optedOut(resource)) return resource;
  const text = printObject(resource.node);
  if (!text.includes('$')) return resource;
  const expand: Expand = (template) => substituteText(template, (name) => variables.get(name), OPTIONS);
  const replaced = locating(resource, expand, () => expand(text));
  const node = locating(resource, expand, () => reread(replaced, limits));
  node.at = resource.node.at;
  const result = new Resource(node, resource.file);
  checkIdentity(result, resource);
  return result;
}

type Expand = (template: string) => string;

const OPTIONS: SubstitutionOptions = { strict: true };

function optedOut(resource: Resource): boolean {
  return (['labels', 'annotations'] as const).some((field) => {
    const entries = resource.metadataMap(field);
    return OPT_OUTS.some((name) => entries.get(name) === 'disabled');
  });
}

/** A marker of documents: an object has none, so it came with a value, and what follows would be lost. */
const MARKER = /^(?:---|\.\.\.)(?:\s|$)/m;

function readOnly(text: string, bounds: ReadBounds): YamlNode | undefined {
  if (MARKER.test(text)) throw new YamlError('a value ends the document', 1, 1);
  return readConfig(text, bounds);
}

/** The object that a text describes, by YAML 1.1. */
function reread(text: string, limits: Limits): YamlNode {
  const node = readOnly(text, { depth: limits.yamlDepth, aliasNodes: limits.aliasNodes });
  if (node === undefined || node.kind !== MAP) throw new YamlError('the text is no map any more', 1, 1);
  return fromPlain(toPlain(node));
}

function locating<T>(resource: Resource, expand: Expand, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SubstitutionError || error instanceof YamlError)) throw error;
    throw new BuildError(...explain(resource, expand, error));
  }
}

/** Finds the fields by substituting each text of the object alone. */
function explain(resource: Resource, expand: Expand, cause: Error): ProblemDetail[] {
  const common = {
    object: describeId(resource),
    ...(resource.file === undefined ? {} : { file: resource.file }),
  };
  const problems: ProblemDetail[] = [];
  for (const leaf of leaves(resource.node, '')) {
    if (!leaf.text.includes('$')) continue;
    const at = leaf.node.at === 0 ? {} : { line: leaf.node.line, column: leaf.node.column };
    for (const fault of faultsOf(leaf, expand)) problems.push({ ...common, ...at, field: leaf.path, ...fault });
  }
  if (problems.length > 0) return problems;
  const message =
    cause instanceof YamlError
      ? 'the object is no valid YAML after substitution: a value changes its structure'
      : `substitution failed: ${cause.message}`;
  return [{ ...common, message }];
}

type Fault = Pick<ProblemDetail, 'message' | 'variable' | 'suggestion'>;

function faultsOf(leaf: Leaf, expand: Expand): Fault[] {
  const alone = mapNode();
  alone.append('x', leaf.node.copy());
  const printed = leaf.isKey ? `${leaf.text}: x\n` : printObject(alone);
  let replaced: string;
  try {
    replaced = expand(printed);
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return error.problems.map((problem) => describeFault(leaf, problem));
  }
  try {
    readOnly(replaced, { depth: 64, aliasNodes: 1000 });
    return [];
  } catch {
    return [
      {
        message: `${leaf.path} is no valid YAML after substitution`,
        suggestion:
          'a value with ": ", " #", quotes or brackets changes the structure: put a variable that holds a quote around it',
      },
    ];
  }
}

function describeFault(leaf: Leaf, { message, variable, suggestion }: SubstitutionProblem): Fault {
  return {
    message: `${message} in ${leaf.path}`,
    ...(variable === undefined ? {} : { variable }),
    suggestion:
      suggestion ??
      'write $${ for a literal ${, or set the annotation kustomize.toolkit.fluxcd.io/substitute: disabled on the object',
  };
}

interface Leaf {
  readonly path: string;
  readonly text: string;
  readonly node: YamlNode;
  readonly isKey: boolean;
}

function* leaves(node: YamlNode, path: string): Generator<Leaf> {
  if (node.kind === SCALAR) {
    yield { path, text: node.value, node, isKey: false };
    return;
  }
  for (let i = 0; i < node.items.length; i++) {
    const item = node.items[i] as YamlNode;
    if (node.kind !== MAP) {
      yield* leaves(item, `${path}[${i}]`);
      continue;
    }
    const key = node.keys[i] as string;
    const inner = path === '' ? key : `${path}.${key}`;
    yield { path: inner, text: key, node: item, isKey: true };
    yield* leaves(item, inner);
  }
}

/** A number or boolean cannot name an object. */
function checkIdentity(result: Resource, before: Resource): void {
  for (const [field, node] of [
    ['apiVersion', result.node.get('apiVersion')],
    ['kind', result.node.get('kind')],
    ['metadata.name', result.node.get('metadata')?.get('name')],
    ['metadata.namespace', result.node.get('metadata')?.get('namespace')],
  ] as const) {
    if (field === 'metadata.namespace' && node === undefined) continue;
    if (node !== undefined && node.kind === SCALAR && node.tag === '!!str' && node.value !== '') continue;
    throw new BuildError({
      message: `${field} is no text after substitution`,
      object: describeId(before),
      field,
      ...(before.file === undefined ? {} : { file: before.file, line: before.node.line }),
      suggestion: 'use a value that does not read as a number, boolean or nothing',
    });
  }
}
