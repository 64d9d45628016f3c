import { compare, equal } from '../values/compare.ts';
import { Duration } from '../values/time.ts';
import { Failure, type Result, Uint, type Value } from '../values/value.ts';
import { int, uint } from './arithmetic.ts';
import { global, items, member, type Overload, sizeOf } from './function.ts';

type List = readonly Value[];

const ORDERED = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'duration', 'timestamp'];
const SUMMED = ['int', 'uint', 'double', 'duration'];

function isSorted(list: List): Result {
  for (let at = 1; at < list.length; at++) {
    const order = compare(list[at - 1] ?? null, list[at] ?? null);
    if (order === undefined) return new Failure('no such overload');
    if (order > 0) return false;
  }
  return true;
}

function extreme(name: string, sign: number): (list: List) => Result {
  return (list) => {
    const [first, ...rest] = list;
    if (first === undefined) return new Failure(`${name} called on empty list`);
    let best: Value = first;
    for (const item of rest) {
      const order = compare(item, best);
      if (order === undefined) return new Failure('no such overload');
      if (order * sign > 0) best = item;
    }
    return best;
  };
}

function sum(zero: Value): (list: List) => Result {
  return (list) => {
    let total: Result = zero;
    for (const item of list) {
      if (typeof total === 'bigint' && typeof item === 'bigint') total = int(total + item);
      else if (typeof total === 'number' && typeof item === 'number') total += item;
      else if (total instanceof Uint && item instanceof Uint) total = uint(total.value + item.value);
      else if (total instanceof Duration && item instanceof Duration) {
        total = Duration.of(total.nanos + item.nanos) ?? new Failure('duration overflow');
      } else return total instanceof Failure ? total : new Failure('no such overload');
    }
    return total;
  };
}

const ZEROS: Readonly<Record<string, Value>> = { int: 0n, uint: new Uint(0n), double: 0, duration: new Duration(0n) };

/** Kubernetes' functions of lists. */
export const LISTS: readonly Overload[] = [
  ...ORDERED.flatMap((type) => [
    member('isSorted', `list(${type}) -> bool`, isSorted, items),
    member('min', `list(${type}) -> ${type}`, extreme('min', -1), items),
    member('max', `list(${type}) -> ${type}`, extreme('max', 1), items),
  ]),
  ...SUMMED.map((type) => member('sum', `list(${type}) -> ${type}`, sum(ZEROS[type] ?? null), items)),
  member(
    'indexOf',
    'list(A), A -> int',
    (list: List, item: Value) => BigInt(list.findIndex((each) => equal(each, item))),
    items,
  ),
  member(
    'lastIndexOf',
    'list(A), A -> int',
    (list: List, item: Value) => BigInt(list.findLastIndex((each) => equal(each, item))),
    items,
  ),
];

const contains = (list: List, sublist: List): boolean =>
  sublist.every((item) => list.some((each) => equal(each, item)));
const product = (a?: Value, b?: Value): number => sizeOf(a) * sizeOf(b) + 1;

/** Lists as sets. */
export const SETS: readonly Overload[] = [
  global('sets.contains', 'list(A), list(A) -> bool', contains, product),
  global(
    'sets.equivalent',
    'list(A), list(A) -> bool',
    (a: List, b: List) => contains(a, b) && contains(b, a),
    product,
  ),
  global(
    'sets.intersects',
    'list(A), list(A) -> bool',
    (a: List, b: List) => a.some((item) => b.some((each) => equal(each, item))),
    product,
  ),
];
