import { isJsonArray, isJsonObject, type KubeObject, own } from '@stageset/k8s';

/**
 * The values of the fields that a manager applied, and nothing else, as a value that two observations can be compared
 * by. It stays the same while others change their own fields and differs as soon as one of ours is changed, removed or
 * taken over. `undefined` when the manager has applied nothing here.
 */
export function ownedValues(live: KubeObject, manager: string): unknown {
  const entry = live.metadata.managedFields?.find(
    (fields) => fields.manager === manager && fields.operation === 'Apply' && (fields.subresource ?? '') === '',
  );
  return entry === undefined ? undefined : [entry.apiVersion, pick(live, entry.fieldsV1)];
}

function pick(live: unknown, set: unknown): unknown {
  if (!isJsonObject(set)) return live ?? null;
  const keys = Object.keys(set).filter((key) => key !== '.');
  if (keys.length === 0) return isJsonObject(live) && Object.hasOwn(set, '.') ? '{}' : (live ?? null);
  return keys.sort().map((key) => [key, pick(childOf(live, key), set[key])]);
}

function childOf(live: unknown, key: string): unknown {
  if (key.startsWith('f:')) return isJsonObject(live) ? own(live, key.slice(2)) : undefined;
  if (!isJsonArray(live)) return undefined;
  const wanted: unknown = JSON.parse(key.slice(2));
  if (key.startsWith('v:')) return live.find((item) => item === wanted);
  return live.find(
    (item) =>
      isJsonObject(item) && isJsonObject(wanted) && Object.entries(wanted).every(([k, v]) => own(item, k) === v),
  );
}
