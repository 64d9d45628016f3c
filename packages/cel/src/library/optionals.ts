import { Failure, isList, MapValue, Optional, type Result, TypeValue, type Value } from '../values/value.ts';
import { global, member, type Overload } from './function.ts';

/** The values that make an optional empty with `ofNonZeroValue`. */
function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true;
  if (isList(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof MapValue) return value.size === 0;
  return typeof value === 'object' && 'value' in value && !(value instanceof TypeValue) && value.value === 0n;
}

const SPECIAL = (): Result => new Failure('no such overload');

/** Values that may be missing. `_[?_]`, `or` and `orValue` are evaluated by the evaluation itself. */
export const OPTIONALS: readonly Overload[] = [
  global('optional.none', '-> optional(A)', () => Optional.none),
  global('optional.of', 'A -> optional(A)', (value: Value) => new Optional(value)),
  global('optional.ofNonZeroValue', 'A -> optional(A)', (value: Value) =>
    isZero(value) ? Optional.none : new Optional(value),
  ),
  member('hasValue', 'optional(A) -> bool', (optional: Optional) => optional.value !== undefined),
  member('value', 'optional(A) -> A', (optional: Optional) => optional.value ?? missing(optional)),
  member('or', 'optional(A), optional(A) -> optional(A)', SPECIAL),
  member('orValue', 'optional(A), A -> A', SPECIAL),
  global('_[_]', 'optional(list(A)), int -> optional(A)', SPECIAL),
  global('_[_]', 'optional(map(A, B)), A -> optional(B)', SPECIAL),
  global('_[?_]', 'list(A), int -> optional(A)', SPECIAL),
  global('_[?_]', 'map(A, B), A -> optional(B)', SPECIAL),
  global('_[?_]', 'optional(list(A)), int -> optional(A)', SPECIAL),
  global('_[?_]', 'optional(map(A, B)), A -> optional(B)', SPECIAL),
];

function missing({ value }: Optional): Result {
  return value === null ? null : new Failure('optional.none() dereference');
}

/** Kubernetes' `optional.unwrap` of a list: its values that are there. */
export const UNWRAPPED: readonly Overload[] = [
  ...['optional.unwrap'].map((name) =>
    global(name, 'list(optional(A)) -> list(A)', (list: readonly Optional[]) =>
      list.flatMap(({ value }) => (value === undefined ? [] : [value])),
    ),
  ),
  member('unwrapOpt', 'list(optional(A)) -> list(A)', (list: readonly Optional[]) =>
    list.flatMap(({ value }) => (value === undefined ? [] : [value])),
  ),
];
