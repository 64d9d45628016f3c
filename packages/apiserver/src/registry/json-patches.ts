import { applyJsonPatch, isJsonArray, isJsonObject, JsonPatchError, type KubeObject } from '@stageset/k8s';
import { fromSource, parseSource, toSource } from './json-source.ts';

type Operation = Readonly<Record<string, unknown>>;

/** Where a value waits that is moved into itself. */
const HELD = '/ held';
/** What becomes of an object is written with its keys in order, once it was patched. */
const byKey = (a: string, b: string): number => (a < b ? -1 : 1);

/**
 * The API server's library is laxer than RFC 6902: `replace` sets a key that an object does not have yet, `copy` of a key
 * that is not there copies null, a value that is left out is null, and what is moved into itself is taken away first.
 * A `test` compares texts as they are written: `sent` is the patch as it came.
 *
 * @throws {JsonPatchError}
 */
export function jsonPatched(present: KubeObject, patch: readonly Operation[], sent: string | undefined): unknown {
  if (sent === undefined || !patch.some(({ op }) => op === 'test')) return sorted(laxly(present, complete(patch)));
  const written = parseSource(sent);
  const operations = isJsonArray(written) ? written.filter(isJsonObject).map(readable) : [];
  return sorted(fromSource(laxly(toSource(present), complete(operations))));
}

/** Of an operation that is held in its source, only the value stays so. */
function readable(operation: Operation): Operation {
  const { value, ...rest } = operation;
  const read = fromSource(rest) as Operation;
  return value === undefined ? read : { ...read, value };
}

function complete(patch: readonly Operation[]): readonly Operation[] {
  return patch.flatMap((operation) => {
    const { op, path, from } = operation;
    if ((op === 'add' || op === 'replace') && !Object.hasOwn(operation, 'value'))
      return [{ ...operation, value: null }];
    const isIntoItself = op === 'move' && typeof from === 'string' && String(path).startsWith(`${from}/`);
    if (!isIntoItself) return [operation];
    return [
      { op, from, path: HELD },
      { op, from: HELD, path },
    ];
  });
}

function laxly(present: unknown, patch: readonly Operation[]): unknown {
  try {
    return applyJsonPatch(present, patch);
  } catch (error) {
    if (!(error instanceof JsonPatchError) || error.failure !== 'missing') throw error;
    const operation = patch[error.index] ?? {};
    const before = laxly(present, patch.slice(0, error.index));
    const lax = laxer(operation, error.pointer, before);
    if (lax === undefined) throw error;
    return laxly(present, patch.with(error.index, lax));
  }
}

function laxer(operation: Operation, missing: string, before: unknown): Operation | undefined {
  const { op, path, from } = operation;
  if (op === 'replace' && !isJsonArray(parentOf(before, String(path)))) return { ...operation, op: 'add' };
  // Only the last step of what is copied may lead nowhere.
  if (op === 'copy' && missing === from && isJsonObject(parentOf(before, from)))
    return { op: 'add', path, value: null };
  return undefined;
}

/** @throws {JsonPatchError} when it is not there. */
function parentOf(document: unknown, pointer: string): unknown {
  const from = pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
  const copied = applyJsonPatch({ document }, [{ op: 'copy', path: '/parent', from: `/document${from}` }]);
  return isJsonObject(copied) ? copied['parent'] : undefined;
}

function sorted(value: unknown): unknown {
  if (!isJsonObject(value)) return isJsonArray(value) ? value.map(sorted) : value;
  const keys = Object.keys(value).sort(byKey);
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
