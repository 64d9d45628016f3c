import { metadataFaults, type ObjectFacts } from '@stageset/delivery';
import {
  fitsSchema,
  isJsonObject,
  type KubeObject,
  own,
  parseApiVersion,
  type Schema,
  type TypeFault,
} from '@stageset/k8s';
import type { Cluster, KindRef, Store } from '@stageset/ports';
import { servedBy } from '../facts/managed-objects.ts';
import { breathe } from '../render/breathe.ts';
import type { ObjectFailure } from './failures.ts';

interface CheckContext {
  readonly cluster: Cluster;
  /** CustomResourceDefinitions as the watch tells of them. */
  readonly crds: Pick<Store, 'items'>;
  readonly signal: AbortSignal;
}

/** Objects that are checked before everybody else has a turn: a few milliseconds. */
const OBJECTS_AT_ONCE = 250;
/** Faults that are told of one object. */
const MAX_TOLD = 3;

/**
 * Checks objects before the first of them is written, without asking the server about any of them: values and fields
 * against the schema of their kind, names, labels and annotations. Only what the server would refuse is told. Kinds that
 * the objects themselves define or change, and those that the server tells nothing of, are left to the server.
 */
export async function checkLocally(objects: readonly ObjectFacts[], context: CheckContext): Promise<ObjectFailure[]> {
  const defined = new Set(objects.map(({ desired: { object } }) => definedKind(object)));
  const schemas = new Map<string, Known>();
  const failures: ObjectFailure[] = [];
  let looked = 0;
  for (const { desired } of objects) {
    const { object, ref } = desired;
    const kind = `${object.apiVersion}|${object.kind}`;
    const known = schemas.get(kind) ?? (await schemaOf(object, context, false));
    schemas.set(kind, known);
    let faults = faultsOf(object, known, defined);
    if (faults.length > 0) {
      // The kind may have changed a moment ago: only what is still so when the server is asked is a fault.
      const fresh = known.isFresh ? known : await schemaOf(object, context, true);
      schemas.set(kind, fresh);
      faults = faultsOf(object, fresh, defined);
    }
    if (faults.length > 0) {
      const message = describeFaults(object.kind === 'Secret' ? faults.map(withoutValue) : faults);
      failures.push({ ref, error: undefined, message, retry: 'retry' });
    }
    looked += 1;
    if (looked % OBJECTS_AT_ONCE === 0) await breathe();
  }
  return failures;
}

interface Known {
  readonly schema: Schema | undefined;
  readonly isCustom: boolean;
  readonly isFresh: boolean;
}

function faultsOf(
  object: KubeObject,
  { schema, isCustom }: Known,
  defined: ReadonlySet<string | undefined>,
): TypeFault[] {
  const faults = metadataFaults(object, isCustom);
  if (schema === undefined || defined.has(groupKind(object))) return faults;
  return [...faults, ...fitsSchema(object, schema)];
}

function describeFaults(faults: readonly TypeFault[]): string {
  const told = faults.slice(0, MAX_TOLD).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const rest = faults.length > told.length ? `, and ${faults.length - told.length} more` : '';
  return `${told.join(', ')}${rest}`;
}

const UNDECLARED = 'field not declared in schema';

/** What is said of a value of the wrong type may quote it. */
function withoutValue({ path, message }: TypeFault): TypeFault {
  return { path, message: message === UNDECLARED ? message : 'has a value that it cannot have' };
}

function groupKind({ apiVersion, kind }: KindRef): string {
  return `${parseApiVersion(apiVersion).group}/${kind}`;
}

function definedKind(object: KubeObject): string | undefined {
  const served = object.kind === 'CustomResourceDefinition' ? servedBy(object) : undefined;
  return served === undefined ? undefined : `${served.group}/${served.kind}`;
}

/** A custom kind's own definition says what it takes; of others the server's OpenAPI document does. */
async function schemaOf(kind: KindRef, context: CheckContext, isFresh: boolean): Promise<Known> {
  const { cluster, crds, signal } = context;
  const seen = [...crds.items()].find((crd) => definedKind(crd) === groupKind(kind));
  if (seen !== undefined) {
    const ref = { apiVersion: seen.apiVersion, kind: seen.kind, name: seen.metadata.name };
    const crd = isFresh ? await attempt(() => cluster.get(ref, signal), signal) : seen;
    return { schema: crd === undefined ? undefined : schemaIn(crd, kind), isCustom: true, isFresh };
  }
  const { apiVersion, kind: name } = kind;
  const schema = await attempt(() => cluster.schema({ apiVersion, kind: name }, { refresh: isFresh, signal }), signal);
  return { schema, isCustom: false, isFresh };
}

/** What cannot be read is not checked: the server will say what is wrong. */
async function attempt<T>(read: () => Promise<T | undefined>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

function schemaIn(crd: KubeObject, { apiVersion }: KindRef): Schema | undefined {
  const spec = crd['spec'];
  const versions = isJsonObject(spec) ? own(spec, 'versions') : undefined;
  const wanted = parseApiVersion(apiVersion).version;
  const version = Array.isArray(versions)
    ? versions.find((candidate: unknown) => isJsonObject(candidate) && own(candidate, 'name') === wanted)
    : undefined;
  const schema = isJsonObject(version) ? own(version, 'schema') : undefined;
  const said = isJsonObject(schema) ? own(schema, 'openAPIV3Schema') : undefined;
  return isJsonObject(said) ? (said as Schema) : undefined;
}
