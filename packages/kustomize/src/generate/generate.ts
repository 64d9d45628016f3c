import { Resource } from '../accumulate/resource.ts';
import { BuildError } from '../diagnostics/problem.ts';
import { canBePlain } from '../emit/scalar-text.ts';
import type { GeneratorEntry, GeneratorOptions } from '../load/kustomization.ts';
import { appendField, setField } from '../yaml/edit.ts';
import {
  LITERAL,
  MAP,
  mapNode,
  PLAIN,
  SCALAR,
  SINGLE_QUOTED,
  stringNode,
  TAG_BOOL,
  TAG_MAP,
  TAG_NULL,
  TAG_STRING,
  YamlNode,
} from '../yaml/node.ts';
import { readDocument } from '../yaml/reader.ts';
import { base64Lines, type DataValue, type ReadBytes, readData } from './data.ts';

/** Options of an entry with what `generatorOptions` adds: gaps filled, switches joined. */
export function mergeOptions(own?: GeneratorOptions, global?: GeneratorOptions): GeneratorOptions | undefined {
  if (global === undefined) return own;
  return {
    labels: new Map([...(global.labels ?? []), ...(own?.labels ?? [])]),
    annotations: new Map([...(global.annotations ?? []), ...(own?.annotations ?? [])]),
    disableNameSuffixHash: own?.disableNameSuffixHash === true || global.disableNameSuffixHash === true,
    immutable: own?.immutable === true || global.immutable === true,
  };
}

/**
 * Makes the ConfigMap or Secret of a generator. Its name gets a hash at the end of the build unless that is disabled.
 *
 * @throws BuildError for an entry without a name or with malformed sources.
 */
export function generate(
  kind: 'ConfigMap' | 'Secret',
  entry: GeneratorEntry,
  field: string,
  read: ReadBytes,
): Resource {
  const { name = '', namespace = '', options } = entry;
  if (name === '') throw new BuildError({ message: `a ${kind} generator must have a name`, field });
  const node = new YamlNode(MAP, TAG_MAP, '', PLAIN, 0);
  node.append('apiVersion', stringNode('v1'));
  node.append('kind', stringNode(kind));
  const metadata = mapNode();
  node.append('metadata', metadata);
  setField(metadata, 'name', stringNode(name));
  if (namespace !== '') setField(metadata, 'namespace', stringNode(namespace));
  if (kind === 'Secret')
    setField(node, 'type', stringNode(entry.type === undefined || entry.type === '' ? 'Opaque' : entry.type));
  const data = readData(entry, field, read);
  if (kind === 'Secret') node.append('data', secretData(data));
  else putConfigData(node, data);
  applyOptions(node, metadata, options);
  const resource = new Resource(node);
  const history = resource.remember();
  history.needsHash = options?.disableNameSuffixHash !== true;
  history.behavior = entry.behavior;
  return resource;
}

/**
 * An entry of generated data. kustomize quotes text that YAML would read as something else than a string, and a later patch
 * keeps the quotes; text that YAML would not read at all gets its quotes only when it is printed.
 */
export function dataNode(text: string): YamlNode {
  const style = text.includes('\n') ? LITERAL : readsAsOther(text) ? SINGLE_QUOTED : PLAIN;
  return new YamlNode(SCALAR, TAG_STRING, text, style, 0);
}

/** One line of text holds few nodes and nests little. */
const ONE_LINE = { depth: 64, aliasNodes: 100 } as const;

function readsAsOther(text: string): boolean {
  if (text === '' || canBePlain(text, false)) return false;
  try {
    const root = readDocument(text, ONE_LINE, 1)?.root;
    return root === undefined || root.kind !== SCALAR || root.tag === TAG_NULL;
  } catch {
    return false;
  }
}

function secretData(data: ReadonlyMap<string, DataValue>): YamlNode {
  const map = mapNode();
  for (const [key, value] of data) setField(map, key, dataNode(base64Lines(value)));
  return map;
}

/** Text goes to `data`, bytes to `binaryData`; neither exists without entries. */
function putConfigData(node: YamlNode, data: ReadonlyMap<string, DataValue>): void {
  for (const [key, value] of data) {
    const field = typeof value === 'string' ? 'data' : 'binaryData';
    let map = node.get(field);
    if (map === undefined) {
      map = mapNode();
      node.append(field, map);
    }
    setField(map, key, dataNode(typeof value === 'string' ? value : base64Lines(value)));
  }
}

function applyOptions(node: YamlNode, metadata: YamlNode, options: GeneratorOptions | undefined): void {
  for (const field of ['labels', 'annotations'] as const) {
    const entries = options?.[field];
    if (entries === undefined || entries.size === 0) continue;
    const map = mapNode();
    for (const [key, value] of entries)
      appendField(map, key, new YamlNode(SCALAR, TAG_STRING, value, SINGLE_QUOTED, 0));
    metadata.append(field, map);
  }
  if (options?.immutable === true) node.append('immutable', new YamlNode(SCALAR, TAG_BOOL, 'true', PLAIN, 0));
}
