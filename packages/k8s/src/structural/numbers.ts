import type { Schema } from '../schema.ts';
import { invalidCause } from './cause.ts';
import { goNumber } from './go-format.ts';
import type { Findings } from './validate.ts';

/** What the API server reads as a 64-bit integer. */
export function isWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63;
}

/** Bounds and multiples. Like the API server, a whole number is compared with the whole part of a bound. */
export function validateNumber(value: number, schema: Schema, path: string, out: Findings): void {
  const field = path === '' ? '<nil>' : path.replace(/^\./, '');
  const factor = factorOf(value, schema);
  if (factor !== undefined && factor <= 0) {
    const detail = `factor MultipleOf declared for ${path} must be positive: ${goNumber(factor)}`;
    out.causes.push(invalidCause(field, factor, detail));
  }
  for (const detail of problems(value, schema))
    out.causes.push(invalidCause(field, value, `${path} in body ${detail}`));
  out.matches += 2;
}

/** Like bounds, the factor of a whole number is whole: one below one is none. */
function factorOf(value: number, { multipleOf }: Schema): number | undefined {
  return multipleOf === undefined || !isWhole(value) ? multipleOf : Math.trunc(multipleOf);
}

function* problems(value: number, schema: Schema): Generator<string> {
  const { maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema;
  const whole = isWhole(value);
  const bound = (limit: number): number => (whole ? Math.trunc(limit) : limit);
  const factor = factorOf(value, schema);
  if (factor !== undefined && factor > 0 && !isMultiple(value, factor, whole)) {
    yield `should be a multiple of ${goNumber(factor)}`;
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= bound(maximum) : value > bound(maximum))) {
    yield `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${goNumber(bound(maximum))}`;
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= bound(minimum) : value < bound(minimum))) {
    yield `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${goNumber(bound(minimum))}`;
  }
}

function isMultiple(value: number, factor: number, whole: boolean): boolean {
  if (whole) return value % factor === 0;
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  // Fractions such as 0.3 / 0.1 are whole but for the last bits.
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}
