import {
  DOUBLE_QUOTED,
  FLOW,
  FOLDED,
  LIST,
  LITERAL,
  MAP,
  QUOTED_OR_BLOCK,
  SCALAR,
  SINGLE_QUOTED,
  TAG_NONE,
  TAG_STRING,
  TAGGED,
  type YamlNode,
} from '../yaml/node.ts';
import { plainTag } from '../yaml/scalars.ts';
import { type Place, styledText, type WrittenStyle } from './scalar-text.ts';

/** Nodes as YAML in their own order and styles, lists not indented: how kustomize writes data back into a scalar. */
export function printSource(node: YamlNode): string {
  if (node.kind === SCALAR || isFlow(node)) return `${inline(node, { inFlow: false, isKey: false, indent: 0 })}\n`;
  return block(node, 0, '');
}

function isFlow(node: YamlNode): boolean {
  return (node.style & FLOW) !== 0 || node.items.length === 0;
}

function block(node: YamlNode, indent: number, lead: string): string {
  let out = '';
  const pad = ' '.repeat(indent);
  node.items.forEach((item, i) => {
    const prefix = i === 0 ? lead : pad;
    out += node.kind === MAP ? entry(node, i, item, indent, prefix) : element(item, indent, prefix);
  });
  return out;
}

function entry(map: YamlNode, i: number, item: YamlNode, indent: number, prefix: string): string {
  const key = styledText(map.keys[i] as string, 'plain', { inFlow: false, isKey: true, indent });
  if (item.kind === SCALAR || isFlow(item)) {
    const text = inline(item, { inFlow: false, isKey: false, indent: indent + 2 });
    return `${prefix}${key}:${text === '' ? '' : ` ${text}`}\n`;
  }
  const inner = item.kind === LIST ? indent : indent + 2;
  return `${prefix}${key}:\n${block(item, inner, ' '.repeat(inner))}`;
}

function element(item: YamlNode, indent: number, prefix: string): string {
  if (item.kind === SCALAR || isFlow(item)) {
    const text = inline(item, { inFlow: false, isKey: false, indent: indent + 2 });
    return `${prefix}-${text === '' ? '' : ` ${text}`}\n`;
  }
  return block(item, indent + 2, `${prefix}- `);
}

function inline(node: YamlNode, place: Place): string {
  if (node.kind === SCALAR) return scalar(node, place);
  const inner = { ...place, inFlow: true };
  if (node.kind === LIST) return `[${node.items.map((item) => inline(item, inner)).join(', ')}]`;
  const entries = node.items.map((item, i) => {
    const key = styledText(node.keys[i] as string, 'plain', { ...inner, isKey: true });
    const text = inline(item, inner);
    return `${key}:${text === '' ? '' : ` ${text}`}`;
  });
  return `{${entries.join(', ')}}`;
}

const STYLES: readonly (readonly [number, WrittenStyle])[] = [
  [DOUBLE_QUOTED, 'double'],
  [SINGLE_QUOTED, 'single'],
  [LITERAL, 'literal'],
  [FOLDED, 'folded'],
];

/** A scalar with its tag, where dropping the tag would change what it is. */
function scalar(node: YamlNode, place: Place): string {
  const { tag, value, style } = node;
  let written = STYLES.find(([bit]) => (style & bit) !== 0)?.[1] ?? (value.includes('\n') ? 'literal' : 'plain');
  let shown = '';
  if (tag !== TAG_NONE && (style & TAGGED) !== 0) shown = tag;
  else if (tag === TAG_STRING) {
    if ((style & QUOTED_OR_BLOCK) === 0 && written === 'plain' && plainTag(value, 'core') !== TAG_STRING)
      written = 'double';
  } else if (tag !== TAG_NONE && plainTag(value, 'core') !== tag) shown = tag;
  const text = styledText(value, written, place);
  return shown === '' ? text : `${shown} ${text}`;
}
