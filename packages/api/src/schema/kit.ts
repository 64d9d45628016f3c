/**
 * The few words that the schemas of this API are written in. Every schema is plain JSON Schema as the API server reads
 * it, with a description on each field; `x-stageset` holds what only this package needs and never reaches a CRD.
 */
import Type, { type TProperties, type TSchema } from 'typebox';

export const optional = Type.Optional;

/** How a string is written, beyond what its pattern says; chooses the words of a problem. */
export type Form = 'duration' | 'decimal' | 'name' | 'instant' | 'version';

export interface Extension {
  readonly form?: Form;
  /** What holds when the field is absent, although the API server does not write it into the object. */
  readonly effectiveDefault?: unknown;
}

/** What a field may say beyond its type: JSON Schema's own words, those of Kubernetes, and the effective default. */
export interface FieldOptions {
  readonly default?: unknown;
  readonly effectiveDefault?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly keys?: readonly string[];
  readonly rules?: readonly { readonly rule: string; readonly message: string; readonly fieldPath?: string }[];
}

function keywords(description: string, options: FieldOptions, form?: Form): Record<string, unknown> {
  const { effectiveDefault, keys, rules, ...plain } = options;
  const said =
    effectiveDefault === undefined ? description : `${description} When absent: ${JSON.stringify(effectiveDefault)}.`;
  const extension: Extension = {
    ...(form === undefined ? {} : { form }),
    ...(effectiveDefault === undefined ? {} : { effectiveDefault }),
  };
  return {
    description: said,
    ...plain,
    ...(keys === undefined ? {} : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] }),
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) }),
    ...(Object.keys(extension).length === 0 ? {} : { 'x-stageset': extension }),
  };
}

export const text = (description: string, options: FieldOptions = {}, form?: Form) =>
  Type.String(keywords(description, options, form));

export const flag = (description: string, options: FieldOptions = {}) => Type.Boolean(keywords(description, options));

/** A 32-bit integer. */
export const whole = (description: string, options: FieldOptions = {}) =>
  Type.Integer({ ...keywords(description, options), format: 'int32' });

export const whole64 = (description: string, options: FieldOptions = {}) =>
  Type.Integer({ ...keywords(description, options), format: 'int64' });

export const oneOf = <const Value extends string>(
  values: readonly Value[],
  description: string,
  options: FieldOptions = {},
) => Type.Unsafe<Value>({ type: 'string', enum: [...values], ...keywords(description, options) });

export const object = <Properties extends TProperties>(
  description: string,
  properties: Properties,
  options: FieldOptions = {},
) => Type.Object(properties, keywords(description, options));

export const list = <Item extends TSchema>(description: string, item: Item, options: FieldOptions = {}) =>
  Type.Array(item, keywords(description, options));

/** A map from any key to a string. */
export const stringMap = (description: string) =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    ...keywords(description, {}),
  });

/** Every string that Go's `time.ParseDuration` takes, but for overflow. */
const GO_DURATION = '^[-+]?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$';

/** A Go duration such as `90s` or `1h30m`. */
export const duration = (description: string, options: FieldOptions = {}) =>
  text(description, { maxLength: 64, pattern: GO_DURATION, ...options }, 'duration');

/** A number written as a string, so that no float is rounded on its way. */
export const decimal = (description: string, options: FieldOptions = {}) =>
  text(
    description,
    { maxLength: 64, pattern: '^[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?$', ...options },
    'decimal',
  );

/** A name that must be there. */
export const name = (description: string, options: FieldOptions = {}) =>
  text(description, { minLength: 1, ...options });

/** An RFC 3339 instant. */
export const instant = (description: string) =>
  Type.String({ ...keywords(description, {}, 'instant'), format: 'date-time' });
