import { systemClock } from '@stageset/runtime';
import { serveKinds } from '../support/served.ts';
import { apply, type Json, merge, post } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

/**
 * A definition is made stricter after its objects have been stored: what an update leaves as it was is not held against it.
 */
const text = { type: 'string' };
const integer = { type: 'integer' };
const object = (properties: Json, extra: Json = {}): Json => ({ type: 'object', properties, ...extra });
const list = (items: Json, extra: Json = {}): Json => ({ type: 'array', items, ...extra });
const ruled = (schema: Json, ...rules: readonly string[]): Json => ({
  ...schema,
  'x-kubernetes-validations': rules.map((rule) => ({ rule })),
});
const keyed = (properties: Json, extra: Json = {}, items: Json = {}): Json =>
  list(object({ name: text, ...properties }, { required: ['name'], ...items }), {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    ...extra,
  });
const definition = (namespace: string, spec: Json): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `rows.${namespace}.example.com` },
  spec: {
    group: `${namespace}.example.com`,
    scope: 'Namespaced',
    names: { plural: 'rows', kind: 'Row' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: object({ spec, status: object({ phase: text }) }) },
        subresources: { status: {} },
      },
    ],
  },
});
const rows = '{ns}.example.com/v1:rows';
const row = (spec: Json, metadata: Json, namespace = '{ns}'): Json => ({
  apiVersion: `${namespace}.example.com/v1`,
  kind: 'Row',
  metadata,
  spec,
});
const OPEN: Json = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** A field: what it was of, what it is of, what is stored, and the updates that are tried. */
interface Field {
  readonly loose: Json;
  readonly strict: Json;
  readonly stored: unknown;
  readonly changes: Readonly<Record<string, unknown>>;
}

const short = { ...text, maxLength: 3 };
const small = { ...integer, maximum: 3 };
const LONG = 'too-long';
const pair = object({ a: text, b: text });
const items = [
  { name: 'x', v: LONG },
  { name: 'y', v: 'ok' },
];
const FIELDS: Readonly<Record<string, Field>> = {
  maxLength: { loose: text, strict: short, stored: LONG, changes: { another: 'longer-still', right: 'ok' } },
  maximum: { loose: integer, strict: small, stored: 9, changes: { another: 10, right: 2 } },
  pattern: { loose: text, strict: { ...text, pattern: '^[a-z]$' }, stored: 'A', changes: { another: 'B' } },
  enumeration: { loose: text, strict: { ...text, enum: ['a'] }, stored: 'b', changes: { another: 'c' } },
  format: { loose: text, strict: { ...text, format: 'ipv4' }, stored: 'b', changes: { another: 'c' } },
  required: {
    loose: pair,
    strict: { ...pair, required: ['b'] },
    stored: { a: 'x' },
    changes: { same: { a: 'x' }, another: { a: 'y' }, right: { b: 'z' } },
  },
  properties: {
    loose: pair,
    strict: object({ a: short, b: short }),
    stored: { a: LONG, b: 'ok' },
    changes: { beside: { b: 'new' }, wrong: { b: 'longer-still' } },
  },
  maxProperties: {
    loose: { type: 'object', additionalProperties: text },
    strict: { type: 'object', additionalProperties: short, maxProperties: 1 },
    stored: { a: LONG, b: 'ok' },
    changes: { value: { b: 'new' }, fewer: { b: null }, more: { c: 'x' } },
  },
  list: {
    loose: list(text),
    strict: list(short),
    stored: [LONG, 'ok'],
    changes: { same: [LONG, 'ok'], added: [LONG, 'ok', 'new'], turned: ['ok', LONG] },
  },
  maxItems: {
    loose: list(text),
    strict: list(text, { maxItems: 1 }),
    stored: ['a', 'b'],
    changes: { same: ['a', 'b'], another: ['a', 'c'], more: ['a', 'b', 'c'] },
  },
  set: {
    loose: list(text, { 'x-kubernetes-list-type': 'set' }),
    strict: list(short, { 'x-kubernetes-list-type': 'set' }),
    stored: [LONG, 'ok'],
    changes: { added: [LONG, 'ok', 'new'], turned: ['ok', LONG] },
  },
  becomesSet: {
    loose: list(text),
    strict: list(text, { 'x-kubernetes-list-type': 'set' }),
    stored: ['a', 'a'],
    changes: { more: ['a', 'a', 'b', 'b'], right: ['a'] },
  },
  keyed: {
    loose: keyed({ v: text }),
    strict: keyed({ v: short }),
    stored: items,
    changes: {
      beside: [items[0], { name: 'y', v: 'new' }],
      added: [...items, { name: 'z', v: 'z' }],
      wrong: [...items, { name: 'z', v: LONG }],
      turned: items.toReversed(),
      renamed: [{ name: 'q', v: LONG }],
    },
  },
  keyedBound: {
    loose: keyed({ v: text }),
    strict: keyed({ v: text }, { maxItems: 1 }),
    stored: items,
    changes: { turned: items.toReversed(), another: [items[0], { name: 'z', v: 'z' }] },
  },
  keyedRequired: {
    loose: keyed({ v: text, w: text }),
    strict: keyed({ v: text, w: text }, {}, { required: ['name', 'w'] }),
    stored: items,
    changes: { beside: [items[0], { name: 'y', w: 'given' }], wrong: [items[0], { name: 'y', v: 'new' }] },
  },
  unknown: {
    loose: OPEN,
    strict: { ...OPEN, maxProperties: 1 },
    stored: { a: 1, b: 2 },
    changes: { same: { a: 1 }, more: { c: 3 } },
  },
  allOf: { loose: text, strict: { ...text, allOf: [{ maxLength: 3 }] }, stored: LONG, changes: { another: 'longer' } },
  not: { loose: text, strict: { ...text, not: { pattern: '^t' } }, stored: LONG, changes: { another: 'tail' } },
  rule: {
    loose: text,
    strict: ruled({ ...text, maxLength: 50 }, 'self.size() < 4'),
    stored: LONG,
    changes: { another: 'longer', right: 'ok' },
  },
  ruleAbove: {
    loose: pair,
    strict: ruled(object({ a: { ...text, maxLength: 50 }, b: text }), 'self.a.size() < 4'),
    stored: { a: LONG, b: 'ok' },
    changes: { same: { a: LONG }, beside: { b: 'new' } },
  },
  ruleOfItems: {
    loose: list(text),
    strict: list(ruled({ ...text, maxLength: 50 }, 'self.size() < 4'), { maxItems: 9 }),
    stored: [LONG, 'ok'],
    changes: { added: [LONG, 'ok', 'new'] },
  },
  ruleOfKeyed: {
    loose: keyed({ v: text }),
    strict: keyed({ v: ruled({ ...text, maxLength: 50 }, 'self.size() < 4') }, { maxItems: 9 }),
    stored: items,
    changes: { added: [...items, { name: 'z', v: 'z' }], turned: items.toReversed(), wrong: [{ name: 'z', v: LONG }] },
  },
  ruleOfKeyedList: {
    loose: keyed({ v: text }),
    strict: ruled(keyed({ v: { ...text, maxLength: 50 } }, { maxItems: 9 }), 'self.all(i, i.v.size() < 4)'),
    stored: items,
    changes: { turned: items.toReversed(), added: [...items, { name: 'z', v: 'z' }] },
  },
  transition: {
    loose: text,
    strict: ruled({ ...text, maxLength: 50 }, 'self.size() < 4 && oldSelf == oldSelf'),
    stored: LONG,
    changes: { another: 'longer' },
  },
};

const names = Object.keys(FIELDS);
const nameOf = (field: string): string => `r${names.indexOf(field)}`;
const schemaOf = (side: 'loose' | 'strict'): Json =>
  object({ beside: text, ...Object.fromEntries(names.map((field) => [field, FIELDS[field]?.[side]])) });

const cases: Case[] = Object.entries(FIELDS).flatMap(([field, { stored, changes }]): Case[] => {
  const at = `${rows}/${nameOf(field)}`;
  const see = ['spec'];
  return [
    { name: `${field}: a new object`, steps: [post(rows, row({ [field]: stored }, { name: '{n}' }))], see },
    { name: `${field}: a label`, steps: [merge(at, { metadata: { labels: { a: 'b' } } })], see },
    { name: `${field}: a status`, steps: [merge(`${at}/status`, { status: { phase: 'x' } })], see },
    { name: `${field}: a field beside it`, steps: [merge(at, { spec: { beside: 'new' } })], see },
    {
      name: `${field}: an apply of the same`,
      steps: [apply(`${at}?force=true`, 'm', row({ [field]: stored }, { name: nameOf(field) }))],
      see,
    },
    ...Object.entries(changes).map(
      (entry): Case => ({
        name: `${field}: ${entry[0]}`,
        steps: [merge(`${at}?dryRun=All`, { spec: { [field]: entry[1] } })],
        see,
      }),
    ),
  ];
});

const prepare: NonNullable<Parameters<typeof transcripts>[2]>['prepare'] = async (
  { cluster, transport },
  namespace,
) => {
  await serveKinds(cluster, [definition(namespace, schemaOf('loose')) as never]);
  for (const [field, { stored }] of Object.entries(FIELDS)) {
    await cluster.create(row({ [field]: stored }, { name: nameOf(field), namespace }, namespace) as never);
  }
  await serveKinds(cluster, [definition(namespace, schemaOf('strict')) as never]);
  const path = `/apis/${namespace}.example.com/v1/namespaces/${namespace}/rows?dryRun=All`;
  const body = JSON.stringify(row({ maxLength: LONG }, { name: 'probe', namespace }, namespace));
  // The stricter schema is in force a while after it has been stored.
  while (
    (await transport({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })).status < 400
  ) {
    await new Promise<void>((resolve) => systemClock.schedule(50, resolve));
  }
};
transcripts('ratcheting of custom objects', cases, { prepare });
