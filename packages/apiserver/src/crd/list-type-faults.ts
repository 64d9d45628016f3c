import { isJsonArray, isJsonObject, type JsonObject, own } from '@stageset/k8s';
import type { Faults } from '../builtin/validate/faults.ts';
import { objectAt, textAt, textsAt } from './definition.ts';

const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['atomic', 'granular'];
const LIST_TYPE = 'x-kubernetes-list-type';
const LIST_KEYS = 'x-kubernetes-list-map-keys';
const MAP_TYPE = 'x-kubernetes-map-type';

/** What is wrong with how the lists and maps of a node are to merge. */
export function listTypeFaults(schema: JsonObject, field: string, faults: Faults): void {
  const type = textAt(schema, 'type');
  const [mapType, listType] = [own(schema, MAP_TYPE), own(schema, LIST_TYPE)];
  if (mapType !== undefined) typeFault(type, 'object', MAP_TYPE, field, faults);
  if (mapType !== undefined && !MAP_TYPES.includes(String(mapType))) {
    faults.notSupported(`${field}.${MAP_TYPE}`, mapType, MAP_TYPES);
  }
  if (listType !== undefined) typeFault(type, 'array', LIST_TYPE, field, faults);
  if (listType !== undefined && !LIST_TYPES.includes(String(listType))) {
    faults.notSupported(`${field}.${LIST_TYPE}`, listType, LIST_TYPES);
  }
  const keys = textsAt(schema, LIST_KEYS);
  if (keys.length > 0 && listType === undefined) {
    faults.required(`${field}.${LIST_TYPE}`, `must be map if ${LIST_KEYS} is non-empty`);
  } else if (keys.length > 0 && listType !== 'map') {
    faults.invalid(`${field}.${LIST_TYPE}`, listType, `must be map if ${LIST_KEYS} is non-empty`);
  }
  const { items } = schema;
  if (listType === 'map') mapListFaults(items, keys, field, faults);
  if (listType === 'set' && type === 'array' && isJsonObject(items)) setFaults(items, `${field}.items`, faults);
  if ((listType === 'map' || listType === 'set') && isJsonObject(items))
    itemFaults(listType, items, keys, field, faults);
}

function typeFault(type: string, wanted: string, keyword: string, field: string, faults: Faults): void {
  const why = `must be ${wanted} if ${keyword} is specified`;
  if (type === '') faults.required(`${field}.type`, why);
  else if (type !== wanted) faults.invalid(`${field}.type`, type, why);
}

function mapListFaults(items: unknown, keys: readonly string[], field: string, faults: Faults): void {
  if (keys.length === 0) faults.required(`${field}.${LIST_KEYS}`, `must not be empty if ${LIST_TYPE} is map`);
  if (items === undefined) faults.required(`${field}.items`, `must have a schema if ${LIST_TYPE} is map`);
  if (isJsonArray(items)) {
    faults.invalid(`${field}.items`, items, `must only have a single schema if ${LIST_TYPE} is map`);
  }
  if (!isJsonObject(items)) return;
  const type = textAt(items, 'type');
  if (type !== 'object') {
    faults.invalid(`${field}.items.type`, type, `must be object if parent array's ${LIST_TYPE} is map`);
    return;
  }
  const properties = objectAt(items, 'properties');
  for (const [index, key] of keys.entries()) {
    const property = own(properties, key);
    if (!isJsonObject(property)) {
      faults.invalid(`${field}.${LIST_KEYS}`, keys, 'entries must all be names of item properties');
    } else if (property['type'] === 'array' || property['type'] === 'object') {
      const why = `must be a scalar type if parent array's ${LIST_TYPE} is map`;
      faults.invalid(`${field}.items.properties[${key}].type`, type, why);
    }
    if (keys.indexOf(key) < index) faults.invalid(`${field}.${LIST_KEYS}`, keys, 'must not contain duplicate entries');
  }
}

function itemFaults(
  listType: 'map' | 'set',
  items: JsonObject,
  keys: readonly string[],
  field: string,
  faults: Faults,
): void {
  if (items['nullable'] === true) {
    faults.forbidden(`${field}.items.nullable`, `cannot be nullable when ${LIST_TYPE} is ${listType}`);
  }
  if (listType === 'map') keyFaults(items, keys, `${field}.items`, faults);
}

function keyFaults(items: JsonObject, keys: readonly string[], field: string, faults: Faults): void {
  const required = new Set(textsAt(items, 'required'));
  for (const key of keys) {
    const property = own(objectAt(items, 'properties'), key);
    if (!isJsonObject(property)) continue;
    const is = `this property is in ${LIST_KEYS}, so it`;
    if (!required.has(key) && own(property, 'default') === undefined) {
      faults.required(`${field}.properties[${key}].default`, `${is} must have a default or be a required property`);
    }
    if (property['nullable'] === true) {
      faults.forbidden(`${field}.properties[${key}].nullable`, `${is} cannot be nullable`);
    }
  }
}

function setFaults(items: JsonObject, field: string, faults: Faults): void {
  const why = `must be atomic as item of a list with ${LIST_TYPE}=set`;
  if (items['type'] === 'object' && items[MAP_TYPE] !== 'atomic') {
    faults.invalid(`${field}.${MAP_TYPE}`, items[MAP_TYPE], why);
  }
  if (items['type'] === 'array' && (items[LIST_TYPE] ?? 'atomic') !== 'atomic') {
    faults.invalid(`${field}.${LIST_TYPE}`, items[LIST_TYPE], why);
  }
}
