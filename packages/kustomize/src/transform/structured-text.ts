import { type Json, jsonPretty, jsonText, toJson } from '../emit/json.ts';
import { styledText } from '../emit/scalar-text.ts';
import { printSource } from '../emit/source.ts';
import { Cursor } from '../yaml/cursor.ts';
import { expandAliases } from '../yaml/expand.ts';
import { DOUBLE_QUOTED, QUOTED_OR_BLOCK, SCALAR, SINGLE_QUOTED, type YamlNode } from '../yaml/node.ts';
import { type ReadBounds, readDocument } from '../yaml/reader.ts';
import { scanPlain, scanQuoted } from '../yaml/scan-scalars.ts';

/** JSON or YAML inside a scalar, such as a file in a ConfigMap. */
export interface Embedded {
  readonly root: YamlNode;
  readonly text: string;
  readonly hasComments: boolean;
}

/** @throws YamlError */
export function readEmbedded(text: string, bounds: ReadBounds): Embedded | undefined {
  const document = readDocument(text, bounds);
  if (document === undefined) return undefined;
  return { root: expandAliases(document, bounds), text, hasComments: document.hasComments };
}

/**
 * Puts a value into fields of embedded data and writes it back: JSON sorted (indented if the original had lines and
 * indentation), anything else as YAML without a final line break. Comments stay: YAML that has some is edited in its
 * text, where kustomize would also lay it out afresh.
 */
export function setEmbedded(
  embedded: Embedded,
  fields: readonly YamlNode[],
  value: YamlNode,
  put: (field: YamlNode) => void,
): string {
  const { root, text } = embedded;
  const first = text.trim().charAt(0);
  const isJson = first === '{' || first === '[';
  if (!isJson && embedded.hasComments && value.kind === SCALAR && fields.every(isOnOneLine)) {
    return editText(text, fields, value.value).trim();
  }
  for (const field of fields) put(field);
  if (!isJson) return printSource(root).trim();
  const json: Json = toJson(root);
  return text.includes('\n') && text.includes('  ') ? jsonPretty(json) : jsonText(json);
}

function isOnOneLine(field: YamlNode): boolean {
  const style = field.style & QUOTED_OR_BLOCK;
  return (
    field.kind === SCALAR && field.at !== 0 && field.value !== '' && (style & ~(SINGLE_QUOTED | DOUBLE_QUOTED)) === 0
  );
}

/** Replaces scalars where they stand, the last first. */
function editText(text: string, fields: readonly YamlNode[], value: string): string {
  const lines = text.split('\n');
  const sorted = [...fields].sort((a, b) => b.at - a.at);
  for (const field of sorted) {
    const line = lines[field.line - 1] ?? '';
    const start = field.column - 1;
    const cursor = new Cursor(line.slice(start));
    const quoted = (field.style & QUOTED_OR_BLOCK) !== 0;
    if (quoted) scanQuoted(cursor);
    else scanPlain(cursor, -1);
    const end = start + (quoted ? cursor.pos : field.value.length);
    const style = (field.style & DOUBLE_QUOTED) !== 0 ? 'double' : quoted ? 'single' : 'plain';
    const written = styledText(value, style, { inFlow: false, isKey: false, indent: 0 });
    lines[field.line - 1] = line.slice(0, start) + written + line.slice(end).replace(/^\s+#/, ' #');
  }
  return lines.join('\n');
}
