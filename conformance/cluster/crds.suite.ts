import { get, type Json, merge, post, put, remove } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GROUP = '{n}.example.com';
const SCHEMA: Json = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { size: { type: 'integer' }, replicas: { type: 'integer' }, selector: { type: 'string' } },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, phase: { type: 'string' } } },
  },
};
const version = (name: string, extra: Json = {}): Json => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: SCHEMA },
  ...extra,
});
const definition = (spec: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `things.${GROUP}`, ...metadata },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [version('v1')],
    ...spec,
  },
});
const refused = (name: string, spec: Json, metadata: Json = {}): Case => ({
  name,
  steps: [post(definitions, definition(spec, metadata))],
  see: ['metadata.name', 'spec'],
});
/** The real server prints its own structures, or tells one fault twice over. */
const asideFrom = (name: string, spec: Json): Case => ({
  ...refused(name, spec),
  wordingAside: 'it prints Go structures',
});
const schema = (openAPIV3Schema: unknown): Json => ({ versions: [version('v1', { schema: { openAPIV3Schema } })] });
const property = (one: Json): Json =>
  schema({ type: 'object', properties: { spec: { type: 'object', properties: { x: one } } } });

const validation: Case[] = [
  refused('a definition gets its other names', {}),
  refused('a name that is not plural and group', {}, { name: 'others.{n}.example.com' }),
  refused('no group', { group: '' }),
  refused('a group of one part', { group: 'single' }, { name: 'things.single' }),
  refused('a plural in upper case', { names: { plural: 'Things', kind: 'Thing' } }),
  refused('no kind', { names: { plural: 'things' } }),
  refused('no plural', { names: { kind: 'Thing' } }),
  refused('no scope', { scope: '' }),
  refused('a scope that is none', { scope: 'Galaxy' }),
  asideFrom('no versions', { versions: [] }),
  asideFrom('two versions of one name', { versions: [version('v1'), version('v1', { storage: false })] }),
  asideFrom('two stored versions', { versions: [version('v1'), version('v2')] }),
  asideFrom('no stored version', { versions: [version('v1', { storage: false })] }),
  asideFrom('a version with a bad name', { versions: [version('V_1')] }),
  refused('a version without a schema', { versions: [{ name: 'v1', served: true, storage: true }] }),
  refused('a schema without a type', schema({ properties: {} })),
  refused('a schema that is a list', schema({ type: 'array', items: { type: 'string' } })),
  refused('a property without a type', property({})),
  refused('a property with a type that is none', property({ type: 'thing' })),
  refused('a list without items', property({ type: 'array' })),
  refused('items that are a list', property({ type: 'array', items: [{ type: 'string' }] })),
  refused(
    'properties and additional properties together',
    property({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
  ),
  refused(
    'an int-or-string that spells its types out',
    property({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
  ),
  refused(
    'an int-or-string that spells its types out beside a pattern',
    property({
      'x-kubernetes-int-or-string': true,
      allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: '^[0-9]+%?$' }],
    }),
  ),
  refused(
    'an int-or-string that spells its types out the wrong way round',
    property({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'string' }, { type: 'integer' }] }),
  ),
  refused(
    'an int-or-string that spells its types out in a second place',
    property({
      'x-kubernetes-int-or-string': true,
      allOf: [{ pattern: 'a' }, { anyOf: [{ type: 'integer' }, { type: 'string' }] }],
    }),
  ),
  refused('unique items', property({ type: 'array', items: { type: 'string' }, uniqueItems: true })),
  refused('a reference', property({ $ref: '#/definitions/x' })),
  asideFrom('a default that does not fit', property({ type: 'integer', default: 'x' })),
  refused('a default that breaks a bound', property({ type: 'integer', minimum: 3, default: 1 })),
  refused(
    'a default with unknown fields',
    property({ type: 'object', properties: { a: { type: 'string' } }, default: { b: 'x' } }),
  ),
  refused(
    'a list by keys without keys',
    property({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' }),
  ),
  refused(
    'a list by keys that are not required',
    property({
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  ),
  refused(
    'a list by a key that there is not',
    property({
      type: 'array',
      items: { type: 'object', properties: {} },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  ),
  refused('a set of objects', property({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' })),
  refused(
    'a list type that is none',
    property({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'bag' }),
  ),
  refused('a pattern that is none', property({ type: 'string', pattern: '(' })),
  refused('a type within allOf', property({ type: 'integer', allOf: [{ type: 'integer' }] })),
  refused(
    'metadata with rules of its own',
    schema({
      type: 'object',
      properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
    }),
  ),
  refused(
    'metadata with a rule for the name',
    schema({
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } },
    }),
  ),
  refused('an embedded resource of no type', property({ 'x-kubernetes-embedded-resource': true })),
  refused(
    'preserving unknown fields at the root',
    schema({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  ),
  refused('the old way to preserve unknown fields', { preserveUnknownFields: true }),
  refused('a webhook without its configuration', { conversion: { strategy: 'Webhook' } }),
  refused('a conversion that is none', { conversion: { strategy: 'Magic' } }),
  refused('a column without a path', {
    versions: [version('v1', { additionalPrinterColumns: [{ name: 'A', type: 'string' }] })],
  }),
  refused('a column of a type that is none', {
    versions: [version('v1', { additionalPrinterColumns: [{ name: 'A', type: 'color', jsonPath: '.spec' }] })],
  }),
  refused('a column with a path that is none', {
    versions: [version('v1', { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '{.spec' }] })],
  }),
  refused('a scale without a path of replicas', {
    versions: [version('v1', { subresources: { scale: { statusReplicasPath: '.status.replicas' } } })],
  }),
  refused('a scale with a path outside of spec', {
    versions: [
      version('v1', {
        subresources: { scale: { specReplicasPath: '.status.x', statusReplicasPath: '.status.replicas' } },
      }),
    ],
  }),
  refused('short names in upper case', { names: { plural: 'things', kind: 'Thing', shortNames: ['TH'] } }),
  asideFrom('a kind that is no label', { names: { plural: 'things', kind: 'Some_Thing' } }),
  refused('a protected group', { group: 'things.k8s.io' }, { name: 'things.things.k8s.io' }),
  refused('forbidden: nullable root', schema({ type: 'object', nullable: true })),
  refused('an empty enum', property({ type: 'string', enum: [] })),
  refused('a negative length', property({ type: 'string', minLength: -1 })),
];

const established = [post(definitions, definition()), get(`/apis/${GROUP}/v1/namespaces/{ns}/things`, { until: 200 })];
const things = `${GROUP}/v1:things`;
const thing = (extra: Json = {}): Json => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Thing',
  metadata: { name: 'one' },
  ...extra,
});
const withVersion = (extra: Json) => [
  post(definitions, definition({ versions: [version('v1', extra)] })),
  get(`/apis/${GROUP}/v1/namespaces/{ns}/things`, { until: 200 }),
];
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };
const columns = {
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
const scale = {
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.spec.selector',
    },
  },
};
const two = { versions: [version('v1'), version('v2', { storage: false })] };

const life: Case[] = [
  {
    name: 'a definition is established',
    steps: [...established, get(`${definitions}/things.${GROUP}`)],
    see: ['status.acceptedNames', 'status.storedVersions'],
  },
  { name: 'an established kind is discovered', steps: [...established, get(`/apis/${GROUP}/v1`)] },
  { name: 'an established group is discovered', steps: [...established, get(`/apis/${GROUP}`)] },
  {
    name: 'a definition of one name is there once',
    steps: [...established, post(definitions, definition())],
    wordingAside: 'a second fault may be told with it',
  },
  { name: 'objects are stored', steps: [...established, post(things, thing({ spec: { size: 1 } }))] },
  {
    name: 'a deletion of the definition takes its objects along',
    steps: [
      ...established,
      post(things, thing()),
      remove(`${definitions}/things.${GROUP}`),
      get(things, { until: 404 }),
    ],
  },
  {
    name: 'a definition that is deleted is gone',
    steps: [
      ...established,
      remove(`${definitions}/things.${GROUP}`),
      get(`${definitions}/things.${GROUP}`, { until: 404 }),
    ],
  },
  {
    name: 'the scope cannot change',
    steps: [...established, merge(`${definitions}/things.${GROUP}`, { spec: { scope: 'Cluster' } })],
    wordingAside: 'it may name further fields',
  },
  {
    name: 'the group cannot change',
    steps: [...established, merge(`${definitions}/things.${GROUP}`, { spec: { group: 'other.example.com' } })],
    wordingAside: 'it may name further fields',
  },
  {
    name: 'columns are printed',
    steps: [
      ...withVersion(columns),
      post(things, thing({ spec: { size: 7 } })),
      get(`${things}?includeObject=None`, TABLE),
    ],
  },
  {
    name: 'columns without values are empty',
    steps: [...withVersion(columns), post(things, thing()), get(`${things}?includeObject=None`, TABLE)],
  },
  {
    name: 'without columns there are name and age',
    steps: [...established, post(things, thing()), get(`${things}?includeObject=None`, TABLE)],
  },
  {
    name: 'a scale is read',
    steps: [
      ...withVersion(scale),
      post(things, thing({ spec: { replicas: 3, selector: 'a=b' } })),
      get(`${things}/one/scale`),
    ],
  },
  {
    name: 'a scale is written',
    steps: [
      ...withVersion(scale),
      post(things, thing({ spec: { replicas: 3 } })),
      merge(`${things}/one/scale`, { spec: { replicas: 5 } }),
      get(`${things}/one`),
    ],
    see: ['spec', 'metadata.generation'],
  },
  {
    name: 'a scale is replaced',
    steps: [
      ...withVersion(scale),
      post(things, thing({ spec: { replicas: 3 } })),
      put(`${things}/one/scale`, {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'one', namespace: '{ns}' },
        spec: { replicas: 4 },
      }),
    ],
    see: ['spec', 'status'],
  },
  {
    name: 'a negative scale is refused',
    steps: [
      ...withVersion(scale),
      post(things, thing({ spec: { replicas: 3 } })),
      merge(`${things}/one/scale`, { spec: { replicas: -1 } }),
    ],
  },
  {
    name: 'no scale without the subresource',
    steps: [...established, post(things, thing()), get(`${things}/one/scale`)],
  },
  {
    name: 'no status without the subresource',
    steps: [...established, post(things, thing()), get(`${things}/one/status`)],
  },
  {
    name: 'without the subresource a status is a field like others',
    steps: [...established, post(things, thing({ status: { phase: 'x' } }))],
    see: ['status', 'metadata.generation'],
  },
  {
    name: 'another version shows the same object',
    steps: [
      post(definitions, definition(two)),
      get(`/apis/${GROUP}/v2/namespaces/{ns}/things`, { until: 200 }),
      get(`/apis/${GROUP}/v1/namespaces/{ns}/things`, { until: 200 }),
      post(things, thing({ spec: { size: 2 } })),
      get(`${GROUP}/v2:things/one`),
    ],
  },
  {
    name: 'an object of one version does not go to the path of another',
    steps: [
      post(definitions, definition(two)),
      get(`/apis/${GROUP}/v2/namespaces/{ns}/things`, { until: 200 }),
      post(`${GROUP}/v2:things`, thing()),
    ],
  },
  {
    name: 'a version that is no longer served is not found',
    steps: [
      post(definitions, definition(two)),
      get(`/apis/${GROUP}/v2/namespaces/{ns}/things`, { until: 200 }),
      merge(`${definitions}/things.${GROUP}`, {
        spec: { versions: [version('v1'), version('v2', { storage: false, served: false })] },
      }),
      get(`/apis/${GROUP}/v2/namespaces/{ns}/things`, { until: 404 }),
    ],
  },
  { name: 'a deprecated version warns', steps: [...withVersion({ deprecated: true }), get(things)] },
  {
    name: 'a deprecated version warns in its own words',
    steps: [...withVersion({ deprecated: true, deprecationWarning: 'use v2' }), get(things)],
  },
  {
    name: 'a cluster-scoped kind is outside of namespaces',
    steps: [
      post(definitions, definition({ scope: 'Cluster' })),
      get(`/apis/${GROUP}/v1/things`, { until: 200 }),
      post(`/apis/${GROUP}/v1/things`, thing()),
    ],
  },
  {
    name: 'a selectable field selects',
    steps: [
      ...withVersion({ selectableFields: [{ jsonPath: '.spec.size' }] }),
      post(things, thing({ spec: { size: 3 } })),
      get(`${things}?fieldSelector=spec.size%3D3`),
    ],
    see: ['kind', 'items'],
  },
  {
    name: 'a field that is not selectable does not',
    steps: [...established, get(`${things}?fieldSelector=spec.size%3D3`)],
  },
  {
    name: 'a kind that another definition has is not accepted',
    steps: [
      ...established,
      post(definitions, {
        ...definition({ names: { plural: 'others', kind: 'Thing' } }),
        metadata: { name: `others.${GROUP}` },
      }),
      get(`/apis/${GROUP}/v1/namespaces/{ns}/others`),
    ],
  },
  {
    name: 'a definition of rules is stored',
    steps: [post(definitions, definition(property({ type: 'string', pattern: '^a', maxLength: 4 })))],
    see: ['spec.versions'],
  },
];

transcripts('validation of definitions', validation);
transcripts('life of definitions', life);
