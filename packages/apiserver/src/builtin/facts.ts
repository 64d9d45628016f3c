import { readFileSync } from 'node:fs';

/** A schema as OpenAPI has it: `$ref` names another definition, and what stands beside it adds to that. */
export interface RawSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly items?: RawSchema;
  readonly additionalProperties?: RawSchema;
  readonly [keyword: string]: unknown;
}

/**
 * How Go writes a field, and its Go type. `z`: a zero value is left out; `p`: a pointer, as it was given; `v`: always
 * written; `o`: a struct, always written.
 */
export type FieldShape = `${'z' | 'p' | 'v' | 'o'}${string}`;
export type TypeShape = Readonly<Record<string, FieldShape>>;

export interface KindFacts {
  readonly kind: string;
  /** Only where it is not the group's own. */
  readonly apiVersion?: string;
  readonly definition?: string;
  readonly verbs: readonly string[];
}

export interface ResourceFacts extends KindFacts {
  readonly resource: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources: Readonly<Record<string, KindFacts>>;
}

interface GroupFacts {
  readonly groupVersion: string;
  readonly resources: readonly ResourceFacts[];
}

interface DefinitionFile {
  readonly schemas: Readonly<Record<string, RawSchema>>;
  readonly shapes: Readonly<Record<string, TypeShape>>;
}

/** The tables are written by tools/built-in-facts.ts; each is read when it is first asked for. */
const files = new Map<string, unknown>();

function read(name: string): unknown {
  let content = files.get(name);
  if (content === undefined) {
    content = JSON.parse(readFileSync(new URL(`./data/${name}.generated.json`, import.meta.url), 'utf8'));
    files.set(name, content);
  }
  return content;
}

/** Groups and their resources, in the order of discovery. */
export function groupFacts(): readonly GroupFacts[] {
  return read('kinds') as readonly GroupFacts[];
}

/** `io.k8s.api.core.v1.Pod` is kept in the file `core.v1`. */
function definitionFile(definition: string): DefinitionFile {
  const words = definition.split('.');
  return read(words.slice(-3, -1).join('.')) as DefinitionFile;
}

export function rawSchemaOf(definition: string): RawSchema | undefined {
  const { schemas } = definitionFile(definition);
  return Object.hasOwn(schemas, definition) ? schemas[definition] : undefined;
}

/** `undefined` for types that read and write themselves (`Time`, `Quantity`, raw JSON). */
export function shapeOf(definition: string): TypeShape | undefined {
  const { shapes } = definitionFile(definition);
  return Object.hasOwn(shapes, definition) ? shapes[definition] : undefined;
}

export type ColumnFacts = readonly [name: string, type: string, format: string, priority: number];

/** Columns of a kind (`apps/v1/Deployment`); `undefined` for those that show a name and a date alone. */
export function columnFacts(kind: string): readonly ColumnFacts[] | undefined {
  const tables = read('tables') as Readonly<Record<string, readonly ColumnFacts[]>>;
  return Object.hasOwn(tables, kind) ? tables[kind] : undefined;
}

/** The roles and bindings that every cluster begins with, without their API version. */
export function roleFacts(): readonly RoleFacts[] {
  return read('roles') as readonly RoleFacts[];
}

export interface RoleFacts {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}
