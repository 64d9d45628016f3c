import type { KubeObject } from '@stageset/k8s';
import type { KindDefinition } from './kind.ts';
import type { Registry } from './registry.ts';

/** Who makes a request. In-process callers are the system itself. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters'] };

export interface WriteContext {
  readonly operation: 'create' | 'update' | 'delete';
  readonly kind: KindDefinition;
  readonly subresource: string | undefined;
  /** What is stored now; `undefined` on create. */
  readonly old: KubeObject | undefined;
  /** A hook must leave no trace outside the object when it is true. */
  readonly dryRun: boolean;
  readonly user: User;
  /** Tells the client something that is no reason to refuse. */
  readonly warn: (message: string) => void;
  readonly registry: Registry;
}

/**
 * Runs inside a write, in the order of registration: after defaulting, before validation. What it returns is validated
 * and stored in the same transaction, so an initial status or an allocated address is never seen missing. Never change
 * the object given; return it as it is when there is nothing to do. Throw an `ApiError` to refuse the write. On delete
 * the object is what is about to be removed, and what is returned is ignored. No hook may write to the registry.
 */
export interface WriteHook {
  readonly name: string;
  /** `undefined`: every kind. */
  readonly kinds?: readonly { readonly group: string; readonly kind: string }[];
  readonly admit: (object: KubeObject, context: WriteContext) => KubeObject;
}
