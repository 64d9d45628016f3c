import type { Gvk } from '../accumulate/resource.ts';
import type { FieldSpec } from '../load/kustomization.ts';
import { FIELD_SPEC } from '../load/kustomization.ts';
import { listOf, object, STRING } from '../load/shape.ts';
import {
  ANNOTATION_SPECS,
  COMMON_LABEL_SPECS,
  IMAGE_SPECS,
  NAME_REFERENCE_SPECS,
  NAME_SPECS,
  NAMESPACE_SPECS,
  type NameReferenceSpec,
  REPLICA_SPECS,
  TEMPLATE_LABEL_SPECS,
  VAR_SPECS,
} from './default-specs.ts';
import { type CompiledSpec, compareGvk, compileSpec, mergeSpecs } from './field-specs.ts';

/** Fields that hold names of objects of one kind. */
export interface NameReference extends Gvk {
  readonly referrers: readonly CompiledSpec[];
}

const SPEC_LISTS = [
  'namePrefix',
  'nameSuffix',
  'namespace',
  'commonLabels',
  'labels',
  'templateLabels',
  'commonAnnotations',
  'varReference',
  'images',
  'replicas',
] as const;
export type SpecList = (typeof SPEC_LISTS)[number];

/** Which fields each transformer changes. Immutable; bases hand theirs up to who uses them. */
export interface TransformerConfig extends Readonly<Record<SpecList, readonly CompiledSpec[]>> {
  readonly nameReference: readonly NameReference[];
}

/** A file that `configurations` lists. */
export interface ConfigFile extends Partial<Record<SpecList, readonly FieldSpec[]>> {
  readonly nameReference?: readonly Partial<NameReferenceSpec>[];
}

const SPECS = listOf(FIELD_SPEC);

export const CONFIG_FILE = object({
  ...Object.fromEntries(SPEC_LISTS.map((name) => [name, SPECS])),
  nameReference: listOf(object({ group: STRING, version: STRING, kind: STRING, fieldSpecs: SPECS })),
});

export function compileConfig(file: ConfigFile): TransformerConfig {
  const lists = Object.fromEntries(
    SPEC_LISTS.map((name) => [name, sorted((file[name] ?? []).map(compileSpec))]),
  ) as Record<SpecList, CompiledSpec[]>;
  const nameReference = (file.nameReference ?? []).map((r) => ({
    group: r.group ?? '',
    version: r.version ?? '',
    kind: r.kind ?? '',
    referrers: (r.fieldSpecs ?? []).map(compileSpec),
  }));
  return { ...lists, nameReference: sorted(nameReference) };
}

function sorted<T extends Gvk>(list: readonly T[]): T[] {
  return list.slice().sort(compareGvk);
}

export const EMPTY_CONFIG: TransformerConfig = compileConfig({});

export const DEFAULT_CONFIG: TransformerConfig = compileConfig({
  namePrefix: NAME_SPECS,
  nameSuffix: NAME_SPECS,
  namespace: NAMESPACE_SPECS,
  commonLabels: COMMON_LABEL_SPECS,
  templateLabels: TEMPLATE_LABEL_SPECS,
  commonAnnotations: ANNOTATION_SPECS,
  varReference: VAR_SPECS,
  nameReference: NAME_REFERENCE_SPECS,
  images: IMAGE_SPECS,
  replicas: REPLICA_SPECS,
});

/**
 * Both configurations together.
 *
 * @throws SpecConflict when they disagree on creating a field.
 */
export function mergeConfig(own: TransformerConfig, more: TransformerConfig): TransformerConfig {
  if (own === more || more === EMPTY_CONFIG) return own;
  if (own === EMPTY_CONFIG) return more;
  const lists = Object.fromEntries(
    SPEC_LISTS.map((name) => [name, sorted(mergeSpecs(own[name], more[name]))]),
  ) as Record<SpecList, CompiledSpec[]>;
  return { ...lists, nameReference: sorted(mergeReferences(own.nameReference, more.nameReference)) };
}

function mergeReferences(own: readonly NameReference[], more: readonly NameReference[]): readonly NameReference[] {
  const result = own.slice();
  for (const reference of more) {
    const at = result.findIndex(
      (r) => r.kind === reference.kind && r.group === reference.group && r.version === reference.version,
    );
    const known = result[at];
    if (known === undefined) result.push(reference);
    else result[at] = { ...known, referrers: mergeSpecs(known.referrers, reference.referrers) };
  }
  return result;
}
