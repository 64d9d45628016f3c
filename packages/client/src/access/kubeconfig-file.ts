import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { isRecord } from '../requests/json.ts';
import { AccessError } from './errors.ts';

/** One named entry of a kubeconfig, and where it was found. */
export interface Entry {
  readonly name: string;
  readonly fields: Fields;
}

export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly currentContext: string | undefined;
}

/** A kubeconfig has a few kilobytes; what is larger is some other file. */
const MAX_KUBECONFIG_BYTES = 4 * 1024 * 1024;

/** Uses of YAML anchors; more are a way to fill the memory. */
const MAX_ALIASES = 100;

/** Typed reading of one mapping, with errors that name the file and the field. */
export class Fields {
  readonly source: string;
  readonly #path: string;
  readonly #values: Readonly<Record<string, unknown>>;
  /** Where relative file names begin; absent when files may not be named at all. */
  readonly #directory: string | undefined;

  constructor(source: string, path: string, values: Readonly<Record<string, unknown>>, directory: string | undefined) {
    this.source = source;
    this.#path = path;
    this.#values = values;
    this.#directory = directory;
  }

  raw(key: string): unknown {
    const value = Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
    return value === null || value === '' ? undefined : value;
  }

  text(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.error(key, `must be a string, not ${kindOf(value)}: put it in quotes`);
  }

  required(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw this.error(key, 'is missing');
    return value;
  }

  flag(key: string): boolean {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'boolean') return value ?? false;
    throw this.error(key, `must be true or false, not ${kindOf(value)}`);
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.error(key, 'must be a list of strings');
  }

  base64(key: string): Buffer | undefined {
    const value = this.text(key)?.replace(/\s+/g, '');
    if (value === undefined) return undefined;
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) throw this.error(key, 'is not base64');
    return Buffer.from(value, 'base64');
  }

  /** An absolute path: relative ones begin at the directory of the kubeconfig, as with kubectl. */
  file(key: string): string | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    if (this.#directory === undefined) {
      throw this.error(key, 'names a file, which this kubeconfig may not do', { isRefusal: true });
    }
    return resolve(this.#directory, value);
  }

  /** An entry that has a program run, which goes with files: who may not name those may not name this. */
  program(key: string): unknown {
    const value = this.raw(key);
    if (value === undefined || this.#directory !== undefined) return value;
    const problem = 'may run a program, which this kubeconfig may not do: use a token or a client certificate';
    throw this.error(key, problem, { isRefusal: true });
  }

  error(key: string, problem: string, options?: ErrorOptions & { readonly isRefusal?: boolean }): AccessError {
    return new AccessError(this.source, this.#path === '' ? key : `${this.#path}.${key}`, problem, options);
  }
}

/** Reads one file. `undefined` when it does not exist. */
export function readKubeconfig(path: string): Kubeconfig | undefined {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MAX_KUBECONFIG_BYTES) {
      throw new AccessError(path, undefined, `has ${size} bytes, too many for a kubeconfig (${MAX_KUBECONFIG_BYTES})`);
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof AccessError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AccessError(path, undefined, `cannot be read: ${why}`, { cause });
  }
  return parseKubeconfig(text, path, dirname(resolve(path)));
}

/** `directory` undefined: an entry that names a file is refused. */
export function parseKubeconfig(text: string, source: string, directory: string | undefined): Kubeconfig {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) {
    // The parser's own message quotes the line, which may hold a credential.
    const line = fault.linePos?.[0].line;
    throw new AccessError(
      source,
      undefined,
      `is not valid YAML (${fault.code}${line === undefined ? '' : `, line ${line}`})`,
    );
  }
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (cause) {
    throw new AccessError(source, undefined, `holds anchors that do not resolve, or more than ${MAX_ALIASES} uses`, {
      cause,
    });
  }
  if (!isRecord(root)) throw new AccessError(source, undefined, 'is not a kubeconfig: its top is not a mapping');
  const top = new Fields(source, '', root, directory);
  return {
    clusters: entries(top, root, 'clusters', 'cluster', directory),
    users: entries(top, root, 'users', 'user', directory),
    contexts: entries(top, root, 'contexts', 'context', directory),
    currentContext: top.text('current-context'),
  };
}

/** A list of `{name, <key>: {…}}`. Of two with one name the last stands, as in kubectl. */
function entries(
  top: Fields,
  root: Readonly<Record<string, unknown>>,
  list: string,
  key: string,
  directory: string | undefined,
): ReadonlyMap<string, Entry> {
  const value = Object.hasOwn(root, list) ? (root[list] ?? []) : [];
  if (!Array.isArray(value)) throw top.error(list, 'must be a list');
  const found = new Map<string, Entry>();
  for (const [index, item] of value.entries()) {
    if (!isRecord(item)) throw top.error(`${list}[${index}]`, 'must be a mapping with `name`');
    const name = new Fields(top.source, `${list}[${index}]`, item, directory).required('name');
    const fields = item[key] ?? {};
    if (!isRecord(fields)) throw top.error(`${list}[${name}].${key}`, 'must be a mapping');
    found.set(name, { name, fields: new Fields(top.source, `${list}[${name}].${key}`, fields, directory) });
  }
  return found;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : isRecord(value) ? 'a mapping' : `a ${typeof value}`;
}
