import {
  compilePattern,
  deepEqual,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  own,
  PatternError,
  prune,
  type Schema,
  validate,
} from '@stageset/k8s';
import type { Faults } from '../builtin/validate/faults.ts';
import { objectAt, textAt, textsAt } from './definition.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['granular', 'atomic'];
const COMBINATIONS = ['allOf', 'anyOf', 'oneOf'] as const;
/** What may not stand below `allOf`, `anyOf`, `oneOf` and `not`: the structure is the node's own. */
const STRUCTURE = ['type', 'default', 'nullable', 'title', 'description', 'additionalProperties'] as const;
const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
const INT_OR_STRING = 'x-kubernetes-int-or-string';
const LIST_TYPE = 'x-kubernetes-list-type';
const LIST_KEYS = 'x-kubernetes-list-map-keys';
const MAP_TYPE = 'x-kubernetes-map-type';

/** What keeps the schema of a version from being structural, node by node. `field` is where it stands. */
export function schemaFaults(schema: JsonObject, field: string, faults: Faults): void {
  const type = textAt(schema, 'type');
  if (type === '') faults.required(`${field}.type`, 'must not be empty at the root');
  else if (type !== 'object') faults.invalid(`${field}.type`, type, 'must be object at the root');
  if (schema['nullable'] === true) faults.forbidden(`${field}.nullable`, 'nullable cannot be true at the root');
  const metadata = objectAt(objectAt(schema, 'properties'), 'metadata');
  if (Object.keys(objectAt(metadata, 'properties')).some((key) => key !== 'name' && key !== 'generateName')) {
    const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    faults.forbidden(`${field}.properties[metadata]`, why);
  }
  if (faults.causes.length === 0) nodeFaults(schema, field, faults);
}

function nodeFaults(schema: JsonObject, field: string, faults: Faults): void {
  typeFaults(schema, field, faults);
  forbiddenFaults(schema, field, faults);
  listFaults(schema, field, faults);
  patternFaults(schema, field, faults);
  combinationFaults(schema, field, faults, schema[INT_OR_STRING] === true);
  for (const [name, property] of Object.entries(objectAt(schema, 'properties'))) {
    if (isJsonObject(property)) nodeFaults(property, `${field}.properties[${name}]`, faults);
  }
  const { items, additionalProperties } = schema;
  if (isJsonObject(items)) nodeFaults(items, `${field}.items`, faults);
  if (isJsonObject(additionalProperties)) nodeFaults(additionalProperties, `${field}.additionalProperties`, faults);
  // A default is looked at once the schema that it has to fit is sound.
  if (faults.causes.length === 0) defaultFaults(schema, field, faults);
}

function typeFaults(schema: JsonObject, field: string, faults: Faults): void {
  const type = textAt(schema, 'type');
  if (schema[EMBEDDED] === true) {
    if (schema[PRESERVE] !== true && Object.keys(objectAt(schema, 'properties')).length === 0) {
      const why = `must not be empty if ${EMBEDDED} is true without ${PRESERVE}`;
      faults.required(`${field}.properties`, why);
    }
    if (type === '') faults.required(`${field}.type`, `must be object if ${EMBEDDED} is true`);
    else if (type !== 'object') faults.invalid(`${field}.type`, type, `must be object if ${EMBEDDED} is true`);
    return;
  }
  const isOpen = schema[PRESERVE] === true || schema[INT_OR_STRING] === true;
  if (type === '' && !isOpen && own(schema, '$ref') === undefined)
    faults.required(`${field}.type`, 'must not be empty for specified object fields');
  else faults.oneOf(`${field}.type`, type, TYPES);
}

function forbiddenFaults(schema: JsonObject, field: string, faults: Faults): void {
  if (own(schema, '$ref') !== undefined) faults.forbidden(`${field}.$ref`, '$ref is not supported');
  if (schema['uniqueItems'] === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    faults.forbidden(`${field}.uniqueItems`, why);
  }
  const { additionalProperties } = schema;
  if (additionalProperties === false) {
    faults.forbidden(`${field}.additionalProperties`, 'additionalProperties cannot be set to false');
  } else if (additionalProperties !== undefined && Object.keys(objectAt(schema, 'properties')).length > 0) {
    faults.forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive');
  }
}

/** How the two types of an int-or-string may be spelled out: there, types may stand below `anyOf`. */
const INT_OR_STRING_TYPES = [{ type: 'integer' }, { type: 'string' }];

/** @param spells whether the node, or its first `allOf`, may spell the types of an int-or-string out. */
function combinationFaults(schema: JsonObject, field: string, faults: Faults, spells = false): void {
  for (const keyword of COMBINATIONS) {
    const nodes = own(schema, keyword);
    if (!isJsonArray(nodes) || (spells && keyword === 'anyOf' && deepEqual(nodes, INT_OR_STRING_TYPES))) continue;
    for (const [index, node] of nodes.entries()) {
      if (!isJsonObject(node)) continue;
      combinedFaults(node, `${field}.${keyword}[${index}]`, faults, spells && keyword === 'allOf' && index === 0);
    }
  }
  const not = own(schema, 'not');
  if (isJsonObject(not)) combinedFaults(not, `${field}.not`, faults);
}

function combinedFaults(schema: JsonObject, field: string, faults: Faults, spells = false): void {
  for (const keyword of STRUCTURE) {
    if (own(schema, keyword) !== undefined) faults.forbidden(`${field}.${keyword}`, 'must be empty to be structural');
  }
  patternFaults(schema, field, faults);
  combinationFaults(schema, field, faults, spells);
  for (const [name, property] of Object.entries(objectAt(schema, 'properties'))) {
    if (isJsonObject(property)) combinedFaults(property, `${field}.properties[${name}]`, faults);
  }
  if (isJsonObject(schema['items'])) combinedFaults(schema['items'], `${field}.items`, faults);
}

function listFaults(schema: JsonObject, field: string, faults: Faults): void {
  const { items } = schema;
  if (isJsonArray(items)) faults.forbidden(`${field}.items`, 'items must be a schema object and not an array');
  else if (schema['type'] === 'array' && items === undefined) faults.required(`${field}.items`, 'must be specified');
  faults.oneOf(`${field}.${MAP_TYPE}`, schema[MAP_TYPE], MAP_TYPES);
  const listType = own(schema, LIST_TYPE);
  const keys = textsAt(schema, LIST_KEYS);
  if (listType !== undefined && !LIST_TYPES.includes(String(listType))) {
    faults.notSupported(`${field}.${LIST_TYPE}`, listType, LIST_TYPES);
  }
  if (keys.length > 0 && listType !== 'map') {
    faults.invalid(`${field}.${LIST_TYPE}`, listType, `must be map if ${LIST_KEYS} is non-empty`);
  }
  if (!isJsonObject(items)) return;
  if (listType === 'set') setFaults(items, field, faults);
  if (listType === 'map') mapListFaults(items, keys, field, faults);
}

function setFaults(items: JsonObject, field: string, faults: Faults): void {
  const why = `must be atomic as item of a list with ${LIST_TYPE}=set`;
  if (items['type'] === 'object' && items[MAP_TYPE] !== 'atomic') {
    faults.invalid(`${field}.items.${MAP_TYPE}`, items[MAP_TYPE], why);
  }
  if (items['type'] === 'array' && (items[LIST_TYPE] ?? 'atomic') !== 'atomic') {
    faults.invalid(`${field}.items.${LIST_TYPE}`, items[LIST_TYPE], why);
  }
}

function mapListFaults(items: JsonObject, keys: readonly string[], field: string, faults: Faults): void {
  if (keys.length === 0) {
    faults.required(`${field}.${LIST_KEYS}`, `must not be empty if ${LIST_TYPE} is map`);
    return;
  }
  const properties = objectAt(items, 'properties');
  if (keys.some((key) => !Object.hasOwn(properties, key))) {
    faults.invalid(`${field}.${LIST_KEYS}`, keys, 'entries must all be names of item properties');
    return;
  }
  if (new Set(keys).size < keys.length) {
    faults.invalid(`${field}.${LIST_KEYS}`, keys, 'must not contain duplicate entries');
  }
  const required = new Set(textsAt(items, 'required'));
  for (const key of keys) {
    if (required.has(key) || own(objectAt(properties, key), 'default') !== undefined) continue;
    const why = `this property is in ${LIST_KEYS}, so it must have a default or be a required property`;
    faults.required(`${field}.items.properties[${key}].default`, why);
  }
}

function patternFaults(schema: JsonObject, field: string, faults: Faults): void {
  const pattern = textAt(schema, 'pattern');
  if (pattern === '') return;
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    faults.invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${error.message}`);
  }
}

function defaultFaults(schema: JsonObject, field: string, faults: Faults): void {
  const value = own(schema, 'default');
  if (value === undefined) return;
  // The shape was decoded by the schema of CustomResourceDefinition itself.
  const fits = schema as Schema;
  const wrapped = { type: 'object', properties: { value: fits } } as const;
  if (prune({ value }, wrapped).pruned.length > 0) {
    faults.invalid(`${field}.default`, value, 'must not have unknown fields');
    return;
  }
  for (const cause of validate({ value }, wrapped)) {
    const path = (cause.field ?? '').replace(/^value/, '');
    faults.causes.push({
      ...cause,
      message: cause.message?.replaceAll(/: value(?=[.[ ])/g, ': ') ?? '',
      field: `${field}.default${path}`,
    });
  }
}
