import {
  BOOL,
  Budget,
  BYTES,
  compileExpression,
  createEnvironment,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  LIBRARIES,
  listOf,
  mapOf,
  optionalOf,
  STRING,
  TIMESTAMP,
  type Type,
  typeName,
  UINT,
  type Value,
} from '@stageset/cel';
import { type ConformanceCase, decodeValue } from './cases.ts';

/** What an engine made of a case: a value of ours, the name of a type, or an error. */
export type Outcome = { readonly value: Value } | { readonly error: string };

const environment = createEnvironment({
  functions: [LIBRARIES.strings, LIBRARIES.newerStrings, LIBRARIES.encoders],
  optionals: true,
  mixedNumbers: true,
  pairs: true,
});

export function runOurs(given: ConformanceCase): Outcome {
  const variables = new Map(Object.entries(given.types).map(([name, type]) => [name, decodeType(type)]));
  const compiled = compileExpression(given.expr, { environment, variables, checked: !given.disableCheck });
  if (!compiled.ok) return { error: compiled.problem.message };
  const bindings = new Map(Object.entries(given.bindings).map(([name, value]) => [name, decodeValue(value)]));
  const evaluated = compiled.program.evaluate(bindings, new Budget(1_000_000));
  return evaluated.ok ? { value: evaluated.value } : { error: evaluated.message };
}

const PRIMITIVES: Readonly<Record<string, Type>> = { BOOL, INT64: INT, UINT64: UINT, DOUBLE, STRING, BYTES };

function decodeType(type: unknown): Type {
  const [[kind, of] = ['dyn', {}]] = Object.entries((type ?? {}) as Record<string, unknown>);
  const parts = of as Record<string, unknown>;
  switch (kind) {
    case 'primitive':
      return PRIMITIVES[of as string] ?? DYN;
    case 'wellKnown':
      return of === 'TIMESTAMP' ? TIMESTAMP : of === 'DURATION' ? DURATION : DYN;
    case 'listType':
      return listOf(decodeType(parts['elemType']));
    case 'mapType':
      return mapOf(decodeType(parts['keyType']), decodeType(parts['valueType']));
    case 'abstractType':
      return parts['name'] === 'optional_type'
        ? optionalOf(decodeType((parts['parameterTypes'] as unknown[])[0]))
        : DYN;
    default:
      return DYN;
  }
}

/** One text for one value, so that answers of engines can be compared. */
export function shown(value: Value): string {
  const name = typeName(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (name === 'map') {
    const entries = [
      ...(value as unknown as Iterable<never> & { entries(): Iterable<readonly [Value, Value]> }).entries(),
    ];
    return `{${entries
      .map(([key, each]) => `${shown(key)}: ${shown(each)}`)
      .sort()
      .join(', ')}}`;
  }
  if (name === 'optional_type') {
    const { value: inner } = value as { value: Value | undefined };
    return inner === undefined ? 'none' : `some ${shown(inner)}`;
  }
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? '0' : value}`;
  if (typeof value === 'object' && value !== null) {
    const inner = value as { value?: bigint; nanos?: bigint; name?: string };
    return `${name} ${inner.value ?? inner.nanos ?? inner.name}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : `${name} ${value}`;
}

export function wanted(want: ConformanceCase['want']): string {
  if (want === 'error') return 'error';
  const value = want.value as Record<string, unknown>;
  if ('typeValue' in value) return `type ${value['typeValue']}`;
  return shown(decodeValue(value));
}
