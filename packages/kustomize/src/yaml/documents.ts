import { YamlError } from './error.ts';
import { expandAliases } from './expand.ts';
import { MAP, TAG_NULL, type YamlNode } from './node.ts';
import { type ReadBounds, readDocument } from './reader.ts';

const SEPARATOR = /\n---[^\n]*\n/g;

/** A part of a file between separators. */
interface Part {
  readonly text: string;
  readonly line: number;
}

/**
 * Splits a file where kustomize does: at lines that begin with `---`. Only blanks and a comment may follow on such a line.
 */
function split(source: string): Part[] {
  const text = source.includes('\r\n') ? source.replaceAll('\r\n', '\n') : source;
  if (text === '') return [];
  if (!text.includes('\n---')) return [{ text, line: 1 }];
  const parts: Part[] = [];
  let start = 0;
  let line = 1;
  SEPARATOR.lastIndex = 0;
  for (let m = SEPARATOR.exec(text); m !== null; m = SEPARATOR.exec(text)) {
    const part = text.slice(start, m.index + 1);
    const nextLine = line + countLines(part);
    const rest = m[0].slice(4).trim();
    if (rest !== '' && !rest.startsWith('#')) {
      throw new YamlError(`invalid document separator: ${m[0].trim()}`, nextLine, 1);
    }
    parts.push({ text: part, line });
    line = nextLine + 1;
    start = m.index + m[0].length;
  }
  parts.push({ text: text.slice(start), line });
  return parts;
}

function countLines(text: string): number {
  let count = 0;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) count++;
  return count;
}

/**
 * The documents of a file as kustomize takes them up: empty ones dropped, aliases expanded, and a `List` that is alone
 * in its file replaced by its items.
 *
 * @throws YamlError with the place of the fault.
 */
export function readDocuments(source: string, bounds: ReadBounds): YamlNode[] {
  const parts = split(source);
  const result: YamlNode[] = [];
  for (const part of parts) {
    const document = readDocument(part.text, bounds, part.line);
    if (document === undefined || document.root.tag === TAG_NULL) {
      if (document === undefined || !document.aliases.has(document.root)) continue;
    }
    const root = expandAliases(document, bounds);
    if (parts.length === 1 && root.kind === MAP && isBareList(root)) {
      result.push(...(root.get('items')?.items ?? []));
    } else {
      result.push(root);
    }
  }
  return result;
}

function isBareList(root: YamlNode): boolean {
  const kind = root.get('kind')?.value;
  if (kind !== 'List' && kind !== 'ResourceList') return false;
  return root.get('items') !== undefined || root.get('functionConfig') !== undefined;
}
