import type { Schema } from '../schema.ts';
import { invalidCause } from './cause.ts';
import { goNumber } from './go-format.ts';
import type { Findings } from './validate.ts';

/** Bounds and multiples. Like the API server, a whole number is compared with the whole part of a bound. */
export function validateNumber(value: number, schema: Schema, path: string, out: Findings): void {
  const whole = Number.isInteger(value);
  const bound = (limit: number): number => (whole ? Math.trunc(limit) : limit);
  const fail = (detail: string): void => {
    out.causes.push(invalidCause(path === '' ? '<nil>' : path.replace(/^\./, ''), value, `${path} in body ${detail}`));
  };
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema;
  if (multipleOf !== undefined) {
    const factor = bound(multipleOf);
    if (factor <= 0) {
      const detail = `factor MultipleOf declared for ${path} must be positive: ${goNumber(factor)}`;
      out.causes.push(invalidCause(path === '' ? '<nil>' : path.replace(/^\./, ''), factor, detail));
    } else if (!isMultiple(value, factor, whole)) {
      fail(`should be a multiple of ${goNumber(factor)}`);
    }
  }
  if (maximum !== undefined) {
    const limit = bound(maximum);
    if (exclusiveMaximum ? value >= limit : value > limit) {
      fail(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${goNumber(limit)}`);
    }
  }
  if (minimum !== undefined) {
    const limit = bound(minimum);
    if (exclusiveMinimum ? value <= limit : value < limit) {
      fail(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${goNumber(limit)}`);
    }
  }
  out.matches += 2;
}

function isMultiple(value: number, factor: number, whole: boolean): boolean {
  if (whole) return value % factor === 0;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  // Fractions such as 0.3 / 0.1 are whole but for the last bits.
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}
