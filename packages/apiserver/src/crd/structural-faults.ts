import {
  compilePattern,
  deepEqual,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  own,
  PatternError,
  type StatusCause,
} from '@stageset/k8s';
import { Faults } from '../builtin/validate/faults.ts';
import { objectAt, textAt } from './definition.ts';

const COMBINATIONS = ['allOf', 'anyOf', 'oneOf'] as const;
/** What may not stand below a combination, since the structure is the node's own; and how that is told. */
const STRUCTURE: readonly (readonly [string, string])[] = [
  ['type', 'empty'],
  ['additionalProperties', 'undefined'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
];
const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
const INT_OR_STRING = 'x-kubernetes-int-or-string';
/** How the two types of an int-or-string may be spelled out: there, types may stand below `anyOf`. */
const INT_OR_STRING_TYPES = [{ type: 'integer' }, { type: 'string' }];

type Level = 'root' | 'field' | 'item';
const NO_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  field: 'must not be empty for specified object fields',
  item: 'must not be empty for specified array items',
};

/** What keeps a schema from being structural, in the order of the places. `field` is where it stands. */
export function structuralFaults(schema: JsonObject, field: string): readonly StatusCause[] {
  const faults = new Faults();
  nodeFaults(schema, field, 'root', faults);
  completeness(schema, schema, field, field, faults);
  const told = ({ field: place, message }: StatusCause): string => `${place}: ${message}`;
  return faults.causes.toSorted((a, b) => (told(a) < told(b) ? -1 : 1));
}

function nodeFaults(schema: JsonObject, field: string, level: Level, faults: Faults): void {
  const { items, additionalProperties } = schema;
  if (schema['type'] === 'array' && items === undefined) faults.required(`${field}.items`, 'must be specified');
  if (isJsonObject(items)) nodeFaults(items, `${field}.items`, 'item', faults);
  for (const [name, property] of Object.entries(objectAt(schema, 'properties'))) {
    if (isJsonObject(property)) nodeFaults(property, `${field}.properties[${name}]`, 'field', faults);
  }
  if (additionalProperties !== undefined && level === 'root') {
    faults.forbidden(`${field}.additionalProperties`, 'must not be used at the root');
  }
  if (isJsonObject(additionalProperties)) {
    nodeFaults(additionalProperties, `${field}.additionalProperties`, 'field', faults);
  }
  extensionFaults(schema, field, faults);
  valueFaults(schema, { field, level, spellsAny: true, spellsAll: true }, faults);
  typeFaults(schema, field, level, faults);
  if (level === 'root' || schema[EMBEDDED] === true) resourceFaults(schema, field, level, faults);
}

function extensionFaults(schema: JsonObject, field: string, faults: Faults): void {
  if (schema[INT_OR_STRING] !== true) return;
  for (const keyword of [PRESERVE, EMBEDDED]) {
    if (schema[keyword] === true) {
      faults.invalid(`${field}.${keyword}`, true, `must be false if ${INT_OR_STRING} is true`);
    }
  }
}

function typeFaults(schema: JsonObject, field: string, level: Level, faults: Faults): void {
  const type = textAt(schema, 'type');
  if (schema[EMBEDDED] === true && type !== 'object') {
    const why = `must be object if ${EMBEDDED} is true`;
    if (type === '') faults.required(`${field}.type`, why);
    else faults.invalid(`${field}.type`, type, why);
  } else if (type === '' && schema[INT_OR_STRING] !== true && schema[PRESERVE] !== true) {
    faults.required(`${field}.type`, NO_TYPE[level]);
  }
  if (schema[EMBEDDED] === true && schema['additionalProperties'] !== undefined) {
    faults.forbidden(`${field}.additionalProperties`, `must not be used if ${EMBEDDED} is set`);
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    faults.invalid(`${field}.type`, type, 'must be object at the root');
  }
  const isBare = Object.keys(objectAt(schema, 'properties')).length === 0;
  if (schema[EMBEDDED] === true && schema[PRESERVE] !== true && isBare) {
    faults.required(`${field}.properties`, `must not be empty if ${EMBEDDED} is true without ${PRESERVE}`);
  }
}

/** What a schema says of the type and metadata of a resource, which are known without it. */
function resourceFaults(schema: JsonObject, field: string, level: Level, faults: Faults): void {
  const properties = objectAt(schema, 'properties');
  for (const [name, type] of [
    ['kind', 'string'],
    ['apiVersion', 'string'],
    ['metadata', 'object'],
  ] as const) {
    const property = own(properties, name);
    if (!isJsonObject(property) || textAt(property, 'type') === type) continue;
    faults.invalid(`${field}.properties[${name}].type`, textAt(property, 'type'), `must be ${type}`);
  }
  const metadata = own(properties, 'metadata');
  if (level !== 'root' || !isJsonObject(metadata)) return;
  const { type: _, default: __, properties: named, ...rest } = metadata;
  const names = Object.keys(isJsonObject(named) ? named : {});
  if (names.every((name) => name === 'name' || name === 'generateName') && Object.keys(rest).length === 0) return;
  const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  faults.forbidden(`${field}.properties[metadata]`, why);
}

interface Place {
  readonly field: string;
  readonly level: Level;
  /** Whether `anyOf`, or that of the first `allOf`, may spell the types of an int-or-string out. */
  readonly spellsAny: boolean;
  readonly spellsAll: boolean;
}

function valueFaults(schema: JsonObject, { field, spellsAny, spellsAll }: Place, faults: Faults): void {
  for (const [keyword, index, node] of combinedIn(schema)) {
    if (keyword === 'anyOf' && spellsAny && spellsTypes(schema)) continue;
    const spells = spellsAll && keyword === 'allOf' && index === 0;
    nestedFaults(node, index === undefined ? `${field}.not` : `${field}.${keyword}[${index}]`, spells, faults);
  }
  patternFaults(schema, field, faults);
}

function spellsTypes(schema: JsonObject): boolean {
  return deepEqual(own(schema, 'anyOf'), INT_OR_STRING_TYPES);
}

function* combinedIn(schema: JsonObject): Generator<readonly [string, number | undefined, JsonObject]> {
  for (const keyword of COMBINATIONS) {
    const nodes = own(schema, keyword);
    if (!isJsonArray(nodes)) continue;
    for (const [index, node] of nodes.entries()) if (isJsonObject(node)) yield [keyword, index, node];
  }
  const not = own(schema, 'not');
  if (isJsonObject(not)) yield ['not', undefined, not];
}

function nestedFaults(schema: JsonObject, field: string, spells: boolean, faults: Faults): void {
  valueFaults(schema, { field, level: 'field', spellsAny: spells, spellsAll: false }, faults);
  const properties = objectAt(schema, 'properties');
  if (isJsonObject(schema['items'])) nestedFaults(schema['items'], `${field}.items`, false, faults);
  for (const [name, property] of Object.entries(properties)) {
    if (isJsonObject(property)) nestedFaults(property, `${field}.properties[${name}]`, false, faults);
  }
  for (const [keyword, wanted] of STRUCTURE) {
    if (isGiven(own(schema, keyword))) faults.forbidden(`${field}.${keyword}`, `must be ${wanted} to be structural`);
  }
  if (Object.hasOwn(properties, 'metadata')) {
    faults.forbidden(`${field}.properties[metadata]`, 'must not be specified in a nested context');
  }
}

function isGiven(value: unknown): boolean {
  if (isJsonArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== '';
}

/** What a combination speaks of has to be there in the structure, which is at `place`. */
function completeness(said: JsonObject, there: JsonObject, place: string, field: string, faults: Faults): void {
  for (const [keyword, index, node] of combinedIn(said)) {
    const at = index === undefined ? `${field}.not` : `${field}.${keyword}[${index}]`;
    completeNode(node, there, place, at, faults);
  }
}

function completeNode(said: JsonObject, there: unknown, place: string, field: string, faults: Faults): void {
  if (!isJsonObject(there)) {
    faults.required(place, `because it is defined in ${field}`);
    return;
  }
  completeness(said, there, place, field, faults);
  const { items } = said;
  if (isJsonObject(items)) completeNode(items, there['items'], `${place}.items`, `${field}.items`, faults);
  for (const [name, property] of Object.entries(objectAt(said, 'properties'))) {
    if (!isJsonObject(property)) continue;
    const below = own(objectAt(there, 'properties'), name);
    completeNode(property, below, `${place}.properties[${name}]`, `${field}.properties[${name}]`, faults);
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
