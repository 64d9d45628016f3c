import { readFileSync } from 'node:fs';

/** Field number → name and type. `[]`: repeated, `{}`: a map from strings, `^`: its fields stand in the parent. */
export type MessageFields = Readonly<Record<string, readonly [name: string, type: string]>>;

let table: Readonly<Record<string, MessageFields>> | undefined;

/** The fields of a built-in type, by its OpenAPI name. The table is written by tools/protobuf-fields.ts. */
export function fieldsOf(definition: string): MessageFields | undefined {
  table ??= JSON.parse(readFileSync(new URL('./fields.generated.json', import.meta.url), 'utf8')) as Readonly<
    Record<string, MessageFields>
  >;
  return Object.hasOwn(table, definition) ? table[definition] : undefined;
}
