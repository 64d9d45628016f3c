import { isJsonArray, isJsonObject, type JsonObject, own, setOwn } from '../json/value.ts';
import { type Atom, type ListType, type MapType, narrow, typeOfKey } from './atom.ts';
import { type ListItem, listItems } from './list-items.ts';

/**
 * Lays an applied configuration over a live value. What the configuration names takes its value; nothing is removed.
 * Items of sets and keyed lists keep the live order where the configuration does not say otherwise, and take the
 * configuration's order among the items it names. Both values must fit the type; shares what it can with either.
 */
export function mergeApplied(live: unknown, applied: unknown, atom: Atom): unknown {
  if (live === undefined && applied === undefined) return undefined;
  const { map, scalar, list } = narrow(atom, applied === undefined ? live : applied);
  if (map !== undefined) return mergeMaps(live, applied, map);
  if (scalar !== undefined || list === undefined) return applied === undefined ? live : applied;
  return mergeLists(live, applied, list);
}

/** Two values that hold nothing are told apart (null, empty, absent) as leaves are. */
function mergeMaps(live: unknown, applied: unknown, type: MapType): unknown {
  const left = isJsonObject(live) ? live : undefined;
  const right = isJsonObject(applied) ? applied : undefined;
  if (type.isAtomic || (isEmptyMap(left) && isEmptyMap(right))) return applied === undefined ? live : applied;
  if (right === undefined) return live;
  const merged: Record<string, unknown> = {};
  const keys = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  for (const key of keys) {
    const atom = typeOfKey(type, key);
    if (atom === undefined) continue;
    const value = mergeApplied(left && own(left, key), right && own(right, key), atom);
    if (value !== undefined) setOwn(merged, key, value);
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function isEmptyMap(value: JsonObject | undefined): boolean {
  return value === undefined || Object.keys(value).length === 0;
}

function mergeLists(live: unknown, applied: unknown, type: ListType): unknown {
  const left = isJsonArray(live) ? live : [];
  const right = isJsonArray(applied) ? applied : [];
  if (type.isAtomic || (left.length === 0 && right.length === 0)) return applied === undefined ? live : applied;
  if (right.length === 0) return live;
  const merged = new ListMerge(type, listItems(type, left), listItems(type, right)).run();
  return merged.length === 0 ? undefined : merged;
}

/** One walk over both lists at once; see {@link mergeApplied} for the order it keeps. */
class ListMerge {
  private readonly type: Atom;
  private readonly live: readonly ListItem[];
  private readonly applied: readonly ListItem[];
  /** Live values by element; null where several live items share one, which are then replaced and not merged. */
  private readonly liveValues = new Map<string, unknown>();
  private readonly appliedWires: ReadonlySet<string>;
  /** The applied items that are live too, in the applied order: the order in which they may come out. */
  private readonly shared: readonly string[];
  private nextLive = 0;
  private nextApplied = 0;
  private nextShared = 0;
  private readonly taken = new Set<string>();
  private readonly out: unknown[] = [];

  constructor(type: ListType, live: readonly ListItem[], applied: readonly ListItem[]) {
    this.type = type.element();
    this.live = live;
    this.applied = applied;
    for (const { element, value } of live) {
      this.liveValues.set(element.wire, this.liveValues.has(element.wire) ? null : value);
    }
    this.appliedWires = new Set(applied.map(({ element }) => element.wire));
    this.shared = applied.map(({ element }) => element.wire).filter((wire) => this.liveValues.has(wire));
  }

  run(): unknown[] {
    for (;;) {
      const left = this.live[this.nextLive];
      const right = this.applied[this.nextApplied];
      if (left === undefined && right === undefined) return this.out;
      const isSame = left !== undefined && left.element.wire === right?.element.wire;
      if (left !== undefined && !isSame && this.passes(left, right)) {
        this.nextLive++;
        continue;
      }
      if (left !== undefined && (isSame || this.taken.has(left.element.wire))) this.nextLive++;
      if (right !== undefined) this.takeApplied(right, isSame);
    }
  }

  /** Whether the walk moves on in the live list alone. An item that only the live list has is put out here. */
  private passes(left: ListItem, right: ListItem | undefined): boolean {
    if (this.appliedWires.has(left.element.wire)) return right !== undefined && this.comesLater(left);
    this.push(mergeApplied(left.value, undefined, this.type));
    return true;
  }

  /** Of an item that the configuration names too: whether its turn, by the configuration's order, is not now. */
  private comesLater({ element }: ListItem): boolean {
    const next = this.shared[this.nextShared];
    return next !== undefined && next !== element.wire;
  }

  private takeApplied({ element: { wire }, value }: ListItem, isSame: boolean): void {
    this.taken.add(wire);
    this.push(mergeApplied(this.liveValues.get(wire), value, this.type));
    if (isSame || this.shared[this.nextShared] === wire) this.nextShared++;
    this.nextApplied++;
  }

  private push(value: unknown): void {
    if (value !== undefined) this.out.push(value);
  }
}
