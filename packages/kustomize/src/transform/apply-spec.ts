import type { Gvk } from '../accumulate/resource.ts';
import { appendField, setField, setScalar } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import {
  isEmpty,
  LIST,
  listNode,
  MAP,
  mapNode,
  PLAIN,
  SCALAR,
  TAG_MAP,
  TAG_NONE,
  TAG_NULL,
  untyped,
  YamlNode,
} from '../yaml/node.ts';
import { type CompiledSpec, selects } from './field-specs.ts';

export type SetValue = (node: YamlNode) => void;

export interface Target {
  readonly setValue: SetValue;
  /** What a spec that creates makes of a missing or null field; absent: nothing is ever created. */
  readonly create?: { readonly kind: YamlNode['kind']; readonly tag: string };
}

/** Applies every spec that is meant for the object's kind. */
export function applySpecs(root: YamlNode, gvk: Gvk, specs: readonly CompiledSpec[], target: Target): void {
  for (const spec of specs) if (selects(spec, gvk)) applySpec(root, spec, target);
}

/**
 * Calls `setValue` on each node that a spec's path leads to. Lists on the way are walked through; a missing field ends
 * the way unless the spec creates it.
 *
 * @throws FieldError when the path leads into a scalar.
 */
export function applySpec(root: YamlNode, spec: CompiledSpec, target: Target): void {
  walk(root, 0, spec, target);
}

function walk(node: YamlNode, depth: number, spec: CompiledSpec, target: Target): void {
  const part = spec.parts[depth];
  if (part === undefined) {
    target.setValue(node);
    return;
  }
  if (node.tag === TAG_NULL) return;
  if (node.kind === LIST) {
    for (const item of node.items) walk(item, depth, spec, target);
    return;
  }
  if (node.kind !== MAP) {
    throw new FieldError(`expected a map or list on the way to ${spec.path}, but found a scalar`, node);
  }
  if (part.name === '') throw new FieldError(`the path ${spec.path} has an empty field name`, node);
  const isLeaf = depth === spec.parts.length - 1;
  const creates = spec.create && target.create !== undefined && !part.isList;
  let field = node.get(part.name);
  if (field === undefined) {
    if (!creates) return;
    field = isLeaf && target.create !== undefined ? fresh(target.create.kind) : mapNode();
    appendField(node, part.name, field);
  } else if (field.tag === TAG_NULL) {
    if (part.isList && !creates) revive(field, LIST, TAG_NONE);
    else if (creates) {
      if (isLeaf && target.create !== undefined) revive(field, target.create.kind, target.create.tag);
      else revive(field, MAP, TAG_MAP);
    }
  }
  walk(field, depth + 1, spec, target);
}

function fresh(kind: YamlNode['kind']): YamlNode {
  if (kind === SCALAR) return untyped('');
  return kind === MAP ? mapNode() : listNode();
}

/** A null that a spec wants filled becomes an empty node of the kind it wants. */
function revive(node: YamlNode, kind: YamlNode['kind'], tag: string): void {
  if (kind === SCALAR) node.tag = tag;
  else node.becomeEmpty(kind, tag);
}

/**
 * A setter of one entry (or, without a name, of the scalar itself). Every field it creates holds the same node: a later
 * transformer that changes one changes all, as in kustomize.
 */
export function entrySetter(name: string, value: string, tag: string): SetValue {
  const shared = new YamlNode(SCALAR, tag, value, PLAIN, 0);
  return (node) => (name === '' ? setScalar(node, shared) : setField(node, name, shared));
}

/** As entrySetter, but only where there is no value yet. */
export function entrySetterIfEmpty(name: string, value: string, tag: string): SetValue {
  const set = entrySetter(name, value, tag);
  return (node) => {
    const field = name === '' ? node : node.get(name);
    if (!isEmpty(field) && field?.value !== '') return;
    set(node);
  };
}
