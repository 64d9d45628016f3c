import type { Random } from '../../support/random.ts';
import { randomRules } from './rules.ts';
import { valueNear } from './values.ts';

export type Node = Record<string, unknown>;

const NAMES = ['a', 'b', 'c', 'name', 'self', 'x-y', 'int', '__proto__', 'd.e'];
export const FORMATS = [
  'date-time',
  'date',
  'duration',
  'byte',
  'ipv4',
  'ipv6',
  'ip',
  'cidr',
  'uri',
  'email',
  'uuid',
  'hostname',
  'mac',
  'password',
  'int32',
  'int64',
  'float',
  'double',
  'nobodys',
];
export const PATTERNS = ['^[a-z]+$', 'b', '^a.*z$', '^(one|two)$', '[0-9]{2}', '^\\S*$'];
const MAX_DEPTH = 3;

/** The schema of a kind: whole, with rules, defaults and here and there a fault. */
export function randomSchema(random: Random): Node {
  const spec = withDefaults(node(random, 0, 'object'), random, 0.15);
  const properties: Node = { spec };
  if (random.chance(0.1)) properties['metadata'] = { type: 'object', properties: { name: text(random) } };
  if (random.chance(0.1)) properties['status'] = node(random, 2);
  const root: Node = { type: 'object', properties };
  if (random.chance(0.1)) root['required'] = ['spec'];
  if (random.chance(0.06)) root['x-kubernetes-preserve-unknown-fields'] = true;
  if (random.chance(0.06))
    root['x-kubernetes-validations'] = [
      { rule: random.pick(['has(self.spec)', "self.metadata.name != 'x'", 'self.kind == self.apiVersion']) },
    ];
  return root;
}

const MAKERS: Readonly<Record<string, (random: Random, depth: number) => Node>> = {
  string: text,
  integer: (random) => number(random, 'integer'),
  number: (random) => number(random, 'number'),
  boolean: () => ({ type: 'boolean' }),
  object: structure,
  map,
  array: list,
  intOrString,
  anything: () => ({ 'x-kubernetes-preserve-unknown-fields': true }),
  embedded,
};
const LEAVES = ['string', 'string', 'integer', 'number', 'boolean', 'intOrString'];
const ALL = [...LEAVES, 'string', 'object', 'object', 'map', 'array', 'array', 'array', 'anything', 'embedded'];

export function node(random: Random, depth: number, wanted?: string): Node {
  const kind = wanted ?? random.pick(depth >= MAX_DEPTH ? LEAVES : ALL);
  const made = MAKERS[kind]?.(random, depth) ?? {};
  if (depth > 0 && random.chance(0.12)) made['nullable'] = true;
  if (random.chance(0.08)) made['enum'] = enumeration(made, random);
  if (random.chance(0.18)) Object.assign(made, combinations(made, random));
  if (random.chance(0.15)) made['x-kubernetes-validations'] = randomRules(made, random);
  return made;
}

function enumeration(schema: Node, random: Random): unknown[] {
  return Array.from({ length: 1 + random.below(3) }, () => valueNear(schema, random));
}

/** A part of the bounds, each in or not. */
function some(random: Random, bounds: Readonly<Record<string, () => unknown>>, probability: number): Node {
  const result: Node = {};
  for (const key of random.some(Object.keys(bounds), probability)) result[key] = bounds[key]?.();
  return result;
}

function text(random: Random): Node {
  return { type: 'string', ...textBounds(random) };
}

function textBounds(random: Random): Node {
  return some(
    random,
    {
      minLength: () => random.below(4),
      maxLength: () => 1 + random.below(8),
      pattern: () => random.pick(PATTERNS),
      format: () => random.pick(FORMATS),
    },
    0.2,
  );
}

function number(random: Random, type: 'integer' | 'number'): Node {
  return { type, ...numberBounds(random) };
}

function numberBounds(random: Random): Node {
  const bound = (): number => random.pick([-1, 0, 1, 2, 3, 10, 1.5]);
  return some(
    random,
    {
      minimum: bound,
      maximum: bound,
      exclusiveMinimum: () => random.chance(0.7),
      exclusiveMaximum: () => random.chance(0.7),
      multipleOf: () => random.pick([1, 2, 3, 0.5, 0.1]),
      format: () => random.pick(['int32', 'int64', 'float', 'double', 'nobodys']),
    },
    0.18,
  );
}

function structure(random: Random, depth: number): Node {
  const names = random.some(NAMES, depth === 0 ? 0.6 : 0.3);
  const properties = Object.fromEntries(
    names.map((name) => [name, withDefaults(node(random, depth + 1), random, 0.07)]),
  );
  const made: Node = { type: 'object', ...(names.length === 0 ? {} : { properties }) };
  if (random.chance(0.35)) made['required'] = random.some(names, 0.4);
  if (random.chance(0.1)) made['x-kubernetes-preserve-unknown-fields'] = true;
  return { ...made, ...sizeBounds(random), ...mapType(random) };
}

function sizeBounds(random: Random): Node {
  return some(random, { minProperties: () => random.below(3), maxProperties: () => random.below(4) }, 0.1);
}

function mapType(random: Random): Node {
  return random.chance(0.15) ? { 'x-kubernetes-map-type': random.pick(['atomic', 'granular']) } : {};
}

function map(random: Random, depth: number): Node {
  const extra = random.chance(0.1) ? true : withDefaults(node(random, depth + 1), random, 0.1);
  return { type: 'object', additionalProperties: extra, ...sizeBounds(random), ...mapType(random) };
}

function list(random: Random, depth: number): Node {
  const bounds = some(random, { minItems: () => random.below(3), maxItems: () => random.below(5) }, 0.25);
  const dice = random.below(10);
  if (dice < 3) return { ...listMap(random, depth), ...bounds };
  const items = withDefaults(node(random, depth + 1), random, 0.05);
  const type = dice < 5 ? { 'x-kubernetes-list-type': 'set' } : dice < 6 ? { 'x-kubernetes-list-type': 'atomic' } : {};
  if (dice >= 3 && dice < 5 && items['type'] === 'object') items['x-kubernetes-map-type'] = 'atomic';
  return { type: 'array', items, ...type, ...bounds };
}

function listMap(random: Random, depth: number): Node {
  const items = structure(random, depth + 1);
  const keys = random.some(['k', 'l'], 0.6);
  if (keys.length === 0) keys.push('k');
  const keyed = keys.map((key): [string, Node] => {
    const type = random.pick(['string', 'integer', 'string', 'boolean']);
    return [key, random.chance(0.2) ? { type, default: { string: 'd', integer: 1, boolean: false }[type] } : { type }];
  });
  const required = keys.filter((_, index) => keyed[index]?.[1]['default'] === undefined);
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    items: {
      ...items,
      properties: { ...(items['properties'] as Node | undefined), ...Object.fromEntries(keyed) },
      required: [...new Set([...((items['required'] as string[] | undefined) ?? []), ...required])],
    },
  };
}

function intOrString(random: Random): Node {
  const spelled = random.chance(0.4) ? { anyOf: [{ type: 'integer' }, { type: 'string' }] } : {};
  const bounds = random.chance(0.3) ? { ...numberBounds(random), ...textBounds(random) } : {};
  return { 'x-kubernetes-int-or-string': true, ...spelled, ...bounds };
}

function embedded(random: Random, depth: number): Node {
  const extra: Node = random.chance(0.5)
    ? { properties: { data: node(random, depth + 1), ...(random.chance(0.3) ? { kind: text(random) } : {}) } }
    : {};
  const open =
    random.chance(0.6) || extra['properties'] === undefined ? { 'x-kubernetes-preserve-unknown-fields': true } : {};
  return { type: 'object', 'x-kubernetes-embedded-resource': true, ...open, ...extra };
}

/** What may stand below a combination: bounds on values, and on fields that the structure has. */
function bounds(schema: Node, random: Random): Node {
  if (random.chance(0.1)) return { required: [random.pick(NAMES)] };
  switch (schema['type']) {
    case 'string':
      return textBounds(random);
    case 'integer':
    case 'number':
      return numberBounds(random);
    case 'array':
      return { ...some(random, { minItems: () => random.below(3), maxItems: () => random.below(3) }, 0.5) };
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Node>>;
      const names = random.some(Object.keys(properties), 0.4);
      const below = Object.fromEntries(names.map((name) => [name, bounds(properties[name] ?? {}, random)]));
      return {
        ...(names.length === 0 ? {} : { properties: below }),
        ...(random.chance(0.5) ? { required: random.some(Object.keys(properties), 0.4) } : {}),
        ...sizeBounds(random),
      };
    }
    default:
      return random.chance(0.3) ? { enum: [1, 'a', null] } : {};
  }
}

function combinations(schema: Node, random: Random): Node {
  const many = (): Node[] => Array.from({ length: 1 + random.below(3) }, () => bounds(schema, random));
  const keyword = random.pick(['allOf', 'anyOf', 'oneOf', 'not']);
  if (Object.hasOwn(schema, keyword)) return {};
  return { [keyword]: keyword === 'not' ? bounds(schema, random) : many() };
}

function withDefaults(schema: Node, random: Random, probability: number): Node {
  if (!random.chance(probability)) return schema;
  return {
    ...schema,
    default: random.chance(0.05) ? random.pick([{}, '', 0, null, [], 'x']) : valueNear(schema, random),
  };
}
