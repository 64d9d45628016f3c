import { deepEqual } from '../json/equality.ts';
import { isJsonArray, isJsonObject, type JsonObject, own } from '../json/value.ts';
import { type Atom, DEDUCED, type ListType, type MapType, narrow, typeOfKey } from './atom.ts';
import type { FieldSet } from './field-set.ts';
import { FieldSetBuilder } from './field-set-builder.ts';
import { listItems } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/** How one value differs from another. No field is in more than one of the sets. */
export interface Comparison {
  /** Fields that only the new value has. */
  readonly added: FieldSet;
  /** Fields that both have, with different values. */
  readonly modified: FieldSet;
  /** Fields that only the old value has. */
  readonly removed: FieldSet;
}

/** Compares two values of one type. Both must fit it. */
export function compare(before: unknown, after: unknown, atom: Atom): Comparison {
  const walk = new CompareWalk();
  walk.visit(before, after, atom);
  return { added: walk.added.build(), modified: walk.modified.build(), removed: walk.removed.build() };
}

class CompareWalk {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();
  private readonly path: PathElement[] = [];

  visit(before: unknown, after: unknown, atom: Atom): void {
    if (before === after) return;
    const old = narrow(atom, before);
    const now = narrow(atom, after);
    let isLeaf: boolean;
    if (after === undefined) isLeaf = this.visitAs(old, before, after);
    else if (before === undefined || old === now) isLeaf = this.visitAs(now, before, after);
    else {
      // The value changed its form. What the old form held is gone, what the new one holds is there.
      this.visitAs(old, before, after);
      isLeaf = this.visitAs(now, before, after);
    }
    if (isLeaf) return;
    if (before === undefined) this.added.insert(this.path);
    else if (after === undefined) this.removed.insert(this.path);
  }

  /** Returns whether the value was compared as one field. */
  private visitAs({ map, scalar, list }: Atom, before: unknown, after: unknown): boolean {
    if (map !== undefined) return this.visitMaps(map, before, after);
    if (scalar === undefined && list !== undefined) return this.visitLists(list, before, after);
    return this.visitLeaf(before, after);
  }

  private visitLeaf(before: unknown, after: unknown): true {
    if (before === undefined) this.added.insert(this.path);
    else if (after === undefined) this.removed.insert(this.path);
    else if (!deepEqual(before, after)) this.modified.insert(this.path);
    return true;
  }

  private visitMaps(type: MapType, before: unknown, after: unknown): boolean {
    const old: JsonObject = isJsonObject(before) ? before : {};
    const now: JsonObject = isJsonObject(after) ? after : {};
    const oldKeys = Object.keys(old);
    const newKeys = Object.keys(now);
    if (type.isAtomic || (oldKeys.length === 0 && newKeys.length === 0)) return this.visitLeaf(before, after);
    for (const key of oldKeys) this.visitBelow(fieldElement(key), old[key], own(now, key), typeOfKey(type, key));
    for (const key of newKeys) {
      if (!Object.hasOwn(old, key)) this.visitBelow(fieldElement(key), undefined, now[key], typeOfKey(type, key));
    }
    return false;
  }

  private visitBelow(element: PathElement, before: unknown, after: unknown, atom: Atom | undefined): void {
    if (before === after) return;
    this.path.push(element);
    this.visit(before, after, atom ?? DEDUCED);
    this.path.pop();
  }

  private visitLists(type: ListType, before: unknown, after: unknown): boolean {
    const old = isJsonArray(before) ? before : [];
    const now = isJsonArray(after) ? after : [];
    if (type.isAtomic || (old.length === 0 && now.length === 0)) return this.visitLeaf(before, after);
    const oldItems = groupItems(type, old);
    const newItems = groupItems(type, now);
    const atom = type.element();
    for (const [wire, { element, values }] of oldItems) {
      this.visitItems(element, values, newItems.get(wire)?.values ?? [], atom);
    }
    for (const [wire, { element, values }] of newItems) {
      if (!oldItems.has(wire)) this.visitItems(element, [], values, atom);
    }
    return false;
  }

  /** The items of one element on both sides. Items that share it are compared together, as one field. */
  private visitItems(element: PathElement, old: readonly unknown[], now: readonly unknown[], atom: Atom): void {
    const path = [...this.path, element];
    if (old.length >= 2 && now.length >= 2) {
      if (!deepEqual(old, now)) this.modified.insert(path);
    } else if (old.length >= 2) {
      if (now.length > 0) this.visitBelow(element, undefined, now[0], atom);
      this.removed.insert(path);
    } else if (now.length >= 2) {
      if (old.length > 0) this.visitBelow(element, old[0], undefined, atom);
      this.added.insert(path);
    } else {
      this.visitBelow(element, old[0], now[0], atom);
    }
  }
}

interface ItemGroup {
  readonly element: PathElement;
  readonly values: unknown[];
}

function groupItems(type: ListType, items: readonly unknown[]): Map<string, ItemGroup> {
  const groups = new Map<string, ItemGroup>();
  for (const { element, value } of listItems(type, items)) {
    const group = groups.get(element.wire);
    if (group === undefined) groups.set(element.wire, { element, values: [value] });
    else group.values.push(value);
  }
  return groups;
}
