import { Buffer } from 'node:buffer';
import { isJsonObject, own } from '@stageset/k8s';

/** The order in which Go's type writes metadata: what people see who read an object in the raw. */
const METADATA_ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

function inWireOrder(value: object): object {
  const metadata: unknown = 'metadata' in value ? value.metadata : undefined;
  if (!isJsonObject(metadata)) return value;
  const ordered: Record<string, unknown> = {};
  for (const key of METADATA_ORDER) {
    const field = own(metadata, key);
    if (field !== undefined) ordered[key] = field;
  }
  return { ...value, metadata: { ...ordered, ...metadata } };
}

/** Objects are frozen, so their JSON is made once, whoever reads it: a get, a list or every watcher. */
const cache = new WeakMap<object, Buffer>();

export function jsonBytes(value: object): Buffer {
  let bytes = cache.get(value);
  if (bytes === undefined) {
    bytes = Buffer.from(JSON.stringify(inWireOrder(value)));
    cache.set(value, bytes);
  }
  return bytes;
}
