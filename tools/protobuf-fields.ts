/**
 * Writes the field numbers of Kubernetes' built-in types as data, from the `.proto` files in its Go modules: clients
 * written in Go, `kubectl create` among them, send built-in kinds as protobuf.
 *
 *   node tools/protobuf-fields.ts
 *
 * Needs the Go modules k8s.io/api and k8s.io/apimachinery of VERSION in the module cache (`go mod download`).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rawSchemaOf } from '../packages/apiserver/src/builtin/facts.ts';
import { builtinKinds, definitionOf } from '../packages/apiserver/src/builtin/kinds.ts';

const VERSION = 'v0.35.4';
const TARGET = join(import.meta.dirname, '../packages/apiserver/src/protobuf/fields.generated.json');
const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bytes: 'bytes',
  bool: 'bool',
  double: 'double',
  int32: 'int',
  int64: 'int',
  uint32: 'int',
  uint64: 'int',
};
const FIELD = /^ {2}(?:(optional|repeated) )?(map<string, ([\w.]+)>|[\w.]+) (\w+) = (\d+);/;

/** Number → name and type. `[]`: repeated, `{}`: a map from strings, `^`: fields of the message stand in its parent. */
type Fields = Record<string, readonly [name: string, type: string]>;

const modules = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
const files = new Map<string, ReadonlyMap<string, Fields>>();

/** `io.k8s.api.core.v1` → the messages of `k8s.io/api/core/v1/generated.proto` */
function messagesOf(pack: string): ReadonlyMap<string, Fields> {
  let messages = files.get(pack);
  if (messages === undefined) {
    const [, , module = '', ...folders] = pack.split('.');
    const path = join(modules, 'k8s.io', `${module}@${VERSION}`, ...folders, 'generated.proto');
    messages = existsSync(path) ? parse(pack, readFileSync(path, 'utf8')) : new Map();
    files.set(pack, messages);
  }
  return messages;
}

function parse(pack: string, text: string): ReadonlyMap<string, Fields> {
  const messages = new Map<string, Fields>();
  let fields: Fields = {};
  let definition = '';
  for (const line of text.split('\n')) {
    const message = /^message (\w+) \{/.exec(line);
    if (message?.[1] !== undefined) {
      fields = {};
      definition = `${pack}.${message[1]}`;
      messages.set(definition, fields);
      continue;
    }
    const [, label, type = '', mapValue, name = '', number = ''] = FIELD.exec(line) ?? [];
    if (number === '') continue;
    const full = (proto: string) =>
      SCALARS[proto] ?? (proto.startsWith('.') ? proto.replace(/^\.k8s\.io/, 'io.k8s') : `${pack}.${proto}`);
    const json = jsonName(definition, name);
    const prefix = mapValue !== undefined ? '{}' : label === 'repeated' ? '[]' : json === undefined ? '^' : '';
    fields[number] = [json ?? name, prefix + full(mapValue ?? type)];
  }
  return messages;
}

const letters = (name: string) => name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();

/** What JSON calls a field; `undefined` when it writes the fields of the message in place of it. */
function jsonName(definition: string, name: string): string | undefined {
  const properties = rawSchemaOf(definition)?.properties;
  if (properties === undefined || Object.hasOwn(properties, name)) return name;
  return Object.keys(properties).find((property) => letters(property) === letters(name));
}

const found: Record<string, Fields> = {};

function add(definition: string): void {
  if (Object.hasOwn(found, definition)) return;
  const fields = messagesOf(definition.slice(0, definition.lastIndexOf('.'))).get(definition);
  if (fields === undefined) return;
  found[definition] = fields;
  for (const [, type] of Object.values(fields)) {
    const name = type.replace(/^(\[\]|\{\}|\^)/, '');
    if (name.includes('.')) add(name);
  }
}

for (const kind of builtinKinds()) {
  // Definitions of custom kinds are never sent as protobuf: their schemas have unions that it cannot write.
  if (kind.group === 'apiextensions.k8s.io') continue;
  for (const one of [kind, ...kind.subresources]) {
    const definition = definitionOf({
      group: one.group ?? kind.group,
      version: one.version ?? kind.version,
      kind: one.kind,
    });
    if (definition !== undefined) add(definition);
  }
}
add(DELETE_OPTIONS);
const sorted = Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
const lines = Object.entries(sorted).map(([name, fields]) => `${JSON.stringify(name)}: ${JSON.stringify(fields)}`);
writeFileSync(TARGET, `{\n${lines.join(',\n')}\n}\n`);
console.log(`${lines.length} messages`);
