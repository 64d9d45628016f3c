/** A value that a kind's Go types cannot hold: a real server answers 400 `BadRequest` with these words. */
export class DecodeFault extends Error {
  override readonly name = 'DecodeFault';
}

/** What Go's decoder calls a JSON value. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
