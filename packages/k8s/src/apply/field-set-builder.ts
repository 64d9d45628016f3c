import { type FieldNode, FieldSet } from './field-set.ts';
import type { FieldPath, PathElement } from './path-element.ts';

interface Growing {
  readonly element: PathElement;
  isMember: boolean;
  readonly below: Map<string, Growing>;
}

/** Collects paths into a set. */
export class FieldSetBuilder {
  private readonly roots = new Map<string, Growing>();

  /** Adds one field. The empty path, the whole object, is nobody's and is left out. */
  insert(path: FieldPath): void {
    let level = this.roots;
    let node: Growing | undefined;
    for (const element of path) {
      node = level.get(element.wire);
      if (node === undefined) {
        node = { element, isMember: false, below: new Map() };
        level.set(element.wire, node);
      }
      level = node.below;
    }
    if (node !== undefined) node.isMember = true;
  }

  build(): FieldSet {
    return freeze(this.roots);
  }
}

function freeze(level: ReadonlyMap<string, Growing>): FieldSet {
  const nodes = new Map<string, FieldNode>();
  for (const [wire, { element, isMember, below }] of level) {
    nodes.set(wire, { element, isMember, children: below.size === 0 ? undefined : freeze(below) });
  }
  return FieldSet.of(nodes);
}
