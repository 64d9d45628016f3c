import { describeId, Resource } from '../accumulate/resource.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { printObject } from '../emit/print.ts';
import { type SubstituteOptions, SubstitutionError, substitute } from '../envsubst/substitute.ts';
import { TemplateError } from '../envsubst/syntax.ts';
import type { Limits } from '../load/limits.ts';
import { YamlError } from '../yaml/error.ts';
import { fromPlain } from '../yaml/from-json.ts';
import { MAP, mapNode, SCALAR, type YamlNode } from '../yaml/node.ts';
import { readConfig, toPlain } from '../yaml/read-plain.ts';

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
  const options: SubstituteOptions = { strict: true, maxLength: limits.outputBytes };
  const replaced = locating(resource, variables, options, () => substitute(text, variables, options));
  const node = locating(resource, variables, options, () => reread(replaced, limits));
  node.at = resource.node.at;
  const result = new Resource(node, resource.file);
  checkIdentity(result, resource);
  return result;
}

function optedOut(resource: Resource): boolean {
  return (['labels', 'annotations'] as const).some((field) => {
    const entries = resource.metadataMap(field);
    return OPT_OUTS.some((name) => entries.get(name) === 'disabled');
  });
}

/** The object that a text describes, by YAML 1.1. */
function reread(text: string, limits: Limits): YamlNode {
  const node = readConfig(text, { depth: limits.yamlDepth, aliasNodes: limits.aliasNodes });
  if (node === undefined || node.kind !== MAP) throw new YamlError('the text is no map any more', 1, 1);
  return fromPlain(toPlain(node));
}

function locating<T>(
  resource: Resource,
  variables: ReadonlyMap<string, string>,
  options: SubstituteOptions,
  run: () => T,
): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof YamlError)) throw error;
    throw new BuildError(explain(resource, variables, options, error));
  }
}

/** Finds the field by substituting each text of the object alone. */
function explain(
  resource: Resource,
  variables: ReadonlyMap<string, string>,
  options: SubstituteOptions,
  cause: Error,
): ProblemDetail {
  const common = {
    object: describeId(resource),
    ...(resource.file === undefined ? {} : { file: resource.file }),
  };
  for (const leaf of leaves(resource.node, '')) {
    const problem = faultOf(leaf, variables, options);
    if (problem !== undefined) {
      const { node } = leaf;
      return {
        ...common,
        ...(node.at === 0 ? {} : { line: node.line, column: node.column }),
        field: leaf.path,
        ...problem,
      };
    }
  }
  const message =
    cause instanceof YamlError
      ? 'the object is no valid YAML after substitution: a value changes its structure'
      : `substitution failed: ${cause.message}`;
  return { ...common, message };
}

function faultOf(
  leaf: Leaf,
  variables: ReadonlyMap<string, string>,
  options: SubstituteOptions,
): Pick<ProblemDetail, 'message' | 'variable' | 'suggestion'> | undefined {
  const { text } = leaf;
  if (!text.includes('$')) return undefined;
  try {
    const alone = mapNode();
    alone.append('x', leaf.node.copy());
    const printed = leaf.isKey ? `${text}: x\n` : printObject(alone);
    const replaced = substitute(printed, variables, options);
    try {
      readConfig(replaced, { depth: 64, aliasNodes: 1000 });
      return undefined;
    } catch {
      return {
        message: `${leaf.path} is no valid YAML after substitution`,
        suggestion:
          'a value with ": ", " #", quotes or brackets changes the structure: quote it with a variable that holds a quote',
      };
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) return undefined;
    const variable = error instanceof SubstitutionError ? error.variable : undefined;
    const shown = excerpt(text);
    if (variable !== undefined && error.message.startsWith('variable not set')) {
      return {
        message: `variable not set (strict mode): "${variable}" in ${leaf.path}`,
        variable,
        suggestion: `define ${variable}, give it a default as in \${${variable}:-value}, or write $\${${variable}} for the literal text`,
      };
    }
    return {
      message: `substitution in ${leaf.path} failed: ${error.message} in ${shown}`,
      ...(variable === undefined ? {} : { variable }),
      suggestion: 'write $${ for a literal ${, or set the annotation kustomize.toolkit.fluxcd.io/substitute: disabled',
    };
  }
}

/** The first expression of a text, cut short. */
function excerpt(text: string): string {
  const at = text.indexOf('${');
  const part = text.slice(at < 0 ? 0 : at).split('\n')[0] ?? '';
  return part.length > 40 ? `${part.slice(0, 40)}…` : part;
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
