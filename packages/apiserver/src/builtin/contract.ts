import type { GroupVersionKind, KubeObject, Schema, StatusCause } from '@stageset/k8s';

/** One subresource of a kind as discovery lists it: `status`, `scale`, `log`, `token` … */
export interface Subresource {
  readonly name: string;
  /** Kind of the body, where it is not the parent's (`Scale` of `autoscaling/v1`). */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** One kind in one version, as discovery lists it. */
export interface BuiltinKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in the path: `configmaps`. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  /** Whether a write that changes something outside metadata and status counts `metadata.generation` up. */
  readonly tracksGeneration: boolean;
  /** Field selectors beside `metadata.name` and `metadata.namespace`: `status.phase`, `involvedObject.name` … */
  readonly selectableFields?: readonly string[];
}

/** One column of a `Table`, as `meta.k8s.io/v1` writes it. */
export interface TableColumn {
  readonly name: string;
  /** `string`, `integer`, `number`, `boolean` or `date`. */
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, above 0 only with `-o wide`. */
  readonly priority: number;
}

export interface TableDefinition {
  readonly columns: readonly TableColumn[];
  /** The cells of one object, one per column. Ages are words (`5m`), reckoned from `now` (epoch milliseconds). */
  readonly row: (object: KubeObject, now: number) => readonly unknown[];
}

/**
 * What the registry needs to know of built-in kinds. The index of this folder exports one function per member, under
 * the names given here; all are synchronous, and every table behind them is loaded lazily.
 */
export interface Builtins {
  /** Every built-in kind, in the order in which discovery lists groups and versions. */
  readonly builtinKinds: () => readonly BuiltinKind[];
  /** The schema of a kind without references: what server-side apply, strategic merge and unknown-field checks read. */
  readonly schemaOf: (gvk: GroupVersionKind) => Schema | undefined;
  /**
   * A copy with the defaults of the kind, as the real server stores it; also drops what its types would drop (nulls,
   * empty omitted fields). Throws `DecodeFault` for a value of the wrong type.
   */
  readonly applyBuiltinDefaults: (object: KubeObject) => KubeObject;
  /**
   * Faults of an object outside what its schema says (required, type and enum of the schema are checked here too, in the
   * real server's words). `old` is given on update: then immutable fields are compared. Each cause has `reason`
   * (`FieldValueInvalid` …), `message` (without the path) and `field`.
   */
  readonly validateBuiltin: (object: KubeObject, old?: KubeObject) => readonly StatusCause[];
  /** How `kubectl get` shows a kind; `undefined` means name and age. */
  readonly tableOf: (gvk: GroupVersionKind) => TableDefinition | undefined;
}
