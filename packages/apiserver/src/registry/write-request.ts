import type { User } from './hooks.ts';
import { SYSTEM } from './hooks.ts';
import type { KindDefinition } from './kind.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

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
