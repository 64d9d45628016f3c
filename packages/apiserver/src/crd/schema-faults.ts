import { compileRules, validateRuleFields } from '@stageset/cel';
import { isJsonArray, isJsonObject, type JsonObject, own, type Schema, type StatusCause } from '@stageset/k8s';
import { Faults } from '../builtin/validate/faults.ts';
import { defaultFaults } from './default-faults.ts';
import { objectAt, textAt } from './definition.ts';
import { listTypeFaults } from './list-type-faults.ts';
import { structuralFaults } from './structural-faults.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const TYPE_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);
const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
/** Keywords of JSON schemas that definitions do without, and those of them that end all further reading. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];

/**
 * What is wrong with the schema of a version: keywords, rules, structure, defaults, each looked at when what it builds on is
 * sound. `field` is where it stands; `isNew` is false for a schema that was there before.
 */
export function schemaFaults(schema: JsonObject, field: string, isNew: boolean, faults: Faults): void {
  if (schema['nullable'] === true) faults.forbidden(`${field}.nullable`, 'nullable cannot be true at the root');
  // The shape was decoded by the schema of CustomResourceDefinition itself.
  const typed = schema as Schema;
  const keywords = new Faults();
  keywordFaults(schema, { field, isRoot: true, noDefaults: undefined, inMetadata: false }, keywords);
  const broken = [...keywords.causes, ...validateRuleFields(typed, field)];
  const before = faults.causes.length;
  if (isReadable(schema)) {
    faults.causes.push(...structuralFaults(schema, field));
    if (faults.causes.length === before) defaultFaults(schema, field, faults);
  } else if (broken.length === 0) {
    faults.invalid(field, '', "OpenAPIV3Schema 'schema' is not supported");
  }
  const isSound = isReadable(schema) && faults.causes.length === before;
  faults.causes.push(...broken);
  // What a rule may say depends on types, and those on the structure.
  if (isSound) faults.causes.push(...compileRules(withoutBroken(typed, field, broken), field, isNew).causes);
}

/** The schema without the rules of nodes where something is wrong at the node or below it: those are not looked at. */
function withoutBroken(schema: Schema, field: string, broken: readonly StatusCause[]): Schema {
  if (!broken.some((cause) => cause.field?.startsWith(field))) return schema;
  const { 'x-kubernetes-validations': _, properties, items, additionalProperties, ...rest } = schema;
  const below = (child: Schema, name: string): Schema => withoutBroken(child, `${field}.${name}`, broken);
  const fields = Object.entries(properties ?? {}).map(([name, child]): [string, Schema] => [
    name,
    below(child, `properties[${name}]`),
  ]);
  return {
    ...rest,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(fields) }),
    ...(items === undefined ? {} : { items: below(items, 'items') }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: below(additionalProperties, 'additionalProperties') }
      : {}),
  };
}

function isReadable(schema: JsonObject): boolean {
  if (schema[PRESERVE] === false) return false;
  if (isJsonArray(schema['items']) || ['$schema', ...UNSUPPORTED].some((keyword) => isSaid(schema, keyword)))
    return false;
  return childrenOf(schema, '').every(([child]) => isReadable(child));
}

function isSaid(schema: JsonObject, keyword: string): boolean {
  const value = own(schema, keyword);
  const isEmpty = isJsonObject(value) && Object.keys(value).length === 0;
  return value !== undefined && value !== '' && !isEmpty;
}

interface Place {
  readonly field: string;
  readonly isRoot: boolean;
  /** Why there may be no defaults here, if there may not. */
  readonly noDefaults: string | undefined;
  readonly inMetadata: boolean;
}

function keywordFaults(schema: JsonObject, place: Place, faults: Faults): void {
  const { field, isRoot, noDefaults, inMetadata } = place;
  if (noDefaults !== undefined && (own(schema, 'default') ?? null) !== null) {
    faults.forbidden(`${field}.default`, `must not be set ${noDefaults}`);
  }
  for (const keyword of UNSUPPORTED) {
    if (isSaid(schema, keyword)) faults.forbidden(`${field}.${keyword}`, `${keyword} is not supported`);
  }
  const type = textAt(schema, 'type');
  if (type !== '') faults.oneOf(`${field}.type`, type, TYPES);
  if (type === 'null') faults.forbidden(`${field}.type`, 'type cannot be set to null, use nullable as an alternative');
  if (isJsonArray(schema['items'])) {
    faults.forbidden(`${field}.items`, 'items must be a schema object and not an array');
  }
  if (inMetadata && schema[EMBEDDED] === true) {
    faults.forbidden(`${field}.${EMBEDDED}`, 'must not be used inside of resource meta');
  }
  if (schema['uniqueItems'] === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    faults.forbidden(`${field}.uniqueItems`, why);
  }
  additionalFaults(schema, field, faults);
  if (schema[PRESERVE] === false) faults.invalid(`${field}.${PRESERVE}`, false, 'must be true or undefined');
  listTypeFaults(schema, field, faults);
  const isResource = isRoot || schema[EMBEDDED] === true;
  for (const [child, at, name] of childrenOf(schema, field)) {
    const isMetadata = isResource && name !== undefined && TYPE_FIELDS.has(name);
    const reason = isRoot && isMetadata ? `in top-level ${name}` : noDefaults;
    const inside = inMetadata && name === '' ? 'inside additionalProperties applying to object metadata' : reason;
    keywordFaults(
      child,
      { field: at, isRoot: false, noDefaults: inside, inMetadata: inMetadata || isMetadata },
      faults,
    );
  }
}

function additionalFaults(schema: JsonObject, field: string, faults: Faults): void {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined || additionalProperties === true) return;
  if (Object.keys(objectAt(schema, 'properties')).length === 0) return;
  faults.forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive');
}

/** The schemas below one, where they stand, and the name of the property; it is empty for `additionalProperties`. */
function childrenOf(schema: JsonObject, field: string): readonly (readonly [JsonObject, string, string?])[] {
  const children: (readonly [unknown, string, string?])[] = [
    [schema['additionalProperties'], `${field}.additionalProperties`, ''],
    [schema['items'], `${field}.items`],
    [schema['not'], `${field}.not`],
  ];
  for (const [name, child] of Object.entries(objectAt(schema, 'properties'))) {
    children.push([child, `${field}.properties[${name}]`, name]);
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const nodes = own(schema, keyword);
    if (!isJsonArray(nodes)) continue;
    for (const [index, child] of nodes.entries()) children.push([child, `${field}.${keyword}[${index}]`]);
  }
  return children.filter((child): child is readonly [JsonObject, string, string?] => isJsonObject(child[0]));
}
