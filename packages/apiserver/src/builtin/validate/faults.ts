import type { StatusCause } from '@stageset/k8s';

/** Collects what is wrong with an object, each fault in the words of a real server. */
export class Faults {
  readonly causes: StatusCause[] = [];

  required(field: string, why = ''): void {
    this.#add('FieldValueRequired', field, why === '' ? 'Required value' : `Required value: ${why}`);
  }

  invalid(field: string, value: unknown, why: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${shown(value)}${why === '' ? '' : `: ${why}`}`);
  }

  /** What a checker of names found, which may be nothing. */
  invalidAll(field: string, value: unknown, found: readonly string[]): void {
    for (const why of found) this.invalid(field, value, why);
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${shown(value)}`);
  }

  tooMany(field: string, count: number, most: number): void {
    this.#add('FieldValueTooMany', field, `Too many: ${count}: must have at most ${most} items`);
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, `Not found: ${shown(value)}`);
  }

  forbidden(field: string, why: string): void {
    this.#add('FieldValueForbidden', field, `Forbidden: ${why}`);
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const list = supported.map((one) => JSON.stringify(one)).join(', ');
    this.#add('FieldValueNotSupported', field, `Unsupported value: ${shown(value)}: supported values: ${list}`);
  }

  /** A value outside its list; one that is not given is no fault. */
  oneOf(field: string, value: unknown, supported: readonly string[]): void {
    if (value === undefined || value === '') return;
    if (typeof value !== 'string' || !supported.includes(value)) this.notSupported(field, value, supported);
  }

  notNegative(field: string, value: unknown): void {
    if (typeof value === 'number' && value < 0) this.invalid(field, value, 'must be greater than or equal to 0');
  }

  port(field: string, value: unknown): void {
    if (typeof value === 'number' && (value < 1 || value > 65535)) {
      this.invalid(field, value, 'must be between 1 and 65535, inclusive');
    }
  }

  #add(reason: string, field: string, message: string): void {
    this.causes.push({ reason, message, field });
  }
}

function shown(value: unknown): string {
  const text = value === undefined ? 'null' : JSON.stringify(value);
  return typeof value === 'object' ? escaped(text) : text;
}

/** Objects are shown as Go encodes them. */
function escaped(json: string): string {
  return json.replaceAll(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
