import { type KubeObject, UnreachableError } from '@stageset/k8s';
import { isRecord } from '../requests/json.ts';

/** Parses the body of an answer that should be JSON of an object. */
export function parseBody(body: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new UnreachableError(`the answer to ${what} is not JSON: is this a Kubernetes API server?`, { cause });
  }
  if (!isRecord(value)) throw new UnreachableError(`the answer to ${what} is not an object`);
  return value;
}

/** Whether a value from the server can be handed on as an object: it says what it is and which one. */
export function isKubeObject(value: unknown): value is KubeObject {
  return (
    isRecord(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isRecord(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}

/** The object that a request was answered with. Reviews and token requests have no name: theirs is empty. */
export function parseObject(body: string, what: string): KubeObject {
  const value = parseBody(body, what);
  const named = isRecord(value['metadata']) ? { ...value, metadata: { name: '', ...value['metadata'] } } : value;
  if (!isKubeObject(named)) throw new UnreachableError(`the answer to ${what} is not a Kubernetes object`);
  return named;
}

/** Items of a list of a built-in kind come without their type, which the list alone says. */
export function parseItems(
  list: Readonly<Record<string, unknown>>,
  type: { readonly apiVersion: string; readonly kind: string },
): KubeObject[] {
  const items = Array.isArray(list['items']) ? list['items'] : [];
  return items.map((item): unknown => (isRecord(item) ? { ...type, ...item } : item)).filter(isKubeObject);
}
