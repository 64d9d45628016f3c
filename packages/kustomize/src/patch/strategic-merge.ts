import { kindName, setField } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isNull, LIST, MAP, PLAIN, SCALAR, TAG_NULL, TAG_STRING, YamlNode } from '../yaml/node.ts';
import { type Dropped, mergeKeyedList, mergeScalarList } from './merge-list.ts';
import type { Schema, SchemaLookup } from './schema.ts';

const DIRECTIVE = '$patch';
/** Told of what a merge leaves out although the patch has it: the element, its list's path, the keys it lacks. */
export type Loss = (element: YamlNode, path: string, lacking: readonly string[]) => void;

type Directive = 'merge' | 'replace' | 'delete';

/**
 * Merges a patch into an object, kustomize's dialect: `null` deletes, `$patch` directs, lists merge where the schema
 * says so and are replaced otherwise. Changes both arguments.
 *
 * @param lost hears of elements that kustomize drops because they lack some of the keys of their list.
 * @returns undefined when the patch deletes the object.
 * @throws FieldError where patch and object differ in kind.
 */
export function mergeStrategically(
  object: YamlNode,
  patch: YamlNode,
  schemas: SchemaLookup,
  lost: Loss = () => undefined,
): YamlNode | undefined {
  return new Merge(schemas, lost).walk(object, patch, undefined)?.node;
}

interface Merged {
  readonly node: YamlNode;
  /** A null of the object that stays although nulls are otherwise left out. */
  readonly keepNull?: boolean;
}

class Merge {
  private readonly schemas: SchemaLookup;
  private readonly lost: Loss;
  /** Fields that lead to where the merge is. */
  private readonly path: string[] = [];

  constructor(schemas: SchemaLookup, lost: Loss) {
    this.schemas = schemas;
    this.lost = lost;
  }

  walk(own: YamlNode | undefined, patch: YamlNode | undefined, given: Schema | undefined): Merged | undefined {
    const kind = isNull(own) ? (isNull(patch) ? MAP : (patch as YamlNode).kind) : (own as YamlNode).kind;
    requireSame(own, kind);
    requireSame(patch, kind);
    const schema = given ?? this.schemaOf(own) ?? this.schemaOf(patch);
    if (kind === MAP) return this.map(own, patch, schema);
    adoptStyle(own, patch);
    if (kind === SCALAR || schema?.mergeKeys === undefined) {
      const node = patch ?? own;
      return node === undefined ? undefined : { node };
    }
    return this.list(own, patch, schema, schema.mergeKeys);
  }

  /** Objects inside objects bring their own schema. */
  private schemaOf(node: YamlNode | undefined): Schema | undefined {
    if (node === undefined || node.kind !== MAP) return undefined;
    const kind = node.get('kind')?.value ?? '';
    const apiVersion = node.get('apiVersion')?.value ?? '';
    return kind === '' || apiVersion === '' ? undefined : this.schemas(apiVersion, kind);
  }

  private map(own: YamlNode | undefined, patch: YamlNode | undefined, schema: Schema | undefined): Merged | undefined {
    adoptStyle(own, patch);
    const target = visitMap(own, patch);
    if (target === undefined) return undefined;
    const { node } = target;
    if (node.kind !== MAP || node.tag === TAG_NULL) return target;
    const names = new Set(node.keys);
    if (patch !== undefined && patch.kind === MAP) for (const key of patch.keys) names.add(key);
    for (const name of names) {
      this.path.push(name);
      const merged = this.walk(node.get(name), patch?.get(name), schema?.field(name));
      this.path.pop();
      if (merged !== undefined && node.indexOf(name) < 0 && !isNull(merged.node))
        addField(node, name, patch, merged.node);
      else setField(node, name, merged?.node, merged?.keepNull === true);
    }
    return target;
  }

  private list(
    own: YamlNode | undefined,
    patch: YamlNode | undefined,
    schema: Schema,
    keys: readonly string[],
  ): Merged | undefined {
    const target = visitList(own, patch);
    if (target === undefined) return undefined;
    if (target.kind !== LIST) return { node: target };
    if (keys.length === 0) return { node: mergeScalarList(target, patch) };
    const merge = (a: YamlNode | undefined, b: YamlNode | undefined, s: Schema | undefined): YamlNode | undefined =>
      this.walk(a, b, s)?.node;
    const dropped: Dropped = (element, lacking) => this.lost(element, this.path.join('.'), lacking);
    return { node: mergeKeyedList(target, patch, keys, schema.elements, merge, dropped) };
  }
}

/** Adds a field of the patch, its key written as in the patch. */
function addField(node: YamlNode, name: string, patch: YamlNode | undefined, value: YamlNode): void {
  setField(node, name, value);
  const tag = patch?.keyTags?.[patch.indexOf(name)] ?? TAG_STRING;
  if (node.keyTags !== undefined) node.keyTags[node.keyTags.length - 1] = tag;
}

function requireSame(node: YamlNode | undefined, kind: YamlNode['kind']): void {
  if (node === undefined || isNull(node) || node.kind === kind) return;
  const other = new YamlNode(kind, '', '', PLAIN, 0);
  throw new FieldError(
    `the patch and the object differ: one has ${kindName(other)}, the other ${kindName(node)}`,
    node,
  );
}

/** An empty collection takes on the style of what is merged into it. */
function adoptStyle(own: YamlNode | undefined, patch: YamlNode | undefined): void {
  if (own === undefined || patch === undefined) return;
  if (own.kind !== SCALAR && own.items.length === 0) own.style = patch.style;
}

/** What a map is merged into: the object's own, the patch's, or nothing. */
function visitMap(own: YamlNode | undefined, patch: YamlNode | undefined): Merged | undefined {
  if (own === undefined || isNull(own)) {
    if (patch !== undefined && patch.kind === MAP && directiveOf(patch, false) === 'delete') return undefined;
    if (patch !== undefined) return { node: patch };
    // A written null survives, an empty value does not.
    if (own === undefined || own.value === '') return undefined;
    return { node: new YamlNode(SCALAR, TAG_NULL, own.value, PLAIN, own.at), keepNull: true };
  }
  if (patch === undefined) return { node: own };
  if (patch.tag === TAG_NULL) return undefined;
  const directive = directiveOf(patch, true);
  if (directive === 'delete') return undefined;
  return { node: directive === 'replace' ? patch : own };
}

function visitList(own: YamlNode | undefined, patch: YamlNode | undefined): YamlNode | undefined {
  if (own === undefined || isNull(own)) return patch;
  if (patch === undefined) return own;
  if (patch.tag === TAG_NULL) return undefined;
  const directive = listDirective(patch);
  if (directive === 'delete') return undefined;
  return directive === 'replace' ? patch : own;
}

function parseDirective(text: string, node: YamlNode): Directive {
  if (text === 'merge' || text === 'replace' || text === 'delete') return text;
  throw new FieldError(`unknown patch strategy '${text}': use merge, replace or delete`, node);
}

/** Takes the directive out of a patch. */
function directiveOf(patch: YamlNode, strict: boolean): Directive {
  const node = patch.get(DIRECTIVE);
  if (node === undefined) return 'merge';
  if (!strict && node.value !== 'merge' && node.value !== 'replace' && node.value !== 'delete') return 'merge';
  const directive = parseDirective(node.value, node);
  patch.delete(DIRECTIVE);
  return directive;
}

/** An element that consists of the directive alone speaks for the whole list. */
function listDirective(patch: YamlNode): Directive {
  const element = patch.items.find((item) => item.kind === MAP && item.get(DIRECTIVE) !== undefined);
  if (element === undefined || element.keys.length > 1) return 'merge';
  const node = element.get(DIRECTIVE) as YamlNode;
  const directive = parseDirective(node.value, node);
  patch.items = patch.items.filter((item) => {
    if (isNull(item) || (item.kind === MAP && item.keys.length === 0)) return false;
    return item.kind !== MAP || item.get(DIRECTIVE)?.value !== node.value;
  });
  return directive;
}
