import { type Quantity as Amount, compareQuantities, parseQuantity } from '@stageset/k8s';
import { Failure, Opaque, type Result } from '../values/value.ts';
import { global, member, type Overload, traversal } from './function.ts';

const TYPE = 'kubernetes.Quantity';
const NANOS = 1_000_000_000n;
const MAX_INT = 2n ** 63n - 1n;

/** `resource.Quantity` as a value: equal when the amounts are, however they are written. */
class Quantity extends Opaque {
  override readonly type = TYPE;
  readonly amount: Amount;

  constructor(amount: Amount) {
    super();
    this.amount = amount;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Quantity && compareQuantities(this.amount, other.amount) === 0;
  }
}

function quantity(text: string): Result {
  const parsed = parseQuantity(text);
  return parsed.ok ? new Quantity(parsed.quantity) : new Failure(parsed.message);
}

function isWhole({ amount: { nanos } }: Quantity): boolean {
  const whole = nanos / NANOS;
  return nanos % NANOS === 0n && whole <= MAX_INT && whole >= -MAX_INT - 1n;
}

function sum({ amount }: Quantity, other: bigint): Quantity {
  return new Quantity({ ...amount, nanos: amount.nanos + other });
}

const order = (a: Quantity, b: Quantity): number => compareQuantities(a.amount, b.amount);

/** Kubernetes' own functions of quantities. */
export const KUBERNETES_FUNCTIONS: readonly Overload[] = [
  global('quantity', `string -> ${TYPE}`, quantity, traversal),
  global('isQuantity', 'string -> bool', (text: string) => parseQuantity(text).ok, traversal),
  member('isInteger', `${TYPE} -> bool`, isWhole),
  member('asInteger', `${TYPE} -> int`, (of: Quantity) =>
    isWhole(of) ? of.amount.nanos / NANOS : new Failure('cannot convert value to integer'),
  ),
  member('asApproximateFloat', `${TYPE} -> double`, (of: Quantity) => Number(of.amount.nanos) / 1e9),
  global('sign', `${TYPE} -> int`, ({ amount }: Quantity) => (amount.nanos > 0n ? 1n : amount.nanos < 0n ? -1n : 0n)),
  member('compareTo', `${TYPE}, ${TYPE} -> int`, (a: Quantity, b: Quantity) => BigInt(Math.sign(order(a, b)))),
  member('isGreaterThan', `${TYPE}, ${TYPE} -> bool`, (a: Quantity, b: Quantity) => order(a, b) > 0),
  member('isLessThan', `${TYPE}, ${TYPE} -> bool`, (a: Quantity, b: Quantity) => order(a, b) < 0),
  member('add', `${TYPE}, ${TYPE} -> ${TYPE}`, (a: Quantity, b: Quantity) => sum(a, b.amount.nanos)),
  member('add', `${TYPE}, int -> ${TYPE}`, (a: Quantity, b: bigint) => sum(a, b * NANOS)),
  member('sub', `${TYPE}, ${TYPE} -> ${TYPE}`, (a: Quantity, b: Quantity) => sum(a, -b.amount.nanos)),
  member('sub', `${TYPE}, int -> ${TYPE}`, (a: Quantity, b: bigint) => sum(a, -b * NANOS)),
];
