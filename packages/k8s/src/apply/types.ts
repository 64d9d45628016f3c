import type { StatusCause } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema.ts';

/**
 * The same object as it looks at another version of its kind, for entries of managedFields that were written there.
 * `undefined`: there is no such version; the entry is dropped, as a server does once a version is gone.
 */
export type ConvertTo = (
  object: KubeObject,
  apiVersion: string,
) => { readonly object: KubeObject; readonly schema: Schema } | undefined;

/** What every write needs to know of its kind and its moment. */
export interface WriteContext {
  readonly schema: Schema;
  /** The field manager's name. */
  readonly manager: string;
  /** `status` or `scale` when the write went through that subresource. */
  readonly subresource?: string;
  /** The moment of the write, RFC 3339 in whole seconds, UTC (`2026-01-02T03:04:05Z`). */
  readonly nowIso: string;
  /**
   * Fields that this endpoint never lets a client set, outermost first (`[['status']]` for a main resource with a status
   * subresource, `[['spec']]` for its status). Nobody comes to own them by this write.
   */
  readonly resetFields?: readonly (readonly string[])[];
  /**
   * What the kind's empty object looks like; `{ apiVersion, kind }` when left out, as for custom resources. Built-in
   * kinds have more to them: {@link emptyObject} makes theirs.
   */
  readonly empty?: Readonly<Record<string, unknown>>;
  /** Needed only where a kind is served at several versions. Without it, entries of other versions are dropped. */
  readonly convertTo?: ConvertTo;
}

export interface ApplyRequest extends WriteContext {
  /** The object as stored, with its managedFields; `undefined` when the apply creates it. */
  readonly live: KubeObject | undefined;
  /** What the client sent. It must not carry managedFields. */
  readonly applied: KubeObject;
  readonly force: boolean;
}

export interface UpdateRequest extends WriteContext {
  /** The object as stored, with its managedFields; `undefined` on create. */
  readonly live: KubeObject | undefined;
  /** The whole object that is about to be stored. Its managedFields count as the client's, which may set or reset them. */
  readonly updated: KubeObject;
  readonly operation: 'Update';
}

/** One field that another manager owns with a different value. */
export interface FieldConflict {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The version at which the manager owns the field. */
  readonly apiVersion: string;
  readonly subresource?: string;
  /** `.data.key`, `.spec.ports[port=80,protocol="TCP"].name` */
  readonly field: string;
  /** The cause as the API server words it: `conflict with "other" using v1`. */
  readonly message: string;
}

export type ApplyResult =
  | {
      readonly kind: 'merged';
      /** The whole object with its managedFields, before defaults, pruning and validation. */
      readonly object: KubeObject;
      /** Whether the object or anyone's ownership differs from `live` (times aside). */
      readonly changed: boolean;
    }
  | {
      readonly kind: 'conflict';
      /** `Apply failed with 1 conflict: conflict with "other" using v1: .data.key` */
      readonly message: string;
      readonly conflicts: readonly FieldConflict[];
    }
  | {
      readonly kind: 'invalid';
      /** The HTTP status: 400 for a request that cannot be meant, 500 for an object that does not fit its schema, as the API server has it. */
      readonly code: 400 | 500;
      readonly message: string;
      readonly causes: readonly StatusCause[];
    };
