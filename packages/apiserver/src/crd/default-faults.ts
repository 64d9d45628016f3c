import { compileValueRules, validateRules } from '@stageset/cel';
import {
  goJson,
  isJsonObject,
  type JsonObject,
  own,
  prune,
  type Schema,
  type ValidationCause,
  validate,
  validateEmbedded,
} from '@stageset/k8s';
import type { Faults } from '../builtin/validate/faults.ts';
import { decodeEmbedded, EmbeddedFault } from '../registry/embedded-metadata.ts';
import { objectAt } from './definition.ts';

/** Unknown metadata is dropped from what is embedded. */
const EMBEDDED_METADATA = /\.metadata\.[^.]+$/;

/** What is wrong with the defaults of a sound schema: they have to be what the schema takes. */
export function defaultFaults(schema: JsonObject, field: string, faults: Faults): void {
  // A default of the whole object is one of a resource.
  faultsBelow({ ...schema, 'x-kubernetes-embedded-resource': true }, field, faults);
}

function faultsBelow(schema: JsonObject, field: string, faults: Faults): void {
  const value = own(schema, 'default');
  if (value !== undefined && value !== null) valueFaults(schema as Schema, value, `${field}.default`, faults);
  for (const [name, property] of Object.entries(objectAt(schema, 'properties'))) {
    if (isJsonObject(property)) faultsBelow(property, `${field}.properties[${name}]`, faults);
  }
  // Those of a map's values are taken as they are.
  if (isJsonObject(schema['items'])) faultsBelow(schema['items'], `${field}.items`, faults);
}

function valueFaults(schema: Schema, value: unknown, field: string, faults: Faults): void {
  const wrapped: Schema = { type: 'object', properties: { value: schema } };
  const { pruned } = prune({ value }, wrapped);
  if (pruned.some((path) => !EMBEDDED_METADATA.test(path))) {
    const message = `Invalid value: ${goJson(value)}: must not have unknown fields`;
    faults.causes.push({ reason: 'FieldValueInvalid', message, field });
  }
  try {
    decodeEmbedded({ value }, wrapped);
  } catch (error) {
    if (!(error instanceof EmbeddedFault)) throw error;
    const place = `${field}${error.field.replace(/^value/, '')}`;
    faults.causes.push({ reason: 'FieldValueInvalid', message: error.detail, field: place });
    return;
  }
  const untyped = validateEmbedded(value, schema);
  addBelow(untyped, field, faults);
  if (untyped.length > 0) return;
  const found = validate(value, schema, { isDefault: true });
  for (const cause of found) {
    const { field: place = '<nil>' } = cause;
    faults.causes.push({ ...cause, field: place === '<nil>' ? field : `${field}.${place.replace(/^\./, '')}` });
  }
  if (found.length > 0) return;
  addBelow(ruleFaults(schema, value), field, faults);
}

function addBelow(causes: readonly ValidationCause[], field: string, faults: Faults): void {
  for (const cause of causes) {
    const { field: place = '<nil>' } = cause;
    const below = place === '<nil>' ? '' : /^\.?\[/.test(place) ? place : `.${place}`;
    faults.causes.push({ ...cause, field: `${field}${below}` });
  }
}

/** The rules that a default breaks where it stands. */
function ruleFaults(schema: Schema, value: unknown): readonly ValidationCause[] {
  const root = compileValueRules(schema);
  return root === undefined ? [] : validateRules(root, value, value, { ratchets: false }).causes;
}
