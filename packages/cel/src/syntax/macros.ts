import { didYouMean, ProblemAt } from '../problem.ts';
import { BOOL, INT } from '../types/type.ts';
import type { Expression, Fold } from './ast.ts';

interface MacroCall {
  readonly at: number;
  readonly nameAt: number;
  readonly name: string;
  readonly target?: Expression;
  readonly args: readonly Expression[];
  /** Whether macros of two variables are known. */
  readonly pairs: boolean;
  /** Whether `cel.bind()` is known. */
  readonly bindings: boolean;
}

const ACCUMULATOR = '@result';
/** What optMap() is called upon: kept, so that it is evaluated once. */
const TARGET = '@target';

/** What a macro stands for, or undefined when the call is none. */
export function expandMacro(call: MacroCall): Expression | undefined {
  const { name, target, args } = call;
  if (target === undefined) return name === 'has' && args.length === 1 ? has(call) : undefined;
  if (call.bindings && name === 'bind' && target.kind === 'name' && target.name === 'cel' && args.length === 3)
    return bind(call);
  if (name === 'optMap' || name === 'optFlatMap') return args.length === 2 ? optionalMap(call, target) : undefined;
  if (args.length < 2 || args.length > 4) return undefined;
  const expand = Object.hasOwn(FOLDS, name) ? FOLDS[name] : undefined;
  return expand === undefined ? transformed(call, target) : expand(call, target);
}

function has({ args, at }: MacroCall): Expression {
  const [argument] = args;
  if (argument?.kind === 'select' && !argument.test && !argument.optional) return { ...argument, at, test: true };
  throw new ProblemAt(argument?.at ?? at, 'invalid argument to has() macro', 'has() takes a field: has(self.field)');
}

const literal = (at: number, value: boolean | bigint): Expression => ({
  kind: 'literal',
  at,
  value,
  type: typeof value === 'boolean' ? BOOL : INT,
});
const accumulator = (at: number): Expression => ({ kind: 'name', at, name: ACCUMULATOR });
const call = (at: number, name: string, ...args: readonly Expression[]): Expression => ({
  kind: 'call',
  at,
  name,
  args,
});
const list = (at: number, ...values: readonly Expression[]): Expression => ({
  kind: 'list',
  at,
  items: values.map((value) => ({ value, optional: false })),
});

type Expand = (call: MacroCall, range: Expression) => Expression | undefined;

/** The parts that differ from one macro to the other. */
type Parts = Pick<Fold, 'start' | 'condition' | 'step' | 'result'>;

function quantifier(parts: (predicate: Expression, at: number) => Parts): Expand {
  return ({ at, args, pairs }, range) => {
    const predicate = args.at(-1);
    if (predicate === undefined || args.length > (pairs ? 3 : 2)) return undefined;
    return {
      kind: 'fold',
      at,
      range,
      accumulator: ACCUMULATOR,
      ...variables(args.slice(0, -1)),
      ...parts(predicate, at),
    };
  };
}

const FOLDS: Readonly<Record<string, Expand>> = {
  all: quantifier((predicate, at) => ({
    start: literal(at, true),
    condition: call(at, '@not_strictly_false', accumulator(at)),
    step: call(at, '_&&_', accumulator(at), predicate),
    result: accumulator(at),
  })),
  exists: quantifier((predicate, at) => ({
    start: literal(at, false),
    condition: call(at, '@not_strictly_false', call(at, '!_', accumulator(at))),
    step: call(at, '_||_', accumulator(at), predicate),
    result: accumulator(at),
  })),
  exists_one: exactlyOne(),
  existsOne: exactlyOne(),
  map: (macro, range) => {
    const { args, at } = macro;
    const transform = args.at(-1);
    if (transform === undefined || args.length > 3) return undefined;
    return collected(macro, range, transform, args.length === 3 ? args[1] : undefined, at);
  },
  filter: (macro, range) => {
    const [variable, predicate] = macro.args;
    if (variable === undefined || macro.args.length !== 2) return undefined;
    return collected(macro, range, variable, predicate, macro.at);
  },
};

/** Macros of two variables: the index or key, and the value. */
const TWO_VARIABLES: Readonly<
  Record<
    string,
    (
      key: Expression,
      value: Expression,
    ) => Pick<Fold, 'start'> & { add: (into: Expression, transform: Expression) => Expression }
  >
> = {
  transformList: ({ at }) => ({
    start: list(at),
    add: (into, transform) => call(at, '_+_', into, list(at, transform)),
  }),
  transformMap: (key) => ({
    start: { kind: 'map', at: key.at, entries: [] },
    add: (into, transform) => call(key.at, '@mapInsert', into, key, transform),
  }),
  transformMapEntry: ({ at }) => ({
    start: { kind: 'map', at, entries: [] },
    add: (into, transform) => call(at, '@mapInsert', into, transform),
  }),
};

function transformed({ name, args, at, pairs }: MacroCall, range: Expression): Expression | undefined {
  const [key, value, third, fourth] = args;
  const parts = Object.hasOwn(TWO_VARIABLES, name) ? TWO_VARIABLES[name] : undefined;
  if (!pairs || parts === undefined || key === undefined || value === undefined || third === undefined)
    return undefined;
  const { start, add } = parts(key, value);
  const added = add(accumulator(at), fourth ?? third);
  return {
    kind: 'fold',
    at,
    range,
    accumulator: ACCUMULATOR,
    ...variables([key, value]),
    start,
    condition: literal(at, true),
    step: fourth === undefined ? added : call(at, '_?_:_', third, added, accumulator(at)),
    result: accumulator(at),
  };
}

function exactlyOne(): Expand {
  return quantifier((predicate, at) => ({
    start: literal(at, 0n),
    condition: literal(at, true),
    step: call(at, '_?_:_', predicate, call(at, '_+_', accumulator(at), literal(at, 1n)), accumulator(at)),
    result: call(at, '_==_', accumulator(at), literal(at, 1n)),
  }));
}

function collected(
  { args }: MacroCall,
  range: Expression,
  transform: Expression,
  predicate: Expression | undefined,
  at: number,
): Expression {
  const added = call(at, '_+_', accumulator(at), list(at, transform));
  return {
    kind: 'fold',
    at,
    range,
    accumulator: ACCUMULATOR,
    ...variables(args.slice(0, 1)),
    start: list(at),
    condition: literal(at, true),
    step: predicate === undefined ? added : call(at, '_?_:_', predicate, added, accumulator(at)),
    result: accumulator(at),
  };
}

function variables(names: readonly Expression[]): Pick<Fold, 'variable' | 'second'> {
  const [variable = '', second] = names.map((name) => {
    if (name.kind === 'name' && !name.name.startsWith('.') && name.name !== ACCUMULATOR) return name.name;
    throw new ProblemAt(
      name.at,
      'argument must be a simple name',
      'the first argument names each item: list.all(item, item > 0)',
    );
  });
  if (variable !== second) return second === undefined ? { variable } : { variable, second };
  throw new ProblemAt(names[1]?.at ?? 0, `duplicate variable name: ${variable}`);
}

/** `cel.bind(name, value, expression)`: a fold over nothing whose accumulator has the name. */
function bind({ at, args }: MacroCall): Expression {
  const [name, value, expression] = args;
  if (name?.kind !== 'name' || value === undefined || expression === undefined) {
    throw new ProblemAt(name?.at ?? at, 'cel.bind() variable names must be simple identifiers');
  }
  return bound(at, name.name, value, expression);
}

function bound(at: number, name: string, value: Expression, expression: Expression): Expression {
  return {
    kind: 'fold',
    at,
    range: list(at),
    variable: '#unused',
    accumulator: name,
    start: value,
    condition: literal(at, false),
    step: { kind: 'name', at, name },
    result: expression,
  };
}

function optionalMap({ at, args, name }: MacroCall, target: Expression): Expression {
  const [variable, expression] = args;
  if (variable?.kind !== 'name' || expression === undefined) {
    throw new ProblemAt(variable?.at ?? at, `${name}() variable name must be a simple identifier`);
  }
  const held: Expression = { kind: 'name', at, name: TARGET };
  const value: Expression = { kind: 'call', at, name: 'value', target: held, args: [] };
  const body = bound(at, variable.name, value, expression);
  const some: Expression = name === 'optMap' ? call(at, 'optional.of', body) : body;
  const isThere: Expression = { kind: 'call', at, name: 'hasValue', target: held, args: [] };
  return bound(at, TARGET, target, call(at, '_?_:_', isThere, some, call(at, 'optional.none')));
}

/** Names that an unknown function may have meant. */
export const MACROS = ['has', 'all', 'exists', 'exists_one', 'map', 'filter'] as const;

export function macroMeant(name: string): string | undefined {
  return didYouMean(name, MACROS);
}
