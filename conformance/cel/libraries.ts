import { Duration, MapValue, Timestamp, Uint, type Value } from '@stageset/cel';
import type { JsonObject } from '@stageset/k8s';
import { type ConformanceCase, decodeValue } from './cases.ts';

/** A way to evaluate expressions, to be measured. */
export interface Engine {
  readonly name: string;
  /** The answer as one text, or `error`; may throw, which is an error too. */
  run(given: ConformanceCase): string;
  /** For the clock: a program over the parts of an object. */
  compile(text: string): (object: JsonObject) => unknown;
}

/** The libraries that are installed with all that they need. */
export async function libraries(): Promise<readonly Engine[]> {
  const found = await Promise.allSettled([celJs(), bufbuild()]);
  return found.flatMap((each) => {
    if (each.status === 'fulfilled') return [each.value];
    console.error(`left out: ${String(each.reason).split('\n')[0]}`);
    return [];
  });
}

// Neither library is a dependency of what is shipped: they are loaded by name, and their shapes are read here alone.
// biome-ignore lint/suspicious/noExplicitAny: two libraries' values, only printed
type Foreign = any;

async function celJs(): Promise<Engine> {
  const { Environment, Optional } = await import('@marcbachmann/cel-js');
  const { Duration: Span, UnsignedInt } = (await import('@marcbachmann/cel-js/evaluator')) as Foreign;
  const options = { unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false, enableOptionalTypes: true };
  const environment = new Environment(options);
  const native = (value: Value): unknown => {
    if (value instanceof Uint) return new UnsignedInt(value.value);
    if (Array.isArray(value)) return value.map(native);
    if (value instanceof MapValue)
      return new Map([...value.entries()].map(([key, each]) => [native(key), native(each)]));
    if (value instanceof Timestamp) return new Date(Number(value.nanos / 1_000_000n));
    if (value instanceof Duration) return new Span(value.nanos / 1_000_000_000n, Number(value.nanos % 1_000_000_000n));
    return value;
  };
  const print = (value: Foreign): string => {
    if (value instanceof UnsignedInt) return `uint ${value.valueOf()}`;
    if (value instanceof Date) return `google.protobuf.Timestamp ${BigInt(value.getTime()) * 1_000_000n}`;
    if (value instanceof Span)
      return `google.protobuf.Duration ${value.seconds * 1_000_000_000n + BigInt(value.nanos)}`;
    if (value instanceof Optional) return value.hasValue() ? `some ${print(value.value())}` : 'none';
    if (value?.constructor?.name === 'Type') return `type ${value.name}`;
    if (value instanceof Set) return printed([...value], print, () => []);
    const entries = (map: Foreign) => (map instanceof Map ? [...map] : Object.entries(map));
    return printed(value, print, entries);
  };
  return {
    name: '@marcbachmann/cel-js 8.0.0',
    run({ expr, bindings, disableCheck }) {
      const variables = Object.fromEntries(
        Object.entries(bindings).map(([name, each]) => [name, native(decodeValue(each))]),
      );
      const program = environment.parse(expr);
      if (!disableCheck && !program.check().valid) return 'error';
      return print(program(variables));
    },
    compile(text) {
      const program = environment.parse(text);
      if (!program.check().valid) throw new Error('refused');
      // Numbers are doubles there: whole ones have to be told apart first, as everywhere.
      return (object) => program(top(object, native));
    },
  };
}

async function bufbuild(): Promise<Engine> {
  const library = (await import('@bufbuild/cel')) as Foreign;
  const { strings } = (await import('@bufbuild/cel/ext')) as Foreign;
  const environment = library.celEnv({ funcs: strings });
  const native = (value: Value): unknown => {
    if (value instanceof Uint) return library.celUint(value.value);
    if (Array.isArray(value)) return value.map(native);
    if (value instanceof MapValue)
      return new Map([...value.entries()].map(([key, each]) => [native(key), native(each)]));
    return value;
  };
  const print = (value: Foreign): string => {
    if (library.isCelError(value)) return 'error';
    if (library.isCelUint(value)) return `uint ${value.value}`;
    if (library.isCelType(value)) return `type ${value.name}`;
    if (library.isCelList(value)) return printed([...value], print, () => []);
    const { typeName } = value?.desc ?? {};
    if (typeName !== undefined) {
      const { seconds, nanos } = value.message;
      return `${typeName} ${seconds * 1_000_000_000n + BigInt(nanos)}`;
    }
    return printed(value, print, (map) => [...map.entries()]);
  };
  return {
    name: '@bufbuild/cel 0.6.1',
    run({ expr, bindings }) {
      const variables = Object.fromEntries(
        Object.entries(bindings).map(([name, each]) => [name, native(decodeValue(each))]),
      );
      return print(library.plan(environment, library.parse(expr))(variables));
    },
    compile(text) {
      const program = library.plan(environment, library.parse(text));
      return (object) => program(top(object, native));
    },
  };
}

function printed(
  value: Foreign,
  print: (value: Foreign) => string,
  entries: (map: Foreign) => readonly Foreign[],
): string {
  if (value === null) return 'null_type null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'boolean') return `bool ${value}`;
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? '0' : value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  const pairs = entries(value).map(([key, each]: readonly Foreign[]) => `${print(key)}: ${print(each)}`);
  return `{${pairs.sort().join(', ')}}`;
}

function top(object: JsonObject, native: (value: Value) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, native(wholes(value))]));
}

function wholes(json: unknown): Value {
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(wholes);
  if (typeof json !== 'object' || json === null) return json as Value;
  const map = new MapValue();
  for (const [key, value] of Object.entries(json)) map.add(key, wholes(value));
  return map;
}
