import type { RuleNode } from '@stageset/cel';
import type { Schema } from '@stageset/k8s';
import type { BuiltinKind, TableDefinition } from '../builtin/contract.ts';

/** A kind the registry serves: built in, or from a CustomResourceDefinition. */
export interface KindDefinition extends BuiltinKind {
  readonly origin: 'builtin' | 'custom';
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  /** `configmaps`, `deployments.apps`: how messages name the resource. */
  readonly groupResource: string;
  /** Name of the table that holds the objects: versions of one kind share it. */
  readonly storage: string;
  /** The version in which objects are stored. */
  readonly storageApiVersion: string;
  readonly listKind: string;
  /** Lazy: the schemas of built-in kinds are read on first use. */
  readonly schema: () => Schema | undefined;
  /** CEL rules of the schema, compiled on first use. */
  readonly rules?: () => RuleNode | undefined;
  readonly table: () => TableDefinition | undefined;
  /** Warning of a version that is on its way out, sent with every answer. */
  readonly deprecation?: string;
  /** Where the scale subresource finds its numbers. */
  readonly scale?: ScalePaths;
}

/** Dotted paths, with a leading dot, as CRDs write them. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** Whether the main endpoint ignores `status`, and the status endpoint everything else. */
export function hasStatus(kind: KindDefinition): boolean {
  return kind.subresources.some((subresource) => subresource.name === 'status');
}

/** How refusals name the resource. */
export function resourceOf(kind: KindDefinition): { readonly group: string; readonly name: string } {
  return { group: kind.group, name: kind.resource };
}
