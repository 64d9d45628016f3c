import type { ObjectSet } from '../accumulate/object-set.ts';
import type { LabelEntry } from '../load/kustomization.ts';
import { MAP, TAG_MAP, TAG_STRING } from '../yaml/node.ts';
import { applySpecs, entrySetter } from './apply-spec.ts';
import type { TransformerConfig } from './config.ts';
import { type CompiledSpec, compileSpec, mergeSpecs } from './field-specs.ts';

/** Adds entries to the maps that the specs lead to: labels or annotations. Values stay strings. */
export function addEntries(set: ObjectSet, entries: ReadonlyMap<string, string>, specs: readonly CompiledSpec[]): void {
  if (entries.size === 0) return;
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const create = { kind: MAP, tag: TAG_MAP } as const;
  for (const { node, gvk } of set.all) {
    for (const [key, value] of sorted) {
      applySpecs(node, gvk, specs, { setValue: entrySetter(key, value, TAG_STRING), create });
    }
  }
}

const METADATA_LABELS = [compileSpec({ path: 'metadata/labels', create: true })];

/**
 * Where an entry of `labels` puts its pairs.
 *
 * @throws SpecConflict when the entry's own fields disagree with the defaults on creating a field.
 */
export function labelSpecs(entry: LabelEntry, config: TransformerConfig): readonly CompiledSpec[] {
  const own = mergeSpecs((entry.fields ?? []).map(compileSpec), config.labels);
  if (entry.includeSelectors === true) return mergeSpecs(own, config.commonLabels);
  const templates = entry.includeTemplates === true ? mergeSpecs(own, config.templateLabels) : own;
  return mergeSpecs(templates, METADATA_LABELS);
}
