import {
  type FieldSelector,
  type KubeObject,
  type LabelSelector,
  matchesFields,
  matchesLabels,
  type ObjectRef,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from '@stageset/k8s';
import type {
  ApplyOptions,
  Clock,
  DeleteOptions,
  KindRef,
  ObjectList,
  PatchBody,
  Selection,
  WriteOptions,
} from '@stageset/ports';
import type { Builtins } from '../builtin/contract.ts';
import type { Journal } from '../storage/journal.ts';
import { keyOf, Storage } from '../storage/storage.ts';
import { Admission } from './admission.ts';
import { FieldOwnership } from './field-ownership.ts';
import type { Gate } from './gate.ts';
import type { Grace } from './graceful-deletion.ts';
import type { User, WriteHook } from './hooks.ts';
import { type Identifiers, RANDOM_IDENTIFIERS } from './identifiers.ts';
import type { KindDefinition } from './kind.ts';
import { KindSchemas } from './kind-schema.ts';
import { KindTable } from './kind-table.ts';
import { patched } from './patches.ts';
import type { Identity, Registry, RegistryEvent } from './registry.ts';
import { badRequest, unknownResource } from './status-error.ts';
import { inVersionOf } from './version-view.ts';
import { systemWrite, type WriteRequest } from './write-request.ts';
import { Writer } from './writer.ts';
import { now } from './writing.ts';

export interface RegistryOptions {
  readonly clock: Clock;
  readonly builtins: Builtins;
  /** How many changes of each kind a watch can resume over. */
  readonly historyLimit: number;
  /** System randomness when left out. */
  readonly identifiers?: Identifiers;
  /** Keeps what is written beyond the process; memory alone when left out. */
  readonly journal?: Journal;
}

/** The registry, and the parts of it that HTTP handlers use with terms of their own. */
export class LocalRegistry implements Registry {
  readonly clock: Clock;
  readonly table: KindTable;
  readonly schemas: KindSchemas;
  readonly storage: Storage;
  readonly writer: Writer;
  readonly #admission: Admission;

  constructor({ clock, builtins, historyLimit, identifiers = RANDOM_IDENTIFIERS, journal }: RegistryOptions) {
    this.clock = clock;
    this.table = new KindTable(builtins);
    this.schemas = new KindSchemas(builtins);
    this.storage = new Storage(historyLimit, journal);
    this.#admission = new Admission(builtins, this.schemas);
    this.#admission.serve(this);
    const ownership = new FieldOwnership(this.schemas, this.table);
    this.writer = new Writer({ storage: this.storage, clock, admission: this.#admission, ownership, identifiers });
  }

  kinds(): Iterable<KindDefinition> {
    return this.table.all();
  }

  kindOf(ref: KindRef): KindDefinition | undefined {
    return this.table.byKind(ref);
  }

  get(ref: ObjectRef): KubeObject | undefined {
    const kind = this.kindOf(ref);
    const stored = kind === undefined ? undefined : this.storage.get(kind.storage, keyOf(ref.namespace, ref.name));
    return kind === undefined || stored === undefined ? undefined : inVersionOf(kind, stored);
  }

  list(selection: Selection): ObjectList {
    const kind = this.#kind(selection);
    const select = selector(kind, selection);
    const { keys, get } = this.storage.at(kind.storage);
    const items: KubeObject[] = [];
    for (const key of keys) {
      const stored = get(key);
      if (stored === undefined) continue;
      const object = inVersionOf(kind, stored);
      if (select(object)) items.push(object);
    }
    return { items, resourceVersion: String(this.storage.revision) };
  }

  create(object: KubeObject, options: WriteOptions & Identity = {}): KubeObject {
    return now(this.writer.create(this.#request(object, object.metadata.namespace, options), object));
  }

  update(object: KubeObject, options: WriteOptions & Identity = {}): KubeObject {
    const request = this.#request(object, object.metadata.namespace, options);
    return now(this.writer.update(request, object.metadata.name, () => object));
  }

  patch(ref: ObjectRef, body: PatchBody, options: WriteOptions & Identity = {}): KubeObject {
    const request = this.#request(ref, ref.namespace, options);
    const schema = this.schemas.of(request.kind);
    return now(this.writer.update(request, ref.name, (present) => patched(present, body, schema)));
  }

  patchStatus(
    ref: ObjectRef,
    status: Readonly<Record<string, unknown>>,
    options: WriteOptions & Identity = {},
  ): KubeObject {
    return this.patch(ref, { type: 'merge', patch: { status } }, { ...options, subresource: 'status' });
  }

  apply(object: KubeObject, options: ApplyOptions & Identity): KubeObject {
    const request = this.#request(object, object.metadata.namespace, options);
    return now(this.writer.apply(request, object.metadata.name, object, options.force)).object;
  }

  delete(ref: ObjectRef, options: DeleteOptions & Grace & Identity = {}): 'absent' | 'terminating' | 'gone' {
    if (this.get(ref) === undefined) return 'absent';
    const request = this.#request(ref, ref.namespace, {
      ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
      ...(options.user === undefined ? {} : { user: options.user }),
    });
    return now(this.writer.delete(request, ref.name, options)).gone ? 'gone' : 'terminating';
  }

  watch(kind: KindRef | '*', listener: (event: RegistryEvent) => void): () => void {
    if (kind === '*') return this.#watchEverything(listener);
    const definition = this.#kind(kind);
    return this.storage.listen(definition.storage, ({ type, object, previous }) => {
      listener({
        type,
        kind: definition,
        object: inVersionOf(definition, object),
        previous: previous === undefined ? undefined : inVersionOf(definition, previous),
      });
    });
  }

  /** From now on, requests from outside pass this gate. */
  guard(gate: Gate): void {
    this.#admission.guard(gate);
  }

  addHook(hook: WriteHook): void {
    this.#admission.addHook(hook);
  }

  #watchEverything(listener: (event: RegistryEvent) => void): () => void {
    return this.storage.listen('*', ({ type, object, previous }) => {
      const kind = this.kindOf(object);
      if (kind !== undefined) listener({ type, kind, object, previous });
    });
  }

  #kind(ref: KindRef): KindDefinition {
    const kind = this.kindOf(ref);
    if (kind === undefined) throw unknownResource();
    return kind;
  }

  #request(
    ref: KindRef,
    namespace: string | undefined,
    options: WriteOptions & { readonly user?: User },
  ): WriteRequest {
    const kind = this.#kind(ref);
    if (kind.namespaced && (namespace === undefined || namespace === '')) {
      throw badRequest(`${kind.kind} is namespaced: metadata.namespace is required`);
    }
    return systemWrite(kind, kind.namespaced ? namespace : undefined, options);
  }
}

/**
 * Whether an object belongs to a selection.
 * @throws 400 for a selector that does not parse, or that selects by a field the kind does not offer.
 */
export function selector(
  kind: KindDefinition,
  selection: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string },
): (object: KubeObject) => boolean {
  const { namespace } = selection;
  const labels = parsed(parseLabelSelector, selection.labelSelector);
  const fields = parsed(parseFieldSelector, selection.fieldSelector);
  for (const { path } of fields) requireSelectable(kind, path);
  return (object) =>
    (namespace === undefined || namespace === '' || object.metadata.namespace === namespace) &&
    matches(labels, fields, object);
}

function matches(labels: LabelSelector, fields: FieldSelector, object: KubeObject): boolean {
  return (
    (labels.length === 0 || matchesLabels(labels, object.metadata.labels)) &&
    (fields.length === 0 || matchesFields(fields, object))
  );
}

function parsed<T>(parse: (text: string) => readonly T[], text: string | undefined): readonly T[] {
  if (text === undefined || text === '') return [];
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function requireSelectable(kind: KindDefinition, path: string): void {
  if (path === 'metadata.name' || path === 'metadata.namespace' || kind.selectableFields?.includes(path) === true)
    return;
  if (kind.origin === 'custom' || (kind.selectableFields?.length ?? 0) > 0) {
    const ofJobs = kind.kind === 'Job' && kind.group === 'batch';
    throw badRequest(
      ofJobs ? `field label ${JSON.stringify(path)} not supported for Job` : `field label not supported: ${path}`,
    );
  }
  throw badRequest(`"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
