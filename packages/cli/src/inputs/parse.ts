import type { KubeObject } from '@stageset/k8s';
import { type Document, isCollection, isNode, LineCounter, parseAllDocuments } from 'yaml';
import type { InputDocument, InputProblem } from './document.ts';

/** Aliases that one document may expand to, so that a small file cannot fill the memory. */
const MAX_ALIASES = 1000;

export interface ParsedFile {
  readonly documents: readonly InputDocument[];
  readonly problems: readonly InputProblem[];
}

/** The Kubernetes objects in one file's text (YAML with any number of documents, or JSON). Reports every problem at once. */
export function parseInputs(file: string, text: string): ParsedFile {
  const lines = new LineCounter();
  const documents: InputDocument[] = [];
  const problems: InputProblem[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })) {
    if (!('contents' in document)) continue;
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      problems.push({ file, line, column: col, message: `not valid YAML: ${error.message}` });
    }
    if (document.errors.length === 0) readDocument(document, file, lines, documents, problems);
  }
  return { documents, problems };
}

function readDocument(
  document: Document.Parsed,
  file: string,
  lines: LineCounter,
  documents: InputDocument[],
  problems: InputProblem[],
): void {
  const at = lineOfNode(document.contents, lines, 1);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    problems.push({
      file,
      line: at,
      message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    });
    return;
  }
  if (value === null || value === undefined) return;
  const items = listItems(value);
  for (const [index, item] of items.entries()) {
    const prefix = items.length === 1 && item === value ? [] : ['items', index];
    const line = lineAt(document, prefix, lines, at);
    const message = faultOf(item);
    if (message !== undefined) {
      problems.push({ file, line, message });
      continue;
    }
    documents.push({
      object: item as KubeObject,
      file,
      line,
      lineOf: (path) => lineAt(document, [...prefix, ...path], lines, line),
    });
  }
}

/** A `List` stands for its items, as for kubectl. */
function listItems(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [value];
}

function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'not a Kubernetes object: expected a mapping with apiVersion, kind and metadata.name';
  }
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  const lacking = [
    typeof apiVersion === 'string' && apiVersion !== '' ? undefined : 'apiVersion',
    typeof kind === 'string' && kind !== '' ? undefined : 'kind',
    typeof metadata === 'object' && metadata !== null && typeof (metadata as { name?: unknown }).name === 'string'
      ? undefined
      : 'metadata.name',
  ].filter((field) => field !== undefined);
  return lacking.length === 0 ? undefined : `not a Kubernetes object: ${lacking.join(', ')} missing`;
}

function lineAt(document: Document, path: readonly (string | number)[], lines: LineCounter, fallback: number): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const line = lineOfKey(parent, path[length - 1], lines);
    if (line !== undefined) return line;
  }
  return fallback;
}

/** Of a mapping the line of the key, which is where an editor should jump; of a list the line of the item. */
function lineOfKey(parent: unknown, key: string | number | undefined, lines: LineCounter): number | undefined {
  if (!isCollection(parent)) return undefined;
  for (const [index, item] of parent.items.entries()) {
    const node = isNode(item)
      ? index === key
        ? item
        : undefined
      : String((item as { key: unknown }).key) === String(key)
        ? (item as { key: unknown }).key
        : undefined;
    if (node !== undefined) return lineOfNode(node, lines, 0) || undefined;
  }
  return undefined;
}

function lineOfNode(node: unknown, lines: LineCounter, fallback: number): number {
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : fallback;
}
