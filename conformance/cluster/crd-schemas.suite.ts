import { serveKinds } from '../support/served.ts';
import { apply, get, type Json, merge, post, put, strategic } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

/** One kind with a field for every keyword of a structural schema. */
const text = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };
const list = (items: Json, extra: Json = {}): Json => ({ type: 'array', items, ...extra });
const FIELDS: Readonly<Record<string, Json>> = {
  text,
  number,
  integer,
  flag: { type: 'boolean' },
  list: list(text),
  map: { type: 'object', additionalProperties: text },
  object: { type: 'object', properties: { a: text, b: integer } },
  required: { type: 'object', required: ['a', 'b'], properties: { a: text, b: text, c: text } },
  minimum: { ...integer, minimum: 3 },
  maximum: { ...integer, maximum: 3 },
  exclusiveMinimum: { ...number, minimum: 3, exclusiveMinimum: true },
  exclusiveMaximum: { ...number, maximum: 3, exclusiveMaximum: true },
  multipleOf: { ...integer, multipleOf: 3 },
  minLength: { ...text, minLength: 2 },
  maxLength: { ...text, maxLength: 3 },
  pattern: { ...text, pattern: '^[a-z]+$' },
  enum: { ...text, enum: ['one', 'two'] },
  numbers: { ...integer, enum: [1, 2] },
  minItems: list(text, { minItems: 2 }),
  maxItems: list(text, { maxItems: 1 }),
  minProperties: { type: 'object', additionalProperties: text, minProperties: 1 },
  maxProperties: { type: 'object', additionalProperties: text, maxProperties: 1 },
  nullable: { ...text, nullable: true },
  defaulted: { ...text, default: 'given' },
  nested: { type: 'object', default: {}, properties: { inner: { ...text, default: 'within' }, other: integer } },
  defaultedItems: list({ type: 'object', properties: { name: text, color: { ...text, default: 'red' } } }),
  dateTime: { ...text, format: 'date-time' },
  date: { ...text, format: 'date' },
  duration: { ...text, format: 'duration' },
  byte: { ...text, format: 'byte' },
  ipv4: { ...text, format: 'ipv4' },
  ipv6: { ...text, format: 'ipv6' },
  cidr: { ...text, format: 'cidr' },
  uri: { ...text, format: 'uri' },
  email: { ...text, format: 'email' },
  uuid: { ...text, format: 'uuid' },
  hostname: { ...text, format: 'hostname' },
  mac: { ...text, format: 'mac' },
  password: { ...text, format: 'password' },
  nobodysFormat: { ...text, format: 'nobodys-format' },
  int32: { ...integer, format: 'int32' },
  int64: { ...integer, format: 'int64' },
  float: { ...number, format: 'float' },
  intOrString: { 'x-kubernetes-int-or-string': true },
  anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  anyValue: { 'x-kubernetes-preserve-unknown-fields': true },
  embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  set: list(text, { 'x-kubernetes-list-type': 'set' }),
  byName: list(
    { type: 'object', required: ['name'], properties: { name: text, value: text } },
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
  ),
  atomic: list(text, { 'x-kubernetes-list-type': 'atomic' }),
  allOf: { ...integer, allOf: [{ minimum: 2 }, { maximum: 4 }] },
  anyOf: { ...text, anyOf: [{ pattern: '^a' }, { pattern: 'z$' }] },
  oneOf: { ...text, oneOf: [{ pattern: '^a' }, { pattern: 'z$' }] },
  not: { ...text, not: { pattern: '^a' } },
};

const definition = (group: string): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `samples.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'samples', kind: 'Sample' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: FIELDS },
              status: { type: 'object', properties: { phase: text, count: integer } },
            },
          },
        },
        subresources: { status: {} },
      },
    ],
  },
});

const sample = (spec: Json, rest: Json = {}): Json => ({
  apiVersion: '{ns}.example.com/v1',
  kind: 'Sample',
  metadata: { name: '{n}' },
  spec,
  ...rest,
});
const at = '{ns}.example.com/v1:samples';

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  text: ['', 'x', 1, true, null, [], {}],
  number: [1, 1.5, -0.5, '1', 1e300],
  integer: [1, 1.5, '1', 9007199254740991],
  flag: [true, false, 'true', 1],
  list: [[], ['a'], [1], 'a', [null]],
  map: [{}, { a: 'b' }, { a: 1 }, [], { a: null }],
  object: [{}, { a: 'x', b: 1 }, { z: 1 }, { b: 'x' }, 'x'],
  required: [{}, { a: 'x' }, { a: 'x', b: 'y' }],
  minimum: [2, 3, 4],
  maximum: [3, 4],
  exclusiveMinimum: [3, 3.1],
  exclusiveMaximum: [3, 2.9],
  multipleOf: [6, 7],
  minLength: ['a', 'ab', 'ü'],
  maxLength: ['abc', 'abcd', 'üüü'],
  pattern: ['abc', 'ABC', ''],
  enum: ['one', 'three', ''],
  numbers: [1, 3],
  minItems: [[], ['a', 'b']],
  maxItems: [['a'], ['a', 'b']],
  minProperties: [{}, { a: 'b' }],
  maxProperties: [{ a: 'b' }, { a: 'b', c: 'd' }],
  nullable: [null, 'x'],
  defaulted: ['own', '', null],
  nested: [{}, { other: 1 }, { inner: 'own' }, null],
  defaultedItems: [[{}], [{ name: 'a' }, { color: 'blue' }]],
  dateTime: ['2024-01-02T03:04:05Z', '2024-01-02', 'x'],
  date: ['2024-01-02', '2024-13-02'],
  duration: ['5m', '1h30m', '5 minutes', 'x'],
  byte: ['YWJj', 'not base64!'],
  ipv4: ['1.2.3.4', '1.2.3', '::1'],
  ipv6: ['::1', '1.2.3.4'],
  cidr: ['10.0.0.0/8', '10.0.0.0'],
  uri: ['https://example.com/a', 'no uri'],
  email: ['a@example.com', 'a'],
  uuid: ['123e4567-e89b-12d3-a456-426614174000', '123'],
  hostname: ['example.com', '-x-'],
  mac: ['01:02:03:04:05:06', '01'],
  password: ['x'],
  nobodysFormat: ['x'],
  int32: [2147483647, 2147483648],
  int64: [9007199254740991],
  float: [1.5],
  intOrString: [1, '50%', 1.5, true],
  anything: [{ a: { b: [1, 'x', null] } }, 'x'],
  anyValue: ['x', 1, { a: null }],
  embedded: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } },
    { kind: 'ConfigMap' },
    {},
    { apiVersion: 'v1', kind: 'X', metadata: { labels: { a: 'x' } } },
  ],
  set: [
    ['a', 'b'],
    ['a', 'a'],
  ],
  byName: [[{ name: 'a' }], [{ name: 'a' }, { name: 'a' }], [{ value: 'x' }]],
  atomic: [['a', 'a']],
  allOf: [1, 3, 5],
  anyOf: ['ab', 'bz', 'b'],
  oneOf: ['ab', 'bz', 'az', 'b'],
  not: ['b', 'a'],
};

const values: Case[] = Object.entries(VALUES).flatMap(([field, given]) =>
  given.map(
    (value): Case => ({
      name: `${field}: ${JSON.stringify(value)}`,
      steps: [post(at, sample({ [field]: value }))],
      see: ['spec'],
    }),
  ),
);

const objects: Case[] = [
  { name: 'an unknown field is pruned with a warning', steps: [post(at, sample({ text: 'x', unknown: 1 }))] },
  {
    name: 'an unknown field is refused when validation is strict',
    steps: [post(`${at}?fieldValidation=Strict`, sample({ text: 'x', unknown: 1, object: { z: 1 } }))],
  },
  { name: 'an unknown field at the top is pruned', steps: [post(at, sample({}, { extra: { a: 1 } }))] },
  {
    name: 'several faults are told together',
    wordingAside: 'the real one tells them in any order',
    steps: [post(at, sample({ minimum: 1, pattern: 'A', enum: 'x' }))],
  },
  {
    name: 'a status of the main endpoint is dropped',
    steps: [post(at, sample({ text: 'x' }, { status: { phase: 'Ready' } }))],
  },
  {
    name: 'a status is written at its endpoint',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}/status`, { status: { phase: 'Ready' } })],
  },
  {
    name: 'a spec at the status endpoint is ignored',
    steps: [
      post(at, sample({ text: 'x' })),
      merge(`${at}/{n}/status`, { spec: { text: 'y' }, status: { phase: 'Ready' } }),
    ],
  },
  {
    name: 'labels at the status endpoint are ignored',
    steps: [
      post(at, sample({ text: 'x' })),
      merge(`${at}/{n}/status`, { metadata: { labels: { a: 'b' } }, status: { phase: 'Ready' } }),
    ],
  },
  {
    name: 'a status is validated',
    wordingAside: 'the real one leaves out the front of the path',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}/status`, { status: { count: 'x' } })],
  },
  {
    name: 'a status counts no generation',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}/status`, { status: { phase: 'Ready' } })],
    see: ['metadata.generation'],
  },
  {
    name: 'a change of the spec counts a generation',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}`, { spec: { text: 'y' } })],
    see: ['metadata.generation'],
  },
  {
    name: 'a change of labels counts none',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}`, { metadata: { labels: { a: 'b' } } })],
    see: ['metadata.generation'],
  },
  {
    name: 'a status is replaced by an update of it',
    steps: [
      post(at, sample({ text: 'x' })),
      put(
        `${at}/{n}/status`,
        sample({}, { metadata: { name: '{n}', resourceVersion: '{rv}' }, status: { phase: 'Ready' } }),
      ),
    ],
  },
  {
    name: 'an update needs a version',
    steps: [post(at, sample({ text: 'x' })), put(`${at}/{n}`, sample({ text: 'y' }))],
  },
  {
    name: 'an update as of the version that was read',
    steps: [
      post(at, sample({ text: 'x' })),
      put(`${at}/{n}`, sample({ text: 'y' }, { metadata: { name: '{n}', resourceVersion: '{rv}' } })),
    ],
  },
  {
    name: 'a strategic patch is not supported',
    steps: [post(at, sample({ text: 'x' })), strategic(`${at}/{n}`, { spec: { text: 'y' } })],
  },
  {
    name: 'an apply creates',
    steps: [apply(`${at}/{n}`, 'm', sample({ byName: [{ name: 'a' }], set: ['x'] }))],
    ownership: true,
  },
  {
    name: 'two appliers share a list by its keys',
    steps: [
      apply(`${at}/{n}`, 'm', sample({ byName: [{ name: 'a', value: '1' }] })),
      apply(`${at}/{n}`, 'o', sample({ byName: [{ name: 'b', value: '2' }] })),
    ],
    ownership: true,
  },
  {
    name: 'two appliers share a set',
    steps: [apply(`${at}/{n}`, 'm', sample({ set: ['x', 'y'] })), apply(`${at}/{n}`, 'o', sample({ set: ['y', 'z'] }))],
    ownership: true,
  },
  {
    name: 'two appliers conflict over an atomic list',
    steps: [apply(`${at}/{n}`, 'm', sample({ atomic: ['x'] })), apply(`${at}/{n}`, 'o', sample({ atomic: ['y'] }))],
  },
  {
    name: 'a list with repeated keys cannot be applied',
    steps: [apply(`${at}/{n}`, 'm', sample({ byName: [{ name: 'a' }, { name: 'a' }] }))],
    wordingAside: 'the schema library words it',
  },
  {
    name: 'an object without a kind is refused',
    wordingAside: 'it quotes the object',
    steps: [post(at, { apiVersion: '{ns}.example.com/v1', metadata: { name: '{n}' } })],
  },
  { name: 'an object without a version is refused', steps: [post(at, { kind: 'Sample', metadata: { name: '{n}' } })] },
  { name: 'an object of another kind is refused', steps: [post(at, { ...sample({}), kind: 'Other' })] },
  { name: 'a version that is not served is not found', steps: [get('{ns}.example.com/v2:samples')] },
  {
    name: 'a list of objects carries their kinds',
    steps: [
      post(at, sample({ text: 'x' }, { metadata: { name: '{n}', labels: { own: '{n}' } } })),
      get(`${at}?labelSelector=own%3D{n}`),
    ],
  },
  { name: 'a name is validated', steps: [post(at, sample({}, { metadata: { name: 'Upper' } }))] },
  { name: 'a default is stored, and read again', steps: [post(at, sample({})), get(`${at}/{n}`)], see: ['spec'] },
  { name: 'a spec of another type is refused', steps: [post(at, { ...sample({}), spec: 'x' })] },
  {
    name: 'no spec at all',
    steps: [post(at, { apiVersion: '{ns}.example.com/v1', kind: 'Sample', metadata: { name: '{n}' } })],
  },
  {
    name: 'metadata of another type is refused',
    steps: [post(at, { apiVersion: '{ns}.example.com/v1', kind: 'Sample', metadata: 'x' })],
    wordingAside: 'it names a Go type',
  },
  {
    name: 'a merge patch with a value of another type is refused',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}`, { spec: { text: 1 } })],
  },
  {
    name: 'a field that was invalid and does not change may stay',
    steps: [post(at, sample({ text: 'x' })), merge(`${at}/{n}`, { metadata: { annotations: { a: 'b' } } })],
    see: ['metadata.annotations'],
  },
];

const prepare: NonNullable<Parameters<typeof transcripts>[2]>['prepare'] = async ({ cluster }, namespace) => {
  await serveKinds(cluster, [definition(`${namespace}.example.com`) as never]);
};
transcripts('schemas of custom kinds', values, { prepare });
transcripts('objects of custom kinds', objects, { prepare });
