import table from './merge-keys.generated.json' with { type: 'json' };

/**
 * What a strategic merge needs to know of a type: which lists merge, and by which keys. Only fields that lead to such a
 * list are listed; everything else is replaced.
 */
export interface Schema {
  field(name: string): Schema | undefined;
  /** The schema of a list's elements. */
  readonly elements: Schema | undefined;
  /** Keys that identify elements, none for lists of scalars; undefined when the list is replaced. */
  readonly mergeKeys: readonly string[] | undefined;
}

/** Looks up the schema of a kind. */
export type SchemaLookup = (apiVersion: string, kind: string) => Schema | undefined;

/** An entry of the table: a type, a merging list of scalars, or `[keys, type]`, where `*` marks a map of that type. */
type Field = number | string | readonly (string | number | null)[];
type TypeTable = Readonly<Record<string, Field>>;

const TYPES = table.types as unknown as readonly TypeTable[];
const KINDS = table.kinds as Readonly<Record<string, number>>;

class TypeSchema implements Schema {
  readonly mergeKeys = undefined;
  readonly elements = undefined;
  private readonly fields: TypeTable;

  constructor(fields: TypeTable) {
    this.fields = fields;
  }

  field(name: string): Schema | undefined {
    if (!Object.hasOwn(this.fields, name)) return undefined;
    const field = this.fields[name] as Field;
    if (typeof field === 'number') return typeAt(field);
    if (typeof field === 'string') return new ListSchema(field, undefined);
    const [keys, type] = field;
    const inner = typeof type === 'number' ? typeAt(type) : undefined;
    if (keys === '*') return new MapSchema(inner);
    return new ListSchema(typeof keys === 'string' ? keys : undefined, inner);
  }
}

class ListSchema implements Schema {
  readonly elements: Schema | undefined;
  readonly mergeKeys: readonly string[] | undefined;

  constructor(keys: string | undefined, elements: Schema | undefined) {
    this.mergeKeys = keys === undefined ? undefined : keys === '' ? [] : keys.split(',');
    this.elements = elements ?? EMPTY;
  }

  field(): undefined {
    return undefined;
  }
}

class MapSchema implements Schema {
  readonly mergeKeys = undefined;
  readonly elements = undefined;
  private readonly values: Schema | undefined;

  constructor(values: Schema | undefined) {
    this.values = values;
  }

  field(): Schema | undefined {
    return this.values;
  }
}

const EMPTY: Schema = new TypeSchema({});
const cache = new Map<number, Schema>();

function typeAt(index: number): Schema {
  let schema = cache.get(index);
  if (schema === undefined) {
    schema = new TypeSchema(TYPES[index] as TypeTable);
    cache.set(index, schema);
  }
  return schema;
}

/** Whether kustomize knows the kind without a custom schema. */
export function isBuiltin(apiVersion: string, kind: string): boolean {
  return Object.hasOwn(KINDS, `${apiVersion}/${kind}`);
}

/** The types that kustomize has built in: Kubernetes 1.21. */
export const builtinSchema: SchemaLookup = (apiVersion, kind) => {
  const key = `${apiVersion}/${kind}`;
  return Object.hasOwn(KINDS, key) ? typeAt(KINDS[key] as number) : undefined;
};
