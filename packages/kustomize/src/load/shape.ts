import type { ProblemDetail } from '../diagnostics/problem.ts';
import { formatFloat } from '../emit/numbers.ts';
import { MAP, QUOTED_OR_BLOCK, SCALAR, type YamlNode } from '../yaml/node.ts';
import { plainKey, plainScalar } from '../yaml/read-plain.ts';
import { nearest } from './paths.ts';

interface ScalarShape {
  readonly type: 'string' | 'boolean' | 'integer';
}

/**
 * What a configuration file may contain. Decoding follows Go: field names match without regard to case, the last
 * of duplicates wins, null means absent, and nothing but a string is a string.
 */
export type Shape =
  | ScalarShape
  | { readonly type: 'map' }
  | { readonly type: 'any' }
  | { readonly type: 'list'; readonly of: Shape }
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, Shape>> };

export const STRING: Shape = { type: 'string' };
export const BOOLEAN: Shape = { type: 'boolean' };
export const INTEGER: Shape = { type: 'integer' };
export const ANYTHING: Shape = { type: 'any' };
export const STRING_MAP: Shape = { type: 'map' };
export const listOf = (of: Shape): Shape => ({ type: 'list', of });
export const object = (fields: Readonly<Record<string, Shape>>): Shape => ({ type: 'object', fields });

export interface DecodeOptions {
  /** What unknown fields are: errors, or left out with or without a warning. */
  readonly unknown: 'error' | 'warn' | 'ignore';
  /** Whether numbers and booleans count as strings where a string is wanted, as in files of plugins. */
  readonly coerce: boolean;
}

/** Collects what is wrong in a file, all of it, with places. */
export class Decoder {
  readonly problems: ProblemDetail[] = [];
  readonly warnings: ProblemDetail[] = [];
  /** Places of decoded values by path (`resources[2]`). */
  readonly places = new Map<string, YamlNode>();
  private readonly file: string;
  private readonly options: DecodeOptions;

  constructor(file: string, options: DecodeOptions = { unknown: 'error', coerce: false }) {
    this.file = file;
    this.options = options;
  }

  /** The value of a node in that shape; undefined for null and for what does not fit, which becomes a problem. */
  decode(node: YamlNode, shape: Shape, path: string): unknown {
    this.places.set(path, node);
    if (isScalarShape(shape)) {
      return this.scalar(node, shape.type, path);
    }
    if (shape.type === 'any') return node;
    if (node.kind === SCALAR) {
      if (this.scalarOf(node) === null) return undefined;
      return this.wrong(node, path, shape.type === 'list' ? 'a list' : 'a map');
    }
    if (shape.type === 'list') {
      if (node.kind === MAP) return this.wrong(node, path, 'a list');
      return node.items.map((item, i) => this.decode(item, shape.of, `${path}[${i}]`) ?? zero(shape.of));
    }
    if (node.kind !== MAP) return this.wrong(node, path, 'a map');
    if (shape.type === 'map') return this.map(node, path);
    return this.object(node, shape.fields, path);
  }

  private scalarOf(node: YamlNode): unknown {
    try {
      return plainScalar(node);
    } catch {
      return node.value;
    }
  }

  private scalar(node: YamlNode, want: 'string' | 'boolean' | 'integer', path: string): unknown {
    if (node.kind !== SCALAR) return this.wrong(node, path, WANTED[want]);
    const value = this.scalarOf(node);
    if (value === null) return undefined;
    if (want === 'string') {
      if (typeof value === 'string') return value;
      if (this.options.coerce) return this.coerced(value, node, path);
      return this.wrong(node, path, WANTED.string);
    }
    if (want === 'boolean' && typeof value === 'boolean') return value;
    if (want === 'integer' && typeof value === 'number' && Number.isInteger(value)) return value;
    if (want === 'integer' && typeof value === 'bigint') return Number(value);
    return this.wrong(node, path, WANTED[want]);
  }

  /** A number or boolean as text: what Go makes of it, which need not be what was written. */
  private coerced(value: unknown, node: YamlNode, path: string): string {
    const single = typeof value === 'number' && !Number.isInteger(value) ? shortestSingle(value) : String(value);
    if (single !== node.value) {
      this.warnings.push({
        message: `${path} is the ${typeof value} ${node.value} and is taken as "${single}"`,
        file: this.file,
        line: node.line,
        column: node.column,
        field: path,
        suggestion: `put it in quotes: "${node.value}"`,
      });
    }
    return single;
  }

  private map(node: YamlNode, path: string): ReadonlyMap<string, string> {
    const result = new Map<string, string>();
    for (let i = 0; i < node.keys.length; i++) {
      const key = plainKey(node, i);
      const value = this.decode(node.items[i] as YamlNode, STRING, `${path}.${key}`);
      result.set(key, typeof value === 'string' ? value : '');
    }
    return result;
  }

  private object(node: YamlNode, fields: Readonly<Record<string, Shape>>, path: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (let i = 0; i < node.keys.length; i++) {
      const key = node.keys[i] as string;
      const item = node.items[i] as YamlNode;
      const name = Object.hasOwn(fields, key) ? key : findFolded(fields, key);
      const inner = path === '' ? key : `${path}.${key}`;
      if (name === undefined) {
        if (this.options.unknown !== 'ignore') this.unknown(key, item, fields, inner);
        continue;
      }
      const value = this.decode(item, fields[name] as Shape, path === '' ? name : `${path}.${name}`);
      if (value !== undefined) result[name] = value;
    }
    return result;
  }

  private unknown(key: string, node: YamlNode, fields: Readonly<Record<string, Shape>>, path: string): void {
    const close = nearest(key, Object.keys(fields));
    const list = this.options.unknown === 'error' ? this.problems : this.warnings;
    list.push({
      message: `unknown field "${key}"`,
      file: this.file,
      line: node.line,
      column: node.column,
      field: path,
      suggestion:
        close === undefined
          ? `known fields here: ${Object.keys(fields).sort().join(', ')}`
          : `did you mean "${close}"?`,
    });
  }

  private wrong(node: YamlNode, path: string, want: string): undefined {
    const found = this.found(node);
    const plain = node.kind === SCALAR && (node.style & QUOTED_OR_BLOCK) === 0;
    this.problems.push({
      message: `${path === '' ? 'the file' : path} must be ${want} but is ${found}`,
      file: this.file,
      line: node.line,
      column: node.column,
      field: path,
      ...(want === WANTED.string && plain ? { suggestion: `put it in quotes: "${node.value}"` } : {}),
    });
    return undefined;
  }

  private found(node: YamlNode): string {
    if (node.kind !== SCALAR) return node.kind === MAP ? 'a map' : 'a list';
    const value = this.scalarOf(node);
    if (typeof value === 'string') return 'a string';
    return `the ${typeof value === 'boolean' ? 'boolean' : 'number'} ${node.value}`;
  }
}

function isScalarShape(shape: Shape): shape is ScalarShape {
  return shape.type === 'string' || shape.type === 'boolean' || shape.type === 'integer';
}

/** The shortest decimal that gives the same single-precision number. */
function shortestSingle(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return formatFloat(Number(text));
  }
  return formatFloat(single);
}

const WANTED = { string: 'a string', boolean: 'true or false', integer: 'a whole number' } as const;

function zero(shape: Shape): unknown {
  switch (shape.type) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'integer':
      return 0;
    case 'list':
      return [];
    case 'map':
      return new Map();
    default:
      return {};
  }
}

function findFolded(fields: Readonly<Record<string, Shape>>, key: string): string | undefined {
  const folded = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === folded);
}
