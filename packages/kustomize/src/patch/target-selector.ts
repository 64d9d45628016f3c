import type { ObjectSet } from '../accumulate/object-set.ts';
import type { Gvk, Resource } from '../accumulate/resource.ts';
import type { Selector } from '../load/kustomization.ts';
import { compileAnchored, type Pattern } from '../pattern/pattern.ts';
import { type LabelSelector, parseLabelSelector } from './label-selector.ts';

/** A target with its expressions compiled. An empty part matches everything. */
export interface CompiledSelector {
  matchesGvk(gvk: Gvk): boolean;
  matchesName(name: string): boolean;
  matchesNamespace(namespace: string): boolean;
  matchesMetadata(resource: Resource): boolean;
}

/**
 * @throws PatternError for an expression that Go would refuse.
 * @throws SelectorError for a malformed label or annotation selector.
 */
export function compileSelector(selector: Selector, maxPatternLength: number): CompiledSelector {
  const pattern = (text: string | undefined): Pattern => compileAnchored(text ?? '', maxPatternLength);
  const [group, version, kind] = [pattern(selector.group), pattern(selector.version), pattern(selector.kind)];
  const name = pattern(selector.name);
  const namespace = pattern(selector.namespace);
  const labels = optional(selector.labelSelector);
  const annotations = optional(selector.annotationSelector);
  return {
    matchesGvk: (gvk) => group.matches(gvk.group) && version.matches(gvk.version) && kind.matches(gvk.kind),
    matchesName: (text) => name.matches(text),
    matchesNamespace: (text) => namespace.matches(text),
    matchesMetadata: (resource) =>
      (labels === undefined || labels(resource.metadataMap('labels'))) &&
      (annotations === undefined || annotations(resource.metadataMap('annotations'))),
  };
}

function optional(text: string | undefined): LabelSelector | undefined {
  return text === undefined || text.trim() === '' ? undefined : parseLabelSelector(text);
}

/** Objects that a patch's target names, by present or original name and namespace. */
export function selectObjects(set: ObjectSet, selector: CompiledSelector): Resource[] {
  return set.all.filter((resource) => {
    const { id, originalId } = resource;
    return (
      (selector.matchesNamespace(originalId.effectiveNamespace) || selector.matchesNamespace(id.effectiveNamespace)) &&
      (selector.matchesName(originalId.name) || selector.matchesName(id.name)) &&
      selector.matchesGvk(id) &&
      selector.matchesMetadata(resource)
    );
  });
}
