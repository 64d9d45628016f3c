import { applyServerSide, type KubeObject, trackUpdate } from '@stageset/k8s';
import { decode } from '../builtin/decode.ts';
import { definitionOf } from '../builtin/kinds.ts';
import { hasStatus, type KindDefinition } from './kind.ts';
import type { KindSchemas } from './kind-schema.ts';
import type { KindTable } from './kind-table.ts';
import { resetFields } from './status-endpoint.ts';
import { applyConflict, failure } from './status-error.ts';
import type { WriteRequest } from './write-request.ts';

export interface Merged {
  readonly object: KubeObject;
  /** Whether the object or anyone's ownership differs from what was there, times aside. */
  readonly changed: boolean;
}

/** Who owns which fields: the managed fields of every write, and the merge of server-side apply. */
export class FieldOwnership {
  readonly #schemas: KindSchemas;
  readonly #kinds: KindTable;

  constructor(schemas: KindSchemas, kinds: KindTable) {
    this.#schemas = schemas;
    this.#kinds = kinds;
  }

  /** The object about to be stored, with the fields that this write changed counted as its manager's. */
  updated(request: WriteRequest, live: KubeObject | undefined, updated: KubeObject, nowIso: string): KubeObject {
    return trackUpdate({ ...this.#context(request, nowIso), live, updated, operation: 'Update' });
  }

  /** @throws 409 with a cause per field that another manager holds, 400 or 500 for what cannot be merged. */
  applied(
    request: WriteRequest,
    live: KubeObject | undefined,
    applied: KubeObject,
    force: boolean,
    nowIso: string,
  ): Merged {
    const result = applyServerSide({ ...this.#context(request, nowIso), live, applied, force });
    if (result.kind === 'merged') return result;
    if (result.kind === 'conflict') {
      const causes = result.conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }));
      throw applyConflict(result.message, causes);
    }
    if (result.code === 400) throw failure(400, 'BadRequest', result.message);
    throw failure(500, '', result.message);
  }

  #context(request: WriteRequest, nowIso: string) {
    const { kind, manager, subresource } = request;
    const reset = resetFields(kind, subresource, hasStatus(kind));
    return {
      schema: this.#schemas.merging(kind),
      manager,
      nowIso,
      ...(subresource === undefined ? {} : { subresource }),
      ...(reset === undefined ? {} : { resetFields: reset }),
      ...(kind.origin === 'builtin' ? { empty: this.#empty(kind) } : {}),
      convertTo: (object: KubeObject, apiVersion: string) => {
        const other = this.#kinds.byKind({ apiVersion, kind: object.kind });
        return other === undefined
          ? undefined
          : { object: { ...object, apiVersion }, schema: this.#schemas.merging(other) };
      },
    };
  }

  readonly #empties = new WeakMap<KindDefinition, Readonly<Record<string, unknown>>>();

  #empty(kind: KindDefinition): Readonly<Record<string, unknown>> {
    let empty = this.#empties.get(kind);
    if (empty === undefined) {
      empty = { ...emptyFields(kind), apiVersion: kind.apiVersion, kind: kind.kind };
      this.#empties.set(kind, empty);
    }
    return empty;
  }
}

/** What Go's type of a kind writes when nothing is set: nobody comes to own it. */
function emptyFields(kind: KindDefinition): Readonly<Record<string, unknown>> {
  const definition = definitionOf(kind);
  return definition === undefined ? {} : decode(definition, {}, () => undefined);
}
