import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import { Duration, MapValue, parseDuration, parseTimestamp, Timestamp, Uint, type Value } from '@stageset/cel';

/** A case of the language's official conformance data. */
export interface ConformanceCase {
  readonly section: string;
  readonly name: string;
  readonly expr: string;
  readonly container: string;
  readonly disableCheck: boolean;
  readonly checkOnly: boolean;
  readonly types: Readonly<Record<string, unknown>>;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** The encoded value, or that there is an error. */
  readonly want: { readonly value: unknown } | 'error';
}

/** Sections that Kubernetes has: it knows no protocol buffers, and its own functions besides those of the language. */
export const SECTIONS = [
  ...['basic', 'bindings_ext', 'comparisons', 'conversions', 'encoders_ext', 'fields', 'fp_math', 'integer_math'],
  ...['lists', 'logic', 'macros', 'macros2', 'namespace', 'optionals', 'parse', 'plumbing', 'string', 'string_ext'],
  ...['timestamps', 'type_deductions'],
] as const;

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Original }[];
}

interface Original {
  readonly name?: string;
  readonly expr: string;
  readonly value?: unknown;
  readonly typedResult?: { readonly result?: unknown };
  readonly evalError?: unknown;
  readonly container?: string;
  readonly disableCheck?: boolean;
  readonly checkOnly?: boolean;
  readonly typeEnv?: readonly { readonly name?: string; readonly ident?: { readonly type?: unknown } }[];
  readonly bindings?: Readonly<Record<string, { readonly value?: unknown }>>;
}

export function conformanceCases(): readonly ConformanceCase[] {
  const found: ConformanceCase[] = [];
  const visit = (suite: Suite, section: string): void => {
    for (const { original } of suite.tests ?? []) found.push(caseOf(original, section));
    for (const inner of suite.suites ?? []) visit(inner, section);
  };
  for (const suite of (tests as unknown as Suite).suites ?? []) {
    if ((SECTIONS as readonly string[]).includes(suite.name)) visit(suite, suite.name);
  }
  return found;
}

function caseOf(original: Original, section: string): ConformanceCase {
  const { name, expr, container = '', disableCheck = false, checkOnly = false, typeEnv = [], bindings = {} } = original;
  const value = original.value ?? original.typedResult?.result;
  return {
    section,
    name: name ?? expr,
    expr,
    container,
    disableCheck,
    checkOnly,
    types: Object.fromEntries(typeEnv.map((each) => [each.name ?? '', each.ident?.type])),
    bindings: Object.fromEntries(Object.entries(bindings).map(([key, each]) => [key, each.value])),
    want: original.evalError === undefined ? { value: value ?? { boolValue: true } } : 'error',
  };
}

/** Whether a case is about messages of protocol buffers, which objects of Kubernetes are not. */
export function needsMessages({ expr, container, types, bindings, want }: ConformanceCase): boolean {
  const data = JSON.stringify([types, bindings, want]);
  return (
    (container !== '' &&
      /TestAllTypes|NullValue|\{/.test(expr + data) &&
      /proto|messageType|objectValue/.test(container + data)) ||
    /google\.protobuf\.\w+\s*\{|TestAllTypes|NestedTestAllTypes|google\.protobuf\.(?:Any|Struct|Value)|GlobalEnum/.test(
      expr,
    ) ||
    /"messageType"|"wrapper"|TestAllTypes|"enumValue"/.test(data) ||
    (/"objectValue"/.test(data) && !/protobuf\.(?:Duration|Timestamp)"/.test(data))
  );
}

interface Encoded {
  readonly [kind: string]: unknown;
}

/** A value as the data writes it (protobuf's JSON), as one of ours. */
export function decodeValue(encoded: unknown): Value {
  const [[kind, raw] = ['nullValue', null]] = Object.entries((encoded ?? {}) as Encoded);
  switch (kind) {
    case 'int64Value':
      return BigInt(raw as string);
    case 'uint64Value':
      return new Uint(BigInt(raw as string));
    case 'doubleValue':
      return Number(raw);
    case 'bytesValue':
      return Uint8Array.from(Buffer.from(raw as string, 'base64'));
    case 'listValue':
      return ((raw as { values?: unknown[] }).values ?? []).map(decodeValue);
    case 'mapValue': {
      const map = new MapValue();
      for (const { key, value } of (raw as { entries?: { key: unknown; value: unknown }[] }).entries ?? []) {
        map.add(decodeValue(key), decodeValue(value));
      }
      return map;
    }
    case 'objectValue': {
      const { '@type': type, value } = raw as { '@type': string; value: string };
      const read = type.endsWith('Duration') ? parseDuration(value) : parseTimestamp(value);
      return read instanceof Duration || read instanceof Timestamp ? read : null;
    }
    case 'stringValue':
    case 'boolValue':
      return raw as string | boolean;
    default:
      return null;
  }
}
