import { FLOW, LIST, MAP, SCALAR, TAG_STRING, type YamlNode } from '../yaml/node.ts';
import { EmitError } from './error.ts';
import { formatNumber } from './numbers.ts';
import { compareKeys } from './order.ts';
import { keyText, stringText } from './scalar-text.ts';
import { notJson, scalarValue } from './values.ts';

/** Characters that survive into JSON but that the reader behind kustomize's printer refuses. */
const UNPRINTABLE = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/**
 * An object as kustomize prints it: keys sorted, lists not indented, styles by content. Ends with a newline.
 *
 * @throws EmitError for what JSON cannot hold: duplicate keys, keys that are not strings, infinities.
 */
export function printObject(node: YamlNode): string {
  if (node.kind !== MAP || node.items.length === 0) return '{}\n';
  return new Printer().object(node);
}

class Printer {
  private out = '';

  object(node: YamlNode): string {
    this.map(node, 0, '', (node.style & FLOW) !== 0, true);
    return this.out;
  }

  /** Entries of a map. `lead` stands before the first entry instead of the indentation: `- ` of a list. */
  private map(node: YamlNode, indent: number, lead: string, inFlow: boolean, isRoot: boolean): void {
    if (!isRoot && node.keyTags?.some((tag) => tag !== TAG_STRING) === true) {
      const i = node.keyTags.findIndex((tag) => tag !== TAG_STRING);
      throw new EmitError(`key ${node.keys[i]} is not a string: quote it`, node.items[i] as YamlNode);
    }
    const order = sortedOrder(node);
    const pad = ' '.repeat(indent);
    let prefix = lead;
    for (let n = 0; n < order.length; n++) {
      const i = order[n] as number;
      const key = node.keys[i] as string;
      const value = node.items[i] as YamlNode;
      if (n > 0) {
        if (key === node.keys[order[n - 1] as number]) {
          throw new EmitError(`mapping key "${key}" already defined`, value);
        }
        prefix = pad;
      }
      if (UNPRINTABLE.test(key)) throw new EmitError('control characters are not allowed', value);
      this.entry(key, value, indent, prefix, inFlow);
    }
  }

  private entry(key: string, value: YamlNode, indent: number, prefix: string, inFlow: boolean): void {
    const printed = keyText(key, indent, indent);
    if (printed.complex) {
      this.out += `${prefix}? ${printed.text}\n${' '.repeat(indent)}:`;
      this.complexValue(value, indent, inFlow);
      return;
    }
    this.out += `${prefix}${printed.text}:`;
    if (value.kind === SCALAR) {
      this.out += ` ${this.scalar(value, indent + printed.text.length + 2, indent + 2, inFlow)}\n`;
      return;
    }
    this.collection(value, indent, inFlow);
  }

  private collection(value: YamlNode, indent: number, inFlow: boolean): void {
    const flow = inFlow || (value.style & FLOW) !== 0;
    if (value.items.length === 0) this.out += value.kind === MAP ? ' {}\n' : ' []\n';
    else if (value.kind === MAP) {
      this.out += '\n';
      this.map(value, indent + 2, ' '.repeat(indent + 2), flow, false);
    } else {
      this.out += '\n';
      this.list(value, indent, ' '.repeat(indent), flow);
    }
  }

  /** The value after a `? ` key: it begins on the line of its `:`, and lists are indented. */
  private complexValue(value: YamlNode, indent: number, inFlow: boolean): void {
    const flow = inFlow || (value.style & FLOW) !== 0;
    if (value.kind === SCALAR) this.out += ` ${this.scalar(value, indent + 2, indent + 2, inFlow)}\n`;
    else if (value.items.length === 0) this.out += value.kind === MAP ? ' {}\n' : ' []\n';
    else if (value.kind === MAP) this.map(value, indent + 2, ' ', flow, false);
    else this.list(value, indent + 2, ' ', flow);
  }

  private list(node: YamlNode, indent: number, lead: string, inFlow: boolean): void {
    const pad = ' '.repeat(indent);
    let prefix = lead;
    for (const item of node.items) {
      this.out += prefix;
      prefix = pad;
      const flow = inFlow || (item.style & FLOW) !== 0;
      if (item.kind === SCALAR) this.out += `- ${this.scalar(item, indent + 2, indent + 2, inFlow)}\n`;
      else if (item.items.length === 0) this.out += item.kind === MAP ? '- {}\n' : '- []\n';
      else if (item.kind === LIST) this.list(item, indent + 2, '- ', flow);
      else this.map(item, indent + 2, '- ', flow, false);
    }
  }

  private scalar(node: YamlNode, column: number, indent: number, inFlow: boolean): string {
    const value = scalarValue(node, inFlow);
    if (typeof value === 'string') {
      if (UNPRINTABLE.test(value)) throw new EmitError('control characters are not allowed', node);
      return stringText(value.includes('\x85') ? foldNextLines(value) : value, column, indent);
    }
    if (value === null) return 'null';
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    if (typeof value === 'number' && !Number.isFinite(value)) throw notJson(node);
    return formatNumber(value);
  }
}

/** A raw NEL is a line break to the reader behind kustomize's printer, and folds. */
function foldNextLines(text: string): string {
  return text.replace(/ *\x85[ \x85]*/g, (run) => {
    const count = run.split('\x85').length - 1;
    return count === 1 ? ' ' : '\n'.repeat(count - 1);
  });
}

/** Positions of a map's entries in the order of their keys. */
function sortedOrder(node: YamlNode): number[] {
  const { keys } = node;
  const order: number[] = [];
  let sorted = true;
  for (let i = 0; i < keys.length; i++) {
    order.push(i);
    if (sorted && i > 0 && compareKeys(keys[i - 1] as string, keys[i] as string) >= 0) sorted = false;
  }
  if (!sorted) order.sort((a, b) => compareKeys(keys[a] as string, keys[b] as string));
  return order;
}
