import type { Schema } from '@stageset/k8s';
import type { SizeLookup } from '../cost/estimate.ts';
import { escapeField } from './escape.ts';
import { fieldSchemas, itemSchema, valueSchema } from './schema-type.ts';

/** The largest request that Kubernetes takes: what no schema bounds is bounded by it. */
const REQUEST = 3 * 1024 * 1024;
const LONGEST_TEXT = REQUEST - 2;
/** Times as JSON, within quotation marks. */
const TIMES: Readonly<Record<string, { readonly least: number; readonly most: number }>> = {
  duration: { least: 3, most: 32 },
  date: { least: 12, most: 12 },
  'date-time': { least: 21, most: 32 },
};

/** What a schema says of the sizes of its values, as Kubernetes reads it for estimates. */
interface Sizes {
  /** Characters, items or entries; 0 for what has none. */
  readonly most: number;
  /** Bytes of the smallest value as JSON. */
  readonly least: number;
  readonly fields: ReadonlyMap<string, Sizes>;
  readonly items?: Sizes;
  readonly keys?: Sizes;
}

const NO_FIELDS: ReadonlyMap<string, Sizes> = new Map();
const simple = (least: number, most: number): Sizes => ({ most, least, fields: NO_FIELDS });
const KEYS = simple(2, 0);

/** Sizes of a schema's values, and how often one may be in an object where no list or map around it has a bound. */
export interface SchemaSizes {
  readonly lookup: SizeLookup;
  readonly timesInRequest: number;
}

export function schemaSizes(schema: Schema): SchemaSizes {
  const root = sizesOf(schema);
  return {
    lookup: (steps) => {
      let at: Sizes | undefined = root;
      for (const step of steps) {
        if (step === '@items' || step === '@values') at = at?.items;
        else if (step === '@keys') at = at?.keys;
        else at = at?.fields.get(step);
      }
      return at?.most;
    },
    timesInRequest: Math.floor(REQUEST / ((root?.least ?? 0) + 1)),
  };
}

function sizesOf(schema: Schema): Sizes | undefined {
  const { maxItems, maxProperties } = schema;
  if (schema['x-kubernetes-int-or-string'] === true) return simple(1, textLength(schema));
  switch (schema.type) {
    case 'array': {
      const of = itemSchema(schema);
      const items = of === undefined ? undefined : sizesOf(of);
      if (items === undefined) return undefined;
      const most = maxItems ?? Math.floor(LONGEST_TEXT / (items.least + 1));
      return { most: Math.max(0, most), least: 2, fields: NO_FIELDS, items };
    }
    case 'object': {
      const of = valueSchema(schema);
      if (of === undefined) return objectSizes(schema);
      const items = sizesOf(of);
      if (items === undefined) return undefined;
      const most = maxProperties ?? Math.floor(LONGEST_TEXT / (items.least + 6));
      return { most: Math.max(0, most), least: 2, fields: NO_FIELDS, items, keys: KEYS };
    }
    case 'string':
      return textSizes(schema);
    case 'boolean':
      return simple(4, 0);
    case 'integer':
    case 'number':
      return simple(1, 0);
    default:
      return undefined;
  }
}

function objectSizes(schema: Schema): Sizes {
  const fields = new Map<string, Sizes>();
  let least = 2;
  for (const [name, property] of fieldSchemas(schema)) {
    const sizes = sizesOf(property);
    if (sizes === undefined) continue;
    const escaped = escapeField(name);
    if (escaped !== undefined) fields.set(escaped, sizes);
    const isGiven = schema.required?.includes(name) === true && property.default === undefined;
    if (isGiven) least += Buffer.byteLength(name) + sizes.least + 4;
  }
  return { most: 0, least, fields };
}

function textSizes(schema: Schema): Sizes {
  const { format = '', maxLength } = schema;
  const time = Object.hasOwn(TIMES, format) ? TIMES[format] : undefined;
  if (time !== undefined) return simple(time.least, time.most);
  if (format === 'byte') return simple(2, maxLength === undefined ? LONGEST_TEXT : Math.max(0, maxLength));
  return simple(2, textLength(schema));
}

/** A character may be of four bytes. */
function textLength({ maxLength, enum: allowed = [], ...schema }: Schema): number {
  if (maxLength !== undefined) return Math.max(0, maxLength) * 4;
  if (allowed.length === 0 || schema['x-kubernetes-int-or-string'] === true) return LONGEST_TEXT;
  return Math.max(0, ...allowed.map((text) => (typeof text === 'string' ? Buffer.byteLength(text) : 0)));
}

/** How many times as often the children of a schema's value may be there as the value itself; undefined without a bound. */
export function timesOfChildren({ type, additionalProperties, maxProperties, maxItems }: Schema): number | undefined {
  if (type === 'array') return maxItems === undefined ? undefined : Math.max(0, maxItems);
  if (type !== 'object' || additionalProperties === undefined) return 1;
  return maxProperties === undefined ? undefined : Math.max(0, maxProperties);
}
