import type { JsonObject, KubeObject } from '@stageset/k8s';
import type { User } from './hooks.ts';
import { SYSTEM } from './hooks.ts';
import type { KindDefinition } from './kind.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** How a write was asked for from outside: what webhooks and policies see of it beside the object. */
export interface RequestOrigin {
  /** Of the path; empty for the object itself. */
  readonly subresource: string;
  /** `CreateOptions` and its likes, from the query. */
  readonly options: JsonObject;
  /** The request is for many objects, and names none. */
  readonly isOfMany?: boolean;
  /** Where the body is no object of the kind but a part of it, as a Scale is. */
  readonly part?: ObjectPart;
}

export interface ObjectPart {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly show: (object: KubeObject) => KubeObject;
  readonly put: (object: KubeObject, part: KubeObject) => KubeObject;
}

/** Where a write goes and under which terms. */
export interface WriteRequest {
  readonly kind: KindDefinition;
  /** `undefined` for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  readonly subresource: 'status' | 'scale' | undefined;
  readonly dryRun: boolean;
  /** Name of the field manager. */
  readonly manager: string;
  readonly fieldValidation: FieldValidation;
  /** `duplicate field "a.b"`: found by whoever decoded the body. */
  readonly duplicateFields: readonly string[];
  readonly user: User;
  /** Takes the warnings that the caller is to be told. */
  readonly warn: (message: string) => void;
  /** Where something else was asked for and an object is created: refuses it to those who may not create. */
  readonly requireCreate?: () => void;
  /** Left out for writes of the process itself, which no webhook and no policy is asked about. */
  readonly origin?: RequestOrigin;
}

/** A write of the process itself. */
export function systemWrite(
  kind: KindDefinition,
  namespace: string | undefined,
  options: {
    readonly subresource?: 'status' | 'scale';
    readonly dryRun?: boolean;
    readonly fieldManager?: string;
    readonly fieldValidation?: FieldValidation;
    readonly user?: User;
  } = {},
): WriteRequest {
  return {
    kind,
    namespace,
    subresource: options.subresource,
    dryRun: options.dryRun ?? false,
    manager: options.fieldManager ?? 'kube-apiserver',
    fieldValidation: options.fieldValidation ?? 'Ignore',
    duplicateFields: [],
    user: options.user ?? SYSTEM,
    warn: () => undefined,
  };
}
