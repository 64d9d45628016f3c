import { isJsonObject, type ObjectMeta } from '@stageset/k8s';

/** How Go's decoder reads one value: what it becomes, or a complaint. */
type Reader = (value: unknown, at: Place) => Decoded;
type Decoded = { readonly value: unknown } | { readonly complaint: string };

/** Where a value stands, as Go's decoder names it: the struct that holds it, and the path to the field. */
interface Place {
  readonly struct: string;
  readonly path: string;
}

const TEXT = scalar('string', (value) => typeof value === 'string', '');
const UID = scalar('types.UID', (value) => typeof value === 'string', '');
const WHOLE_NUMBER = scalar('int64', Number.isInteger, 0);
const BOOLEAN = scalar('bool', (value) => typeof value === 'boolean', false);
const FREE: Reader = (value) => ({ value });
const TEXTS: Reader = (value, at) => {
  if (!isJsonObject(value)) return mismatch(value, at, 'map[string]string');
  return each(Object.entries(value), TEXT, at, (entries) => Object.fromEntries(entries));
};

const OWNER: Readonly<Record<string, Reader>> = {
  apiVersion: TEXT,
  kind: TEXT,
  name: TEXT,
  uid: UID,
  controller: BOOLEAN,
  blockOwnerDeletion: BOOLEAN,
};
const MANAGED: Readonly<Record<string, Reader>> = {
  manager: TEXT,
  operation: scalar('v1.ManagedFieldsOperationType', (value) => typeof value === 'string', ''),
  apiVersion: TEXT,
  time: readTime,
  fieldsType: TEXT,
  fieldsV1: FREE,
  subresource: TEXT,
};
const METADATA: Readonly<Record<string, Reader>> = {
  name: TEXT,
  generateName: TEXT,
  namespace: TEXT,
  selfLink: TEXT,
  uid: UID,
  resourceVersion: TEXT,
  generation: WHOLE_NUMBER,
  creationTimestamp: readTime,
  deletionTimestamp: readTime,
  deletionGracePeriodSeconds: WHOLE_NUMBER,
  labels: TEXTS,
  annotations: TEXTS,
  finalizers: list('[]string', TEXT),
  ownerReferences: list('[]v1.OwnerReference', struct('OwnerReference', OWNER)),
  managedFields: list('[]v1.ManagedFieldsEntry', struct('ManagedFieldsEntry', MANAGED)),
};

/**
 * Metadata as Go's types would hold them: empty maps, lists and strings are as good as absent, a null in a map or a list is
 * the empty value. `path` is where the decoder of the kind believes to be: `metadata`, or nowhere for custom kinds.
 * @returns a string when a member has a type that cannot be decoded: the decoder's first complaint.
 */
export function decodeMetadata(given: Readonly<Record<string, unknown>>, path: '' | 'metadata'): ObjectMeta | string {
  const metadata: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    const read = Object.hasOwn(METADATA, key) ? METADATA[key] : undefined;
    const decoded = (read ?? FREE)(value, { struct: 'ObjectMeta', path: joined(path, key) });
    if ('complaint' in decoded) return decoded.complaint;
    // `selfLink` has not been filled in for years, whatever a client sends.
    if (key !== 'selfLink' && !(read !== undefined && isEmpty(decoded.value))) metadata[key] = decoded.value;
  }
  return { ...metadata, name: typeof metadata['name'] === 'string' ? metadata['name'] : '' };
}

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

function scalar(goType: string, fits: (value: unknown) => boolean, zero: unknown): Reader {
  return (value, at) => {
    if (value === null) return { value: zero };
    return fits(value) ? { value } : mismatch(value, at, goType);
  };
}

function list(goType: string, item: Reader): Reader {
  const itemType = goType.slice('[]'.length);
  return (value, at) => {
    if (!Array.isArray(value)) return mismatch(value, at, goType);
    const read: Reader = (one, place) => {
      if (itemType !== 'string' && one !== null && !isJsonObject(one)) return mismatch(one, place, itemType);
      return item(one, place);
    };
    return each([...value.entries()], read, at, (entries) => entries.map(([, one]) => one));
  };
}

function struct(name: string, fields: Readonly<Record<string, Reader>>): Reader {
  return (value, { path }) => {
    const given = isJsonObject(value) ? value : {};
    for (const [key, member] of Object.entries(given)) {
      const read = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (read === undefined || member === null) continue;
      const decoded = read(member, { struct: name, path: `${path}.${key}` });
      if ('complaint' in decoded) return decoded;
    }
    return { value: given };
  };
}

/** Reads the members of a list or a map. */
function each<Key>(
  entries: readonly (readonly [Key, unknown])[],
  read: Reader,
  at: Place,
  together: (entries: readonly (readonly [Key, unknown])[]) => unknown,
): Decoded {
  const decoded: [Key, unknown][] = [];
  for (const [key, member] of entries) {
    const one = read(member, at);
    if ('complaint' in one) return one;
    decoded.push([key, one.value]);
  }
  return { value: together(decoded) };
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function readTime(value: unknown, at: Place): Decoded {
  if (typeof value !== 'string') return mismatch(value, at, 'string');
  if (RFC3339.test(value) && !Number.isNaN(Date.parse(value))) return { value };
  const text = JSON.stringify(value);
  return { complaint: `parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"` };
}

function mismatch(value: unknown, { struct: name, path }: Place, goType: string): Decoded {
  return {
    complaint: `json: cannot unmarshal ${goKind(value)} into Go struct field ${name}.${path} of type ${goType}`,
  };
}

/** What Go's decoder calls a value. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && !Number.isInteger(value)) return `number ${value}`;
  return value === null ? 'null' : typeof value;
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
