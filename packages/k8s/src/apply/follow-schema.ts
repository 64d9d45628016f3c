import { type Atom, type MapType, typeOfKey } from './atom.ts';
import { type FieldNode, FieldSet } from './field-set.ts';

/**
 * Brings a set that was written under an older schema in line with the present one: who owned parts of a map or list
 * that has become atomic now owns the whole of it. (The other way around needs nothing: owning the whole stays as it is.)
 * Fields that the schema does not know are left alone.
 */
export function followSchema(set: FieldSet, atom: Atom): FieldSet {
  const { map, scalar, list } = atom;
  if (map !== undefined) return map.isFreeForm ? set : followBelow(set, (node) => typeBelowMap(map, node));
  if (scalar !== undefined || list === undefined) return set;
  return followBelow(set, list.element);
}

function typeBelowMap(map: MapType, { element }: FieldNode): Atom | undefined {
  return element.kind === 'field' ? typeOfKey(map, element.name) : map.element?.();
}

function followBelow(set: FieldSet, typeBelow: (node: FieldNode) => Atom | undefined): FieldSet {
  let nodes: Map<string, FieldNode> | undefined;
  for (const [wire, node] of set.nodes) {
    const atom = node.children === undefined ? undefined : typeBelow(node);
    if (atom === undefined || node.children === undefined) continue;
    const followed = followNode(node, node.children, atom);
    if (followed === node) continue;
    nodes ??= new Map(set.nodes);
    nodes.set(wire, followed);
  }
  return nodes === undefined ? set : FieldSet.of(nodes);
}

function followNode(node: FieldNode, below: FieldSet, atom: Atom): FieldNode {
  const isAtomic = isAtomicNow(atom);
  if (isAtomic) return { element: node.element, isMember: true, children: undefined };
  const children = followSchema(below, atom);
  return children === below ? node : { ...node, children };
}

function isAtomicNow({ map, scalar, list }: Atom): boolean {
  if (map !== undefined) return map.isAtomic && !map.isFreeForm;
  return scalar === undefined && list?.isAtomic === true;
}
