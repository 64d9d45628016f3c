import type { Schema } from '@stageset/k8s';

const text: Schema = { type: 'string' };
const FORMATS = [
  ...[
    'byte',
    'cidr',
    'creditcard',
    'date',
    'date-time',
    'duration',
    'email',
    'hexcolor',
    'hostname',
    'ipv4',
    'ipv6',
    'isbn',
    'isbn10',
  ],
  ...[
    'isbn13',
    'mac',
    'password',
    'rgbcolor',
    'ssn',
    'uri',
    'uuid',
    'uuid3',
    'uuid4',
    'uuid5',
    'int32',
    'k8s-short-name',
    'k8s-long-name',
  ],
  'unheard-of',
];

/** Patterns in Go's syntax, by field. */
export const PATTERNS: Readonly<Record<string, string>> = {
  plain: '^[a-z]+$',
  unanchored: 'b+c',
  flags: '(?i)^abc$',
  scoped: '^a(?i:b)c$',
  classes: '^[[:alpha:]_][\\w.\\-/@]*$',
  text: '\\A\\d{2,3}\\z',
  unicode: '^\\p{Greek}\\pL$',
  named: '^(?P<first>x|y)(?:z{0,2})$',
  quoted: '^\\Qa.b*\\E$',
  dot: '^.$',
  space: '^\\s+$',
  literal: '^{a}]$',
  hostile: '^(a+)+$',
  boundary: '\\bfoo\\b',
  multi: '(?m)^b$',
  version: '^v?(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)$',
};

const fields = (names: readonly string[], schema: (name: string) => Schema): Record<string, Schema> =>
  Object.fromEntries(names.map((name) => [name.replaceAll('-', ''), schema(name)]));

/** One constraint of every kind that a CRD may have. */
export const SPEC: Schema = {
  type: 'object',
  required: ['must'],
  properties: {
    must: text,
    sized: { type: 'string', minLength: 2, maxLength: 4 },
    single: { type: 'string', maxLength: 1 },
    patterns: {
      type: 'object',
      properties: fields(Object.keys(PATTERNS), (name) => ({ type: 'string', pattern: PATTERNS[name] ?? '' })),
    },
    formats: { type: 'object', properties: fields(FORMATS, (format) => ({ type: 'string', format })) },
    color: { type: 'string', enum: ['red', 'green "dark"'] },
    level: { type: 'integer', enum: [1, 2] },
    count: { type: 'integer', minimum: 1, maximum: 10 },
    open: { type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 10, exclusiveMaximum: true },
    even: { type: 'integer', multipleOf: 2 },
    ratio: { type: 'number', minimum: 0.00001, maximum: 2.5 },
    step: { type: 'number', multipleOf: 0.5 },
    flag: { type: 'boolean' },
    maybe: { type: 'string', nullable: true },
    port: { 'x-kubernetes-int-or-string': true },
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      items: { type: 'object', required: ['name'], properties: { name: text, size: { type: 'integer' } } },
    },
    nullables: { type: 'array', items: { type: 'string', nullable: true } },
    strings: { type: 'array', maxItems: 1, items: { type: 'string', enum: ['a'] } },
    labels: {
      type: 'object',
      minProperties: 1,
      maxProperties: 2,
      additionalProperties: { type: 'string', maxLength: 3 },
    },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port', 'protocol'],
        properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, note: text },
      },
    },
    named: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text, value: { type: 'string', maxLength: 3 } },
      },
    },
    any: {
      type: 'object',
      properties: { a: text, b: text, c: { type: 'integer' } },
      anyOf: [{ required: ['a'] }, { required: ['b'], properties: { c: { minimum: 3 } } }],
    },
    one: { type: 'object', properties: { a: text, b: text }, oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    all: { type: 'integer', allOf: [{ minimum: 2 }, { maximum: 4 }, { multipleOf: 2 }] },
    none: { type: 'string', not: { enum: ['root'] } },
    free: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { known: { type: 'object', properties: { a: text } } },
    },
    loose: { 'x-kubernetes-preserve-unknown-fields': true },
    embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    strict: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: { type: 'object', properties: { a: text } } },
    },
    anything: { type: 'object', additionalProperties: true },
    deep: {
      type: 'object',
      default: {},
      properties: {
        size: { type: 'integer', default: 3 },
        mode: { type: 'string', default: 'fast', nullable: true },
        inner: { type: 'object', properties: { on: { type: 'boolean', default: true } } },
      },
    },
    entries: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { weight: { type: 'integer', default: 1 } } },
    },
    list: { type: 'array', items: { type: 'object', properties: { weight: { type: 'integer', default: 1 } } } },
  },
};

export const ROOT: Schema = { type: 'object', properties: { spec: SPEC } };

const ratcheting = (strict: boolean): Schema => {
  const value: Schema = strict ? { type: 'string', maxLength: 2 } : text;
  const entry: Schema = { type: 'object', required: ['name'], properties: { name: text, value } };
  const spec: Schema = {
    type: 'object',
    ...(strict ? { required: ['late'] } : {}),
    properties: {
      value,
      late: text,
      labels: { type: 'object', additionalProperties: value },
      atomic: { type: 'array', items: value },
      keyed: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: entry },
      either: {
        type: 'object',
        properties: { a: text, b: text },
        ...(strict ? { oneOf: [{ required: ['a'] }, { required: ['b'] }] } : {}),
      },
    },
  };
  return { type: 'object', properties: { spec } };
};

/** A kind before and after its schema became stricter. */
export const LENIENT: Schema = ratcheting(false);
export const STRICT: Schema = ratcheting(true);
