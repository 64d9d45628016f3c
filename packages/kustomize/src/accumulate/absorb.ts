import { BuildError } from '../diagnostics/problem.ts';
import { dataNode } from '../generate/generate.ts';
import { setField } from '../yaml/edit.ts';
import { MAP, mapNode, type YamlNode } from '../yaml/node.ts';
import { BuildHistory } from './history.ts';
import type { ObjectSet } from './object-set.ts';
import { ORIGIN } from './origin.ts';
import type { Resource } from './resource.ts';

/**
 * Takes up a generated object: a new one, or one that merges with or replaces the object of its id.
 *
 * @throws BuildError when the behavior and what is there do not go together.
 */
export function absorb(set: ObjectSet, resource: Resource): void {
  const behavior = resource.history?.behavior;
  const combines = behavior === 'merge' || behavior === 'replace';
  const found = set.withAnyId(resource.id);
  const [old] = found;
  if (found.length > 1) {
    throw new BuildError({ message: `several objects could take ${resource.describe()}`, object: resource.describe() });
  }
  if (old === undefined) {
    if (combines) throw nothingToCombine(resource, behavior);
    set.append(resource);
    return;
  }
  if (!combines) {
    throw new BuildError({
      message: `${resource.describe()} exists already, and behavior ${behavior ?? 'create'} only creates`,
      object: resource.describe(),
      suggestion: 'set behavior: merge or behavior: replace, or choose another name',
    });
  }
  const origin = old.metadataMap('annotations').get(ORIGIN);
  inherit(resource, old);
  if (behavior === 'merge') {
    if (origin !== undefined) {
      resource.setMetadataMap('annotations', new Map([...resource.metadataMap('annotations'), [ORIGIN, origin]]));
    }
    mergeData(resource.node, old.node, 'data');
    mergeData(resource.node, old.node, 'binaryData');
  }
  set.replace(old, resource);
}

function nothingToCombine(resource: Resource, behavior: string): BuildError {
  return new BuildError({
    message: `${resource.describe()} does not exist: there is nothing to ${behavior}`,
    object: resource.describe(),
    suggestion: 'name a ConfigMap or Secret of the resources (with its namespace), or use behavior: create',
  });
}

/** Labels and annotations of both, name, namespace and history of the old one. */
function inherit(resource: Resource, old: Resource): void {
  const own = resource.history;
  resource.setMetadataMap('labels', new Map([...old.metadataMap('labels'), ...resource.metadataMap('labels')]));
  resource.setMetadataMap(
    'annotations',
    new Map([...old.metadataMap('annotations'), ...resource.metadataMap('annotations')]),
  );
  resource.setName(old.name);
  resource.setNamespace(old.namespace);
  const history = old.history?.copy() ?? new BuildHistory();
  // A suffix only where both sides ask for it.
  history.needsHash = history.needsHash && own?.needsHash === true;
  const kept = resource.remember();
  Object.assign(kept, history);
  resource.varNames = old.varNames.slice();
}

function mergeData(node: YamlNode, old: YamlNode, field: 'data' | 'binaryData'): void {
  const entries = new Map([...textEntries(old.get(field)), ...textEntries(node.get(field))]);
  node.delete(field);
  if (entries.size === 0) return;
  const map = mapNode();
  for (const [key, text] of entries) {
    setField(map, key, dataNode(text));
  }
  node.append(field, map);
}

function textEntries(map: YamlNode | undefined): [string, string][] {
  if (map === undefined || map.kind !== MAP) return [];
  return map.keys.map((key, i) => {
    const value = map.items[i];
    return [key, value === undefined || value.tag === '!!null' ? '' : value.value];
  });
}
