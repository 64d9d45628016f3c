import type { Random } from '../../support/random.ts';
import type { Node } from './schemas.ts';

const TEXTS = ['', 'a', 'b', 'ab', 'abc', 'one', 'two', 'az', '42', 'ünï', '𝕏', 'A b', 'a\nb'];
const NUMBERS = [0, 1, 2, 3, 4, 10, -1, 1.5, 0.5, 0.3, 100, 2147483648];
/** For each format some texts that have it, and some that nearly do. */
const FORMATTED: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05.5+01:00', '2024-13-02T03:04:05Z', '2024-01-02'],
  date: ['2024-01-02', '2024-02-30', '24-1-2'],
  duration: ['1h', '1h30m', '90s', '1d', '', '-5m'],
  byte: ['YQ==', 'YWI=', 'YQ', '!'],
  ipv4: ['10.0.0.1', '10.0.0.256', '::1'],
  ipv6: ['::1', 'fe80::1%eth0', '10.0.0.1', '::ffff:10.0.0.1'],
  ip: ['10.0.0.1', '::1', '1.2.3'],
  cidr: ['10.0.0.0/8', '10.0.0.1/33', '::/0'],
  uri: ['https://example.com/a?b#c', '/relative', 'a b', 'mailto:x@y'],
  email: ['a@example.com', 'a', 'A <a@example.com>'],
  uuid: ['01234567-89ab-cdef-0123-456789abcdef', '0123456789abcdef0123456789abcdef', 'x'],
  hostname: ['example.com', '-a', 'a_b', 'A.b'],
  mac: ['01:23:45:67:89:ab', '01-23-45-67-89-AB', 'x'],
  password: ['secret'],
};
const JUNK: readonly unknown[] = [
  null,
  '',
  'zzz',
  0,
  -1,
  1.5,
  99,
  true,
  false,
  [],
  {},
  [1, 1],
  ['a', 'a'],
  { x: 1 },
  [{ k: 'a' }, { k: 'a' }],
  [null],
  { a: null },
];
const MAX_ITEMS = 3;

/** A value that mostly fits a schema. */
export function valueNear(schema: Node, random: Random): unknown {
  const choices = schema['enum'] as readonly unknown[] | undefined;
  if (choices !== undefined && choices.length > 0 && random.chance(0.8)) return structuredClone(random.pick(choices));
  if (schema['nullable'] === true && random.chance(0.2)) return null;
  if (schema['x-kubernetes-int-or-string'] === true)
    return random.chance(0.5) ? random.pick([0, 1, 5]) : random.pick(TEXTS);
  switch (schema['type']) {
    case 'string':
      return textNear(schema, random);
    case 'integer':
    case 'number':
      return numberNear(schema, random);
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return listNear(schema, random);
    case 'object':
      return objectNear(schema, random);
    default:
      return structuredClone(random.pick(JUNK));
  }
}

function textNear({ format, minLength }: Node, random: Random): string {
  const formatted = typeof format === 'string' && Object.hasOwn(FORMATTED, format) ? FORMATTED[format] : undefined;
  if (formatted !== undefined && random.chance(0.9))
    return random.chance(0.6) ? (formatted[0] ?? '') : random.pick(formatted);
  const text = random.pick(TEXTS);
  return typeof minLength === 'number' && random.chance(0.8) ? text.padEnd(minLength, 'a') : text;
}

function numberNear({ type, minimum, maximum, multipleOf }: Node, random: Random): number {
  const number = random.pick(NUMBERS.filter((one) => type === 'number' || Number.isInteger(one)));
  const fits = [minimum, maximum, multipleOf].filter((bound) => typeof bound === 'number');
  return fits.length > 0 && random.chance(0.4) ? random.pick(fits) : number;
}

function listNear(schema: Node, random: Random): unknown[] {
  const items = (schema['items'] ?? {}) as Node;
  const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0;
  return Array.from({ length: Math.max(least, random.below(MAX_ITEMS + 1)) }, () => valueNear(items, random));
}

function objectNear(schema: Node, random: Random): Node {
  const required = new Set((schema['required'] as readonly string[] | undefined) ?? []);
  const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Node>>);
  const entries = fields
    .filter(([name]) => random.chance(required.has(name) ? 0.97 : 0.5))
    .map(([name, field]): [string, unknown] => [name, valueNear(field, random)]);
  const extra = schema['additionalProperties'];
  if (extra !== undefined && extra !== false) {
    const keyed = random.some(['a', 'b', 'k-1'], 0.5);
    entries.push(
      ...keyed.map((key): [string, unknown] => [key, extra === true ? 'x' : valueNear(extra as Node, random)]),
    );
  }
  if (schema['x-kubernetes-embedded-resource'] === true && random.chance(0.9)) {
    entries.push(['apiVersion', 'v1'], ['kind', 'Thing']);
    if (random.chance(0.6))
      entries.push([
        'metadata',
        random.pick([{ name: 'n' }, {}, { name: 'N_', labels: { a: 'b' } }, { labels: { a: 1 } }, { x: 1 }]),
      ]);
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === true && random.chance(0.5))
    entries.push(['zz', random.pick(JUNK)]);
  return Object.fromEntries(entries);
}

/** The value with one thing about it changed. */
export function mutated(value: unknown, random: Random): unknown {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return structuredClone(random.pick(JUNK));
  const keys = Object.keys(value);
  const dice = random.below(10);
  if (keys.length === 0 || dice < 2) {
    return isList
      ? [...value, random.pick(JUNK)]
      : { ...value, [random.pick(['zz', 'a', 'b', 'k'])]: random.pick(JUNK) };
  }
  const key = random.pick(keys);
  if (isList) {
    if (dice < 4) return value.toSpliced(Number(key), 1);
    if (dice < 5) return [...value, structuredClone(value[Number(key)])];
    return value.with(Number(key), mutated(value[Number(key)], random));
  }
  const { [key]: member, ...rest } = value as Node;
  return dice < 3 ? rest : { ...rest, [key]: mutated(member, random) };
}
