import type { Overload } from './library/function.ts';
import { OPTIONALS } from './library/optionals.ts';
import { MIXED_NUMBERS, OPERATORS, STANDARD } from './library/standard.ts';
import { DYN, formatType, listOf, mapOf, optionalOf, readType, type Type } from './types/type.ts';
import { TypeValue } from './values/value.ts';

export interface EnvironmentOptions {
  /** Functions besides those of the language itself. */
  readonly functions?: readonly (readonly Overload[])[];
  /** `a.?b`, `a[?0]`, `optional.of()` and what belongs to it. */
  readonly optionals?: boolean;
  /** `1 < 1.5`: numbers of different types may be compared without a conversion, as in Kubernetes. */
  readonly mixedNumbers?: boolean;
  /** Macros of two variables: `list.all(index, item, …)`, `map.transformMap(key, value, …)`. */
  readonly pairs?: boolean;
  /** `cel.bind(name, value, expression)`. Known unless it is refused. */
  readonly bindings?: boolean;
  /** Lists and maps of values of different types are refused. */
  readonly uniformLiterals?: boolean;
}

/** What expressions may call: made once, used for many. */
export interface Environment {
  readonly optionals: boolean;
  readonly mixedNumbers: boolean;
  readonly pairs: boolean;
  readonly bindings: boolean;
  readonly uniformLiterals: boolean;
  /** Overloads by `name`; those of members by `.name`. */
  find(name: string, isMember: boolean): readonly Overload[];
  readonly functionNames: Iterable<string>;
}

export function createEnvironment(options: EnvironmentOptions = {}): Environment {
  const { functions = [], optionals = false, mixedNumbers = false } = options;
  const { pairs = false, bindings = true, uniformLiterals = false } = options;
  const table = new Map<string, Overload[]>();
  for (const overload of [OPERATORS, MIXED_NUMBERS, STANDARD, ...(optionals ? [OPTIONALS] : []), ...functions].flat()) {
    const key = overload.isMember ? `.${overload.name}` : overload.name;
    const present = table.get(key);
    if (present === undefined) table.set(key, [overload]);
    else present.push(overload);
  }
  return {
    optionals,
    mixedNumbers,
    pairs,
    bindings,
    uniformLiterals,
    find: (name, isMember) => table.get(isMember ? `.${name}` : name) ?? [],
    get functionNames() {
      return [...table.keys()].map((key) => key.replace(/^\./, '')).filter((name) => /^[a-z]/i.test(name));
    },
  };
}

const NAMED: readonly Type[] = [
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'].map(readType),
];

/** Names of types, which are values too. */
export const TYPE_NAMES: ReadonlyMap<string, { readonly value: TypeValue; readonly type: Type }> = new Map([
  ...NAMED.map((type) => named(formatType(type), type)),
  named('null_type', { kind: 'null' }),
  named('list', listOf(DYN)),
  named('map', mapOf(DYN, DYN)),
  named('type', { kind: 'type', of: DYN }),
  named('optional_type', optionalOf(DYN)),
]);

function named(name: string, of: Type): [string, { readonly value: TypeValue; readonly type: Type }] {
  return [name, { value: new TypeValue(name), type: { kind: 'type', of } }];
}
