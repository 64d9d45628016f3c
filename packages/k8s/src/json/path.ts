import { isJsonArray, isJsonObject } from './value.ts';

/** Where a value is inside a JSON document: keys and list indices, outermost first. */
export type JsonPath = readonly (string | number)[];

/** The value at a path, or `undefined` when any step of it is missing. Only own keys and existing indices are followed. */
export function getAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const step of path) {
    if (isJsonArray(value)) {
      if (typeof step !== 'number') return undefined;
      value = value[step];
    } else if (isJsonObject(value) && Object.hasOwn(value, step)) {
      value = value[step];
    } else {
      return undefined;
    }
  }
  return value;
}

/** RFC 6901: `/spec/containers/0/image`. The empty path is the empty string, which names the whole document. */
export function formatPointer(path: JsonPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The tokens of an RFC 6901 pointer, or `undefined` when it is not one (no leading `/`, or a `~` that escapes nothing). */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * A path as Kubernetes writes it in errors: `spec.template.spec.containers[0].image`. A key that is no plain field name
 * is put in brackets, so that dots in it cannot be mistaken: `metadata.annotations[example.com/owner]`.
 */
export function formatFieldPath(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${step}]`;
  }
  return text;
}
