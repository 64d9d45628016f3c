import { type Json, post } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

/** What random definitions found to differ once (`npm run fuzz -- crds`): schemas of one field, and whether they are taken. */
const text = { type: 'string' };
const rules = (...all: Json[]): Json => ({ 'x-kubernetes-validations': all });

const schemas: Readonly<Record<string, Json>> = {
  'a default is held against the rules of its field': { ...text, default: 'b', ...rules({ rule: "self == 'a'" }) },
  'a default is held against rules of what was': { ...text, default: 'b', ...rules({ rule: "oldSelf == 'a'" }) },
  'a rule that does not compile is told of the default first': { ...text, default: 'b', ...rules({ rule: 'self.x' }) },
  'a default with unknown fields is also told what else is wrong': {
    type: 'object',
    maxProperties: 1,
    default: { a: 1, b: 2 },
  },
  'lists of a default may repeat themselves': {
    type: 'array',
    items: text,
    'x-kubernetes-list-type': 'set',
    default: ['a', 'a'],
  },
  'an int-or-string may have any default': { 'x-kubernetes-int-or-string': true, default: {} },
  'defaults within a map are not looked at': { type: 'object', additionalProperties: { ...text, default: 1 } },
  'a default of a list names the item': {
    type: 'array',
    items: { type: 'object', properties: { a: { ...text, maxLength: 1 } } },
    default: [{ a: 'xy' }],
  },
  'an embedded default says its type, and nothing else counts': {
    type: 'object',
    properties: { e: { type: 'object', properties: { d: text }, 'x-kubernetes-embedded-resource': true }, s: text },
    default: { e: {}, s: 1 },
  },
  'embedded metadata of a default is decoded': {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
    default: { apiVersion: 'v1', kind: 'Thing', metadata: { labels: { a: 1 } } },
  },
  'false for additional properties is taken': { type: 'object', additionalProperties: false },
  'true for additional properties goes with properties': {
    type: 'object',
    additionalProperties: true,
    properties: { a: text },
  },
  'a schema for additional properties does not go with properties': {
    type: 'object',
    additionalProperties: text,
    properties: { a: text },
  },
  'a combination below the root may speak of what is not there': {
    type: 'object',
    anyOf: [{ properties: { z: { minLength: 1 } } }],
  },
  'a combination has no list type': { type: 'array', items: text, anyOf: [{ 'x-kubernetes-list-type': 'set' }] },
  'a combination has no rules': { ...text, anyOf: [rules({ rule: '' })] },
  'a map type is for objects': { ...text, 'x-kubernetes-map-type': 'atomic' },
  'a list type is for lists': { ...text, 'x-kubernetes-list-type': 'atomic' },
  'items of a set of objects are atomic': { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' },
  'items of a set are not null': { type: 'array', items: { ...text, nullable: true }, 'x-kubernetes-list-type': 'set' },
  'keys of list maps are scalars': {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: { type: 'object', required: ['k'], properties: { k: { type: 'array', items: text } } },
  },
  'preserving is true or not said': { ...text, 'x-kubernetes-preserve-unknown-fields': false },
  'an int-or-string preserves nothing': {
    'x-kubernetes-int-or-string': true,
    'x-kubernetes-preserve-unknown-fields': true,
  },
  'an embedded resource has no additional properties': {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
    additionalProperties: text,
  },
  'the kind of an embedded resource is a text': {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    properties: { kind: { type: 'integer' } },
  },
  'definitions are not supported': { type: 'object', definitions: { a: text } },
  'the dialect of a schema is not supported': { type: 'object', $schema: 'y' },
  'what is false by default is not stored within items': {
    type: 'array',
    items: { type: 'integer', exclusiveMinimum: false, nullable: false },
  },
  'a rule of what has no type cannot be read': {
    'x-kubernetes-preserve-unknown-fields': true,
    ...rules({ rule: 'true' }),
  },
  'rules next to what is wrong are compiled, those above are not': {
    type: 'object',
    properties: { a: { type: 'array', items: text, uniqueItems: true }, b: { ...text, ...rules({ rule: 'self.x' }) } },
    ...rules({ rule: 'self.y' }),
  },
  'a rule that does not compile uses no old value': { ...text, ...rules({ rule: 'self.x', optionalOldSelf: true }) },
};

const definition = (schema: Json): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.{n}.example.com' },
  spec: {
    group: '{n}.example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { v: schema } } },
      },
    ],
  },
});

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All';
const cases: Case[] = Object.entries(schemas).map(([name, schema]) => ({
  name,
  steps: [post(path, definition(schema))],
  see: ['spec.versions', 'message', 'details.causes'],
}));

transcripts('found definitions', cases);
