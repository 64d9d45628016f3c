import { BuildError } from '../diagnostics/problem.ts';
import type { GeneratorEntry } from '../load/kustomization.ts';
import { baseName } from '../load/paths.ts';
import { decode } from '../load/tree.ts';

/** Reads a file that a generator names, relative to its kustomization. */
export type ReadBytes = (path: string, field: string) => string | Uint8Array;

/** A value of a generator: text, or bytes that are no UTF-8. */
export type DataValue = string | Uint8Array;

/**
 * The entries of a generator: env files, then literals, then files.
 *
 * @throws BuildError for malformed sources and repeated keys.
 */
export function readData(entry: GeneratorEntry, field: string, read: ReadBytes): Map<string, DataValue> {
  const result = new Map<string, DataValue>();
  const put = (key: string, value: DataValue, at: string): void => {
    if (result.has(key)) {
      throw new BuildError({
        message: `the generator ${entry.name ?? ''} repeats the key ${key}`,
        field: at,
        suggestion: 'name each key once over envs, literals and files',
      });
    }
    result.set(key, value);
  };
  (entry.envs ?? []).forEach((path, i) => {
    const at = `${field}.envs[${i}]`;
    for (const [key, value] of parseEnv(read(path, at), path, at)) put(key, value, at);
  });
  (entry.literals ?? []).forEach((source, i) => {
    const at = `${field}.literals[${i}]`;
    const [key, value] = parseLiteral(source, at);
    put(key, value, at);
  });
  (entry.files ?? []).forEach((source, i) => {
    const at = `${field}.files[${i}]`;
    const [key, path] = parseFileSource(source, at);
    const content = read(path, at);
    put(key, typeof content === 'string' ? content : (decode(content) ?? content), at);
  });
  return result;
}

function parseLiteral(source: string, field: string): [string, string] {
  const at = source.indexOf('=');
  if (at <= 0) {
    throw new BuildError({ message: `invalid literal "${source}": expected key=value`, field });
  }
  return [source.slice(0, at), unquote(source.slice(at + 1))];
}

function unquote(text: string): string {
  const first = text.charAt(0);
  if (text.length < 2 || first !== text.at(-1)) return text;
  return first === '"' || first === "'" ? text.slice(1, -1) : text;
}

function parseFileSource(source: string, field: string): [string, string] {
  const parts = source.split('=');
  const [key = '', path = ''] = parts;
  if (parts.length === 1) return [baseName(source), source];
  if (parts.length > 2) throw new BuildError({ message: `"${source}": key name or file path contains '='`, field });
  if (key === '') throw new BuildError({ message: `"${source}": missing key name before '='`, field });
  if (path === '') throw new BuildError({ message: `"${source}": missing file path after '='`, field });
  return [key, path];
}

/** Go's notion of white space at the start of a line. */
const LEADING_SPACE = /^[\t\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

function parseEnv(content: string | Uint8Array, path: string, field: string): [string, string][] {
  const text = typeof content === 'string' ? content : decode(content);
  if (text === undefined) throw new BuildError({ message: `${path} is not valid UTF-8 text`, file: path, field });
  const result: [string, string][] = [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((raw, i) => {
    let line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (i === 0 && line.charCodeAt(0) === 0xfeff) line = line.slice(1);
    line = line.replace(LEADING_SPACE, '');
    if (line === '' || line.startsWith('#')) return;
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    if (key !== '') result.push([key, at < 0 ? '' : line.slice(at + 1)]);
  });
  return result;
}

const LINE_LENGTH = 70;

/** Base64, in lines of 70 characters when it is longer than one. */
export function base64Lines(value: DataValue): string {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  const text = encodeBase64(bytes);
  if (text.length < LINE_LENGTH) return text;
  let out = '';
  for (let i = 0; i < text.length; i += LINE_LENGTH) out += `${text.slice(i, i + LINE_LENGTH)}\n`;
  return out;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const left = bytes.length - i;
    const triple = (a << 16) | (b << 8) | c;
    out += ALPHABET.charAt(triple >> 18) + ALPHABET.charAt((triple >> 12) & 63);
    out += left > 1 ? ALPHABET.charAt((triple >> 6) & 63) : '=';
    out += left > 2 ? ALPHABET.charAt(triple & 63) : '=';
  }
  return out;
}
