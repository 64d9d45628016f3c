export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** `malformed`: no patch at all. `missing`: a pointer leads nowhere. `test`: a `test` did not hold. `limit`: a bound was met. */
export type JsonPatchFailure = 'malformed' | 'missing' | 'test' | 'limit';

export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
  readonly failure: JsonPatchFailure;
  /** Which operation, from 0; -1 when the patch as a whole is wrong. */
  readonly index: number;
  readonly pointer: string;
  constructor(failure: JsonPatchFailure, index: number, pointer: string, message: string) {
    super(message);
    this.failure = failure;
    this.index = index;
    this.pointer = pointer;
  }
}

/** RFC 6902. All operations or none: the input is never changed. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  throw new Error('to follow');
}
