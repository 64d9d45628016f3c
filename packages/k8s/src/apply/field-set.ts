import { comparePathElements, type FieldPath, type PathElement } from './path-element.ts';

/** A step in the trie: whether the field itself is in the set, and what below it is. */
export interface FieldNode {
  readonly element: PathElement;
  readonly isMember: boolean;
  readonly children: FieldSet | undefined;
}

/**
 * A set of an object's fields, as a trie. A field in the set does not bring its parents or children along: `.spec` and
 * `.spec.replicas` are two fields. Immutable once built; the operations share what they can.
 */
export class FieldSet {
  static readonly EMPTY = new FieldSet(new Map());

  /** By wire text of the element. No node is empty: each is a member or has children. */
  readonly nodes: ReadonlyMap<string, FieldNode>;

  private constructor(nodes: ReadonlyMap<string, FieldNode>) {
    this.nodes = nodes;
  }

  /** A set over nodes that the caller gives away. Nodes that hold nothing must have been left out. */
  static of(nodes: ReadonlyMap<string, FieldNode>): FieldSet {
    return nodes.size === 0 ? FieldSet.EMPTY : new FieldSet(nodes);
  }

  /** A set of the given paths. */
  static fromPaths(paths: Iterable<FieldPath>): FieldSet {
    let set = FieldSet.EMPTY;
    for (const path of paths) set = set.union(singlePath(path));
    return set;
  }

  get isEmpty(): boolean {
    return this.nodes.size === 0;
  }

  /** The number of fields in the set. */
  get size(): number {
    let size = 0;
    for (const node of this.nodes.values()) size += (node.isMember ? 1 : 0) + (node.children?.size ?? 0);
    return size;
  }

  has(path: FieldPath): boolean {
    let set: FieldSet | undefined = this;
    let node: FieldNode | undefined;
    for (const element of path) {
      node = set?.nodes.get(element.wire);
      set = node?.children;
    }
    return node?.isMember ?? false;
  }

  /** What the set has below an element, the element left off. */
  below(element: PathElement): FieldSet {
    return this.nodes.get(element.wire)?.children ?? FieldSet.EMPTY;
  }

  /** The nodes in canonical order. */
  sorted(): FieldNode[] {
    return [...this.nodes.values()].sort((a, b) => comparePathElements(a.element, b.element));
  }

  /** Every field in the set, in canonical order: at each level the fields there, then what lies below them. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    const nodes = this.sorted();
    for (const node of nodes) if (node.isMember) yield [...prefix, node.element];
    for (const node of nodes) if (node.children !== undefined) yield* node.children.paths([...prefix, node.element]);
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.nodes.size !== other.nodes.size) return false;
    for (const [wire, node] of this.nodes) {
      const theirs = other.nodes.get(wire);
      if (theirs === undefined || theirs.isMember !== node.isMember) return false;
      if (!(node.children ?? FieldSet.EMPTY).equals(theirs.children ?? FieldSet.EMPTY)) return false;
    }
    return true;
  }

  /** Whether every field of this set is in the other. */
  isSubsetOf(other: FieldSet): boolean {
    if (this === other) return true;
    for (const [wire, node] of this.nodes) {
      const theirs = other.nodes.get(wire);
      if (theirs === undefined || (node.isMember && !theirs.isMember)) return false;
      if (node.children !== undefined && !node.children.isSubsetOf(theirs.children ?? FieldSet.EMPTY)) return false;
    }
    return true;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty || this === other) return this;
    if (this.isEmpty) return other;
    const nodes = new Map(this.nodes);
    for (const [wire, theirs] of other.nodes) {
      const ours = nodes.get(wire);
      nodes.set(wire, ours === undefined ? theirs : unite(ours, theirs));
    }
    return new FieldSet(nodes);
  }

  /** The fields in both sets. */
  intersection(other: FieldSet): FieldSet {
    if (this.isEmpty || other.isEmpty) return FieldSet.EMPTY;
    const [few, many] = this.nodes.size <= other.nodes.size ? [this, other] : [other, this];
    const nodes = new Map<string, FieldNode>();
    for (const [wire, ours] of few.nodes) {
      const theirs = many.nodes.get(wire);
      if (theirs === undefined) continue;
      put(nodes, {
        element: ours.element,
        isMember: ours.isMember && theirs.isMember,
        children: ours.children && theirs.children ? ours.children.intersection(theirs.children) : undefined,
      });
    }
    return FieldSet.of(nodes);
  }

  /** The fields of this set that are not in the other. What lies below a field is not taken away with it. */
  difference(other: FieldSet): FieldSet {
    return this.without(other, (ours, theirs) => ({
      element: ours.element,
      isMember: ours.isMember && !theirs.isMember,
      children: ours.children && theirs.children ? ours.children.difference(theirs.children) : ours.children,
    }));
  }

  /** The fields of this set that neither are in the other nor lie below a field that is. */
  recursiveDifference(other: FieldSet): FieldSet {
    return this.without(other, (ours, theirs) =>
      theirs.isMember
        ? { element: ours.element, isMember: false, children: undefined }
        : {
            element: ours.element,
            isMember: ours.isMember,
            children:
              ours.children && theirs.children ? ours.children.recursiveDifference(theirs.children) : ours.children,
          },
    );
  }

  private without(other: FieldSet, remain: (ours: FieldNode, theirs: FieldNode) => FieldNode): FieldSet {
    if (this.isEmpty || other.isEmpty) return this;
    const nodes = new Map<string, FieldNode>();
    for (const [wire, ours] of this.nodes) {
      const theirs = other.nodes.get(wire);
      if (theirs === undefined) nodes.set(wire, ours);
      else put(nodes, remain(ours, theirs));
    }
    return FieldSet.of(nodes);
  }
}

function unite(ours: FieldNode, theirs: FieldNode): FieldNode {
  const children =
    ours.children && theirs.children ? ours.children.union(theirs.children) : (ours.children ?? theirs.children);
  return { element: ours.element, isMember: ours.isMember || theirs.isMember, children };
}

/** Adds a node unless it holds nothing. */
export function put(nodes: Map<string, FieldNode>, node: FieldNode): void {
  const children = node.children?.isEmpty ? undefined : node.children;
  if (!node.isMember && children === undefined) return;
  nodes.set(node.element.wire, children === node.children ? node : { ...node, children });
}

function singlePath(path: FieldPath): FieldSet {
  let set = FieldSet.EMPTY;
  for (const [i, element] of [...path.entries()].reverse()) {
    const isMember = i === path.length - 1;
    set = FieldSet.of(new Map([[element.wire, { element, isMember, children: set.isEmpty ? undefined : set }]]));
  }
  return set;
}
