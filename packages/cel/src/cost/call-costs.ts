import type { Overload } from '../library/function.ts';
import { sameType } from '../types/substitution.ts';
import type { Type } from '../types/type.ts';
import { either, exactly, MOST, plus, product, type Size, scaled, sum, times, UNKNOWN } from './size.ts';

/** What is called with what, as far as an estimate sees it. */
export interface CallSite {
  readonly name: string;
  readonly overload: Overload;
  /** What a member is called upon; undefined for other functions. */
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
}

export interface Operand {
  readonly type: Type;
  /** Undefined when nothing bounds it. */
  readonly size: Size | undefined;
  /** What evaluating it may cost. */
  readonly cost: number;
  /** Of a whole number written out. */
  readonly literal: bigint | undefined;
  /** The size of a list's items. */
  readonly itemSize: () => Size;
}

/** The most that a call may cost apart from its arguments, and how large its result may be where that is known. */
export interface CallCost {
  readonly cost: number;
  readonly size?: Size;
}

type Estimate = (call: CallSite) => CallCost | undefined;

const TEXT = 0.1;
const PATTERN = 0.25;
/** The most of what a named format matches texts against. */
const FORMAT_PATTERN = 128;
const FORMAT_SIZE = 64;
const LIST = 1;
const sizeOf = (operand: Operand | undefined): Size => operand?.size ?? UNKNOWN;
const read = (size: Size, factor = TEXT): number => scaled(size.max, factor);

const nominal: Estimate = () => ({ cost: 1 });
const readsArgument: Estimate = ({ args }) => (args.length === 0 ? undefined : { cost: read(sizeOf(args[0])) });
const keepsSize: Estimate = ({ target }) =>
  target === undefined ? undefined : { cost: read(sizeOf(target)), size: sizeOf(target) };

const searches: Estimate = ({ target }) => {
  if (target === undefined) return undefined;
  if (target.type.kind !== 'list') return { cost: read(sizeOf(target)) };
  const { kind } = target.type.element;
  const item = kind === 'string' || kind === 'bytes' ? read(target.itemSize()) : 0;
  return { cost: times(sizeOf(target).max, plus(1, item)) };
};

const finds: Estimate = ({ target, args }) => {
  if (target === undefined || args.length === 0) return undefined;
  return { cost: matching(target, args[0]), size: { min: 0, max: sizeOf(target).max } };
};

function matching(text: Operand, pattern: Operand | undefined): number {
  return times(read(sum(sizeOf(text), exactly(1))), read(sizeOf(pattern), PATTERN));
}

const replaces: Estimate = ({ target, args: [part, by] }) => {
  if (target === undefined || by === undefined) return undefined;
  const [whole, found, given] = [sizeOf(target), sizeOf(part), sizeOf(by)];
  const most =
    found.min === 0
      ? plus(times(plus(whole.max, 1), given.max), whole.max)
      : given.max <= found.min
        ? whole.max
        : times(Math.ceil(whole.max / found.min), given.max);
  const least =
    found.max === 0
      ? plus(times(plus(whole.min, 1), given.min), whole.min)
      : found.max <= given.min
        ? whole.min
        : times(Math.ceil(whole.min / found.max), given.min);
  return { cost: read(whole, 2 * TEXT), size: { min: least, max: most } };
};

const splits: Estimate = ({ target, args: [, limit] }) => {
  if (target === undefined) return undefined;
  const { max } = sizeOf(target);
  const parts = limit?.literal;
  const most = parts === undefined ? max : parts < 0n ? MOST : Number(parts);
  return { cost: scaled(max, 2 * TEXT), size: { min: 0, max: most } };
};

const joins: Estimate = ({ target, args: [separator] }) => {
  if (target === undefined) return undefined;
  const count = sizeOf(target);
  const items = target.type.kind === 'list' ? product(count, target.itemSize()) : exactly(0);
  const between = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) };
  const size = separator === undefined ? items : sum(items, product(sizeOf(separator), between));
  return { cost: read(size), size };
};

/** An address is of 4 or 16 bytes; a text is read before. */
const holds =
  (own: number): Estimate =>
  ({ args: [other] }) =>
    other === undefined ? undefined : { cost: own + (other.type.kind === 'string' ? read(sizeOf(other)) : 0) };
const ADDRESSES = scaled(32, TEXT);
const NETWORKS = ADDRESSES + scaled(16, TEXT) + 1;

const sets =
  (factor: number): Estimate =>
  ({ args: [a, b] }) => ({ cost: plus(scaled(product(sizeOf(a), sizeOf(b)).max, factor), LIST) });

const PLAIN = ['net.IP', 'net.CIDR', 'kubernetes.Quantity', 'kubernetes.Semver'];

const equals: Estimate = (call) => {
  const [a, b] = call.args;
  if (a?.type.kind === 'opaque' && b !== undefined && sameType(a.type, b.type)) {
    if (PLAIN.includes(a.type.name)) return { cost: 1 };
    if (a.type.name === 'kubernetes.NamedFormat') return { cost: scaled(FORMAT_SIZE, TEXT) };
    if (a.type.name === 'kubernetes.URL') return { cost: read(b.size ?? exactly(1)) };
  }
  return compares(call);
};

/** Two values are read no further than the shorter one goes. */
const compares: Estimate = ({ args: [a, b] }) => ({
  cost: scaled(Math.min(sizeOf(a).max, sizeOf(b).max), TEXT),
});
const comparesTexts: Estimate = (call) => (isText(call.overload) ? compares(call) : undefined);

const adds: Estimate = (call) => {
  const [a, b] = call.args;
  const size = sum(sizeOf(a), sizeOf(b));
  if (call.overload.params[0]?.kind === 'list') return { cost: 1, size };
  return isText(call.overload) ? { cost: read(size), size } : undefined;
};

function isText({ params: [first] }: Overload): boolean {
  return first?.kind === 'string' || first?.kind === 'bytes';
}

const within: Estimate = ({ args, overload }) =>
  overload.params[1]?.kind === 'list' ? { cost: sizeOf(args[1]).max } : undefined;

const contains: Estimate = ({ target, args: [part] }) =>
  target === undefined ? undefined : { cost: times(read(sizeOf(target)), read(sizeOf(part))) };

const converts =
  (from: string, size: (size: Size) => Size): Estimate =>
  ({ args: [value], overload }) =>
    overload.params[0]?.kind === from ? { cost: read(sizeOf(value)), size: size(sizeOf(value)) } : undefined;

const table = (names: string, estimate: Estimate): [string, Estimate][] =>
  names.split(' ').map((name) => [name, estimate]);

/** By the name of the function, as Kubernetes estimates its own and the language those of the standard. */
const ESTIMATES: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ...table('isSorted sum max min indexOf lastIndexOf', searches),
  ...table('lowerAscii upperAscii substring trim', keepsSize),
  ...table('cidr isIP isCIDR quantity isQuantity semver isSemver', readsArgument),
  ...table('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast', nominal),
  ...table('_<_ _<=_ _>_ _>=_', comparesTexts),
  ...table('startsWith endsWith', readsArgument),
  ...table('find findAll', finds),
  ['url', ({ args: [text] }) => ({ cost: read(sizeOf(text)), size: sizeOf(text) })],
  ['replace', replaces],
  ['split', splits],
  ['join', joins],
  ['ip', (call) => (call.target === undefined ? readsArgument(call) : { cost: 1 })],
  ['ip.isCanonical', ({ args: [text] }) => ({ cost: read(sizeOf(text), 2 * TEXT) })],
  ['containsIP', holds(ADDRESSES)],
  ['containsCIDR', holds(NETWORKS)],
  ['validate', ({ args: [text] }) => ({ cost: times(read(sizeOf(text)), FORMAT_PATTERN * PATTERN) })],
  ['sets.contains', sets(1)],
  ['sets.intersects', sets(1)],
  ['sets.equivalent', sets(2)],
  ['_==_', equals],
  ['_!=_', compares],
  ['_+_', adds],
  ['@in', within],
  ['contains', contains],
  [
    'matches',
    ({ target, args: [pattern] }) => (target === undefined ? undefined : { cost: matching(target, pattern) }),
  ],
  ['bytes', converts('string', ({ min, max }) => ({ min, max: times(max, 4) }))],
  ['string', converts('bytes', ({ min, max }) => ({ min: Math.floor(min / 4), max }))],
  ['strings.quote', ({ args: [text] }) => ({ cost: read(sizeOf(text)), size: quoted(sizeOf(text)) })],
  ['format', ({ target }) => (target === undefined ? undefined : { cost: read(sizeOf(target)) })],
]);

const quoted = ({ min, max }: Size): Size => ({ min: plus(min, 2), max: plus(times(max, 2), 2) });

/** The most a call may cost together with its arguments. */
export function callCost(call: CallSite): CallCost {
  const costs = call.args.map(({ cost }) => cost);
  if (call.name === '_?_:_') {
    const [condition = 0, yes = 0, no = 0] = costs;
    const size = either(sizeOf(call.args[1]), sizeOf(call.args[2]));
    return { cost: plus(condition, Math.max(yes, no)), size };
  }
  if (call.name === '_&&_' || call.name === '_||_') return { cost: plus(...costs) };
  const own = ESTIMATES.get(call.name)?.(call) ?? { cost: 1 };
  return { ...own, cost: plus(own.cost, ...costs) };
}
