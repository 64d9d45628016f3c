/** Holds a value against its schema, field by field, and says of each what is wrong. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonPath, nearestName, own, setOwn } from '@stageset/k8s';
import type { Definition } from '../schema/definition.ts';
import type { Findings } from './findings.ts';
import { checkText } from './text.ts';
import { articled, plain, typeOf } from './words.ts';

/**
 * Reports everything in `value` that its schema forbids, unknown fields included, and returns what is left without what
 * has a wrong type. Null is refused where the server refuses it: everywhere but where it stands for a default.
 */
export function checkShape(value: unknown, definition: Definition, at: JsonPath, findings: Findings): unknown {
  const found = typeOf(value);
  const wanted = definition.type ?? 'object';
  if (found !== wanted && !(wanted === 'number' && found === 'integer')) {
    findings.addUnusable(at, {
      ...(value === null ? {} : plain(value)),
      message: value === null ? 'has no value' : `is ${articled(found)}, but must be ${articled(wanted)}`,
      fix: conversion(value, wanted),
    });
    return undefined;
  }
  if (isJsonArray(value)) return checkList(value, definition, at, findings);
  if (isJsonObject(value)) return checkObject(value, definition, at, findings);
  if (typeof value === 'string') return checkText(value, definition, at, findings) ? value : undefined;
  if (typeof value === 'number') checkNumber(value, definition, at, findings);
  return value;
}

function conversion(value: unknown, wanted: string): string {
  if (value === null) return 'give it a value, or take it out';
  if (wanted === 'string' && ['number', 'boolean'].includes(typeof value))
    return `put it in quotes: "${String(value)}"`;
  if (wanted === 'boolean') return 'write true or false, without quotes';
  if (wanted === 'integer') return 'write a whole number, without quotes';
  if (wanted === 'array') return 'write a list: each item on a line of its own that begins with a dash';
  if (wanted === 'object') return 'write fields with their values, indented below';
  return `write ${articled(wanted)}`;
}

function checkNumber(value: number, definition: Definition, at: JsonPath, findings: Findings): void {
  const least = Math.max(definition.minimum ?? -Infinity, definition.format === 'int32' ? -(2 ** 31) : -Infinity);
  const most = Math.min(definition.maximum ?? Infinity, definition.format === 'int32' ? 2 ** 31 - 1 : Infinity);
  if (value < least) findings.add(at, { value, message: 'is too small', fix: `write ${least} or more` });
  if (value > most) findings.add(at, { value, message: 'is too large', fix: `write ${most} or less` });
}

function checkList(value: readonly unknown[], definition: Definition, at: JsonPath, findings: Findings): unknown {
  const { items, minItems = 0, maxItems = Infinity } = definition;
  if (value.length < minItems) {
    findings.add(at, {
      message: 'is empty',
      fix: `give at least ${minItems === 1 ? 'one item' : `${minItems} items`}`,
    });
  }
  if (value.length > maxItems) {
    findings.add(at, { message: `has ${value.length} items, more than ${maxItems}`, fix: 'take some out' });
    return [];
  }
  const checked = value.map((item, i) => (items === undefined ? item : checkShape(item, items, [...at, i], findings)));
  const keys = definition['x-kubernetes-list-map-keys'];
  if (keys !== undefined) checkUnique(checked, keys, at, findings);
  return checked;
}

function checkUnique(items: readonly unknown[], keys: readonly string[], at: JsonPath, findings: Findings): void {
  const firsts = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    if (!isJsonObject(item)) continue;
    const values = keys.map((key) => own(item, key));
    if (values.includes(undefined)) continue;
    const identity = JSON.stringify(values);
    const first = firsts.get(identity);
    if (first === undefined) {
      firsts.set(identity, i);
      continue;
    }
    const [key = ''] = keys;
    findings.add(keys.length === 1 ? [...at, i, key] : [...at, i], {
      ...(keys.length === 1 ? plain(values[0]) : {}),
      message: `is the same as that of item ${first} of the list, but must be unique`,
      fix: 'give it another name, or take one of the two out',
    });
  }
}

function checkObject(value: JsonObject, definition: Definition, at: JsonPath, findings: Findings): unknown {
  const checked: Record<string, unknown> = {};
  const { properties, additionalProperties, required = [] } = definition;
  for (const [key, child] of Object.entries(value)) {
    const inside = [...at, key];
    const known = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (known === undefined) {
      reportUnknown(key, Object.keys(properties ?? {}), inside, findings);
    } else if (child !== undefined && !(child === null && known.default !== undefined)) {
      const usable = checkShape(child, known, inside, findings);
      if (usable !== undefined) setOwn(checked, key, usable);
    }
  }
  for (const key of required) {
    if (own(value, key) !== undefined) continue;
    findings.addUnusable([...at, key], { message: 'is missing', fix: `set it: ${meaningOf(properties?.[key])}` });
  }
  return checked;
}

function meaningOf(definition: Definition | undefined): string {
  const [first = ''] = (definition?.description ?? '').split(/\.\s|\.$/);
  return first === '' ? 'it is required' : first.charAt(0).toLowerCase() + first.slice(1);
}

function reportUnknown(key: string, known: readonly string[], at: JsonPath, findings: Findings): void {
  const nearest = nearestName(key, known);
  findings.add(at, {
    message: 'is not a known field',
    allowed: known,
    fix: nearest === undefined ? 'take it out' : `did you mean ${nearest}?`,
  });
}
