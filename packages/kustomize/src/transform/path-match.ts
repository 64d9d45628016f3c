import { printSource } from '../emit/source.ts';
import { compilePattern } from '../pattern/pattern.ts';
import { requireKind, setField } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isNull, LIST, listNode, MAP, mapNode, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';
import { splitPath } from './field-specs.ts';

/** Splits a path at dots that are neither escaped nor in brackets: `data.config\.yaml`, `metadata.annotations.[a.b/c]`. */
export function splitFieldPath(path: string): string[] {
  const result: string[] = [];
  const parts = splitPath(path, '.');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (!part.startsWith('[') || part.endsWith(']')) {
      result.push(part);
      continue;
    }
    const bracketed = [part];
    while (i < parts.length - 1) {
      i++;
      bracketed.push(parts[i] as string);
      if (parts[i]?.endsWith(']')) break;
    }
    const joined = bracketed.join('.');
    result.push(joined.includes('=') ? joined : joined.replace(/^[[\]]+|[[\]]+$/g, ''));
  }
  return result;
}

const INDEX = /^[-+]?\d+$/;

function isElement(part: string): boolean {
  return part.startsWith('[') && part.endsWith(']');
}

function splitElement(part: string): readonly [string, string] {
  const inner = part.slice(1, -1);
  const at = inner.indexOf('=');
  if (at < 0) throw new FieldError(`list element ${part} must be of the form [field=value]`);
  return [inner.slice(0, at), inner.slice(at + 1)];
}

/**
 * The one node that a path leads to: fields, `[name=x]` with an exact value, `[=x]`, positions, `-` for the last.
 *
 * @returns undefined when there is none.
 */
export function lookup(root: YamlNode, path: readonly string[]): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const raw of path) {
    const part = raw.trim();
    if (part === '') continue;
    if (node === undefined) return undefined;
    node = step(node, part);
  }
  return node;
}

function step(node: YamlNode, part: string): YamlNode | undefined {
  if (INDEX.test(part)) {
    if (part.startsWith('-')) throw new FieldError(`position ${part} cannot be negative`, node);
    requireKind(node, LIST);
    return node.items[Number(part)];
  }
  if (part === '-') {
    requireKind(node, LIST);
    return node.items.at(-1);
  }
  if (part === '*') throw new FieldError('a wildcard is not supported here', node);
  if (!isElement(part)) {
    if (isNull(node)) return undefined;
    requireKind(node, MAP);
    return node.get(part);
  }
  requireKind(node, LIST);
  const [key, value] = splitElement(part);
  if (key === '') return node.items.find((item) => item.value === value);
  return node.items.find((item) => item.kind === MAP && item.get(key)?.value === value);
}

/** What a path that is missing becomes: nothing, or nodes of the kind that is to be put there. */
export type CreateKind = YamlNode['kind'] | undefined;

export interface MatchOptions {
  readonly create: CreateKind;
  readonly maxPatternLength: number;
  /** Reads data inside a scalar, where a path goes on below one. */
  embedded(scalar: YamlNode): YamlNode | undefined;
}

/**
 * All nodes that a path leads to. `[name=x]` is a regular expression that may match anywhere in the value, `*` means
 * every element.
 */
export function matchPath(root: YamlNode, path: readonly string[], options: MatchOptions): YamlNode[] {
  const [part, ...rest] = path;
  if (part === undefined) return [root];
  if (INDEX.test(part) && !part.startsWith('-')) return matchIndex(root, Number(part), part, rest, options);
  if (isElement(part)) return matchElements(root, part, rest, options);
  if (part === '*') {
    requireKind(root, LIST);
    return root.items.flatMap((item) => matchPath(item, rest, options));
  }
  return matchField(root, part, rest, options);
}

/** An empty node of the kind that the next part of a path needs. */
function freshFor(next: string | undefined, create: YamlNode['kind']): YamlNode {
  if (next !== undefined && (isElement(next) || (INDEX.test(next) && !next.startsWith('-')))) return listNode();
  if (next !== undefined && next !== '') return mapNode();
  return create === SCALAR ? untyped('') : create === MAP ? mapNode() : listNode();
}

function matchField(root: YamlNode, part: string, rest: readonly string[], options: MatchOptions): YamlNode[] {
  if (!isNull(root)) requireKind(root, MAP);
  let field = isNull(root) ? undefined : root.get(part);
  if (field === undefined) {
    if (options.create === undefined) return [];
    field = freshFor(rest[0], options.create);
    setField(root, part, field);
  }
  if (field.kind === SCALAR && rest.length > 0) {
    const inner = options.embedded(field);
    return inner === undefined ? [] : matchPath(inner, rest, options);
  }
  return matchPath(field, rest, options);
}

function matchIndex(
  root: YamlNode,
  index: number,
  part: string,
  rest: readonly string[],
  options: MatchOptions,
): YamlNode[] {
  requireKind(root, LIST);
  if (index === root.items.length && options.create !== undefined) {
    root.items.push(freshFor(rest[0], options.create));
  }
  const item = root.items[index];
  if (item === undefined) {
    throw new FieldError(`index ${part} specified but only ${root.items.length} elements found`, root);
  }
  return matchPath(item, rest, options);
}

function matchElements(root: YamlNode, part: string, rest: readonly string[], options: MatchOptions): YamlNode[] {
  requireKind(root, LIST);
  const [key, expression] = splitElement(part);
  const pattern = compilePattern(expression, options.maxPatternLength);
  const search = (): YamlNode[] =>
    root.items.flatMap((item) => {
      if (key === '') return pattern.matches(printSource(item).trim()) ? [item] : [];
      const value = item.kind === MAP ? item.get(key) : undefined;
      if (value === undefined || !pattern.matches(printSource(value).trim())) return [];
      return matchPath(item, rest, options);
    });
  const found = search();
  if (found.length > 0 || options.create === undefined) return found;
  if (key === '') root.items.push(untyped(expression));
  else {
    const element = mapNode();
    element.append(key, untyped(expression));
    root.items.push(element);
  }
  return search();
}
