import { YamlError } from './error.ts';
import { LIST, MAP, SCALAR, TAG_MERGE, type YamlNode } from './node.ts';
import type { Document, ReadBounds } from './reader.ts';

/**
 * Puts copies of the anchored nodes in place of aliases and merges `<<` keys, in place. Explicit keys win over merged
 * ones, and earlier maps of a list win over later ones.
 *
 * @throws YamlError when a merge is malformed, an anchor contains itself, or the copies exceed the bound.
 */
export function expandAliases(document: Document, bounds: ReadBounds): YamlNode {
  const expander = new Expander(document.aliases, bounds.aliasNodes);
  return expander.expand(document.root);
}

class Expander {
  private readonly aliases: ReadonlyMap<YamlNode, YamlNode>;
  private readonly limit: number;
  private readonly active = new Set<YamlNode>();
  private readonly done = new Set<YamlNode>();
  private copied = 0;

  constructor(aliases: ReadonlyMap<YamlNode, YamlNode>, limit: number) {
    this.aliases = aliases;
    this.limit = limit;
  }

  expand(node: YamlNode): YamlNode {
    const target = this.aliases.get(node);
    if (target !== undefined) {
      const expanded = this.expand(target);
      this.count(expanded, node);
      return expanded.copy();
    }
    if (node.kind === SCALAR || this.done.has(node)) return node;
    if (this.active.has(node)) throw fault(node, 'an anchor contains an alias of itself');
    this.active.add(node);
    if (node.kind === MAP && node.indexOf('<<') >= 0) this.merge(node);
    const { items } = node;
    for (let i = 0; i < items.length; i++) items[i] = this.expand(items[i] as YamlNode);
    this.active.delete(node);
    if (this.aliases.size > 0) this.done.add(node);
    return node;
  }

  private count(node: YamlNode, alias: YamlNode): void {
    this.copied++;
    if (this.copied > this.limit) {
      throw fault(alias, `the aliases of the document stand for more than ${this.limit} nodes (limit aliasNodes)`);
    }
    for (const item of node.items) this.count(item, alias);
  }

  private merge(node: YamlNode): void {
    const tags = node.keyTags ?? [];
    const at = tags.indexOf(TAG_MERGE);
    if (at < 0) {
      // kustomize takes out a quoted `<<` as well.
      node.delete('<<');
      return;
    }
    if (tags.indexOf(TAG_MERGE, at + 1) >= 0) throw fault(node, "a map has more than one merge key '<<'");
    const sources = this.mergeSources(node.items[at] as YamlNode);
    node.delete('<<');
    const own = new Set(node.keys);
    // The last source that has a key gives its value; the order is from the weakest to the strongest.
    for (const source of sources) {
      if (source.keyTags?.includes(TAG_MERGE) === true) this.expand(source);
      for (let i = 0; i < source.keys.length; i++) {
        const key = source.keys[i] as string;
        if (own.has(key)) continue;
        const value = source.items[i] as YamlNode;
        this.count(this.aliases.get(value) ?? value, value);
        const copy = this.aliases.has(value) ? value : this.expand(value).copy();
        if (node.indexOf(key) >= 0) node.set(key, copy);
        else node.append(key, copy, source.keyTags?.[i]);
      }
    }
  }

  private mergeSources(value: YamlNode): YamlNode[] {
    const real = this.aliases.get(value) ?? value;
    if (real.kind === MAP) return [real];
    if (real.kind !== LIST || real !== value) throw fault(value, "a merge key '<<' needs a map or a list of maps");
    const result: YamlNode[] = [];
    for (const item of real.items) {
      const map = this.aliases.get(item) ?? item;
      if (map.kind !== MAP) throw fault(item, "a merge key '<<' needs a map or a list of maps");
      result.unshift(map);
    }
    return result;
  }
}

function fault(node: YamlNode, message: string): YamlError {
  return new YamlError(message, node.line, node.column);
}
