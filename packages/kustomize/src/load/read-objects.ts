import { Resource } from '../accumulate/resource.ts';
import type { ClusterScope } from '../accumulate/scope.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { toJson } from '../emit/json.ts';
import { readDocuments } from '../yaml/documents.ts';
import { textAt } from '../yaml/edit.ts';
import { YamlError } from '../yaml/error.ts';
import { fromJsonText } from '../yaml/from-json.ts';
import { isEmpty, isNull, LIST, MAP, SCALAR, TAG_NULL, type YamlNode } from '../yaml/node.ts';
import type { Limits } from './limits.ts';

/**
 * The objects of a file or of a patch's text: lists unwrapped, empty documents dropped.
 *
 * @param file for problems and for the objects' origin; undefined for inline text.
 * @throws BuildError with every object of the file that has no kind or name.
 */
export function readObjects(text: string, limits: Limits, file?: string, scopes?: ClusterScope): Resource[] {
  let nodes: YamlNode[];
  try {
    nodes = readDocuments(text, { depth: limits.yamlDepth, aliasNodes: limits.aliasNodes });
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new BuildError({ message: error.message, ...where(file, error.line, error.column) });
  }
  const problems: ProblemDetail[] = [];
  const valid = (list: readonly YamlNode[]): YamlNode[] =>
    list.filter((node) => {
      if (isBlank(node)) return false;
      const problem = fault(node, file);
      if (problem !== undefined) problems.push(problem);
      return problem === undefined;
    });
  const queue = valid(nodes);
  const resources: Resource[] = [];
  for (let i = 0; i < queue.length; i++) {
    const node = queue[i] as YamlNode;
    const items = listItems(node, file);
    if (items === undefined) resources.push(new Resource(node, file, scopes));
    else queue.push(...valid(items));
  }
  if (problems.length > 0) throw new BuildError(...problems);
  return resources;
}

function where(file: string | undefined, line: number, column: number): Partial<ProblemDetail> {
  return { ...(file === undefined ? {} : { file }), ...(line === 0 ? {} : { line, column }) };
}

function isBlank(node: YamlNode): boolean {
  return isEmpty(node);
}

function fault(node: YamlNode, file: string | undefined): ProblemDetail | undefined {
  const at = where(file, node.line, node.column);
  if (node.kind !== MAP) {
    const what = node.kind === SCALAR ? 'a text' : 'a list';
    return { ...at, message: `not a Kubernetes object: found ${what} where a map with apiVersion and kind is wanted` };
  }
  const kind = textAt(node, 'kind');
  const metadata = node.get('metadata');
  const name = isEmpty(metadata) ? '' : textAt(metadata, 'name');
  if (kind === '') {
    return { ...at, message: `missing kind in an object${name === '' ? '' : ` named ${name}`}`, field: 'kind' };
  }
  if (kind.endsWith('List') || name !== '') return undefined;
  const generated = !isNull(metadata?.get('generateName')) ? ': generateName is not enough' : '';
  return { ...at, message: `missing metadata.name in an object of kind ${kind}${generated}`, field: 'metadata.name' };
}

/** Items of a collection (`kind: FooList` with `items`); undefined for anything else. */
function listItems(node: YamlNode, file: string | undefined): YamlNode[] | undefined {
  if (!textAt(node, 'kind').endsWith('List')) return undefined;
  const json = toJson(node);
  const items = node.get('items');
  if (items === undefined) return undefined;
  if (items.tag === TAG_NULL) return [];
  if (items.kind !== LIST) {
    throw new BuildError({
      message: 'items of a list must be a list',
      field: 'items',
      ...where(file, items.line, items.column),
    });
  }
  // kustomize takes the items through JSON: from here on their strings are quoted.
  const values = json instanceof Map ? json.get('items') : undefined;
  return items.items.map((item, i) => {
    const copy = fromJsonText(Array.isArray(values) ? (values[i] ?? null) : null);
    copy.at = item.at;
    return copy;
  });
}
