import { BuildError, type Problem } from '../diagnostics/problem.ts';
import type { VarEntry } from '../load/kustomization.ts';
import { applySpecs } from '../transform/apply-spec.ts';
import { lookup, splitFieldPath } from '../transform/path-match.ts';
import { FieldError } from '../yaml/field-error.ts';
import {
  isNull,
  MAP,
  PLAIN,
  SCALAR,
  TAG_BOOL,
  TAG_FLOAT,
  TAG_INT,
  TAG_NONE,
  TAG_STRING,
  type YamlNode,
} from '../yaml/node.ts';
import type { Accumulator } from './accumulator.ts';
import { effectiveNamespace, type Gvk, parseApiVersion, type Resource } from './resource.ts';
import type { ClusterScope } from './scope.ts';

const DEFAULT_PATH = 'metadata.name';

/** A value that `$(NAME)` stands for, with the type it has when it stands alone. */
interface VarValue {
  readonly text: string;
  readonly tag: string;
}

/**
 * Takes up the vars of a kustomization and marks the objects they read from, by any name they ever had.
 *
 * @throws BuildError for a name that is taken, and for a reference to several objects.
 */
export function registerVars(accumulator: Accumulator, entries: readonly VarEntry[], scopes: ClusterScope): void {
  for (const entry of entries) {
    const name = entry.name ?? '';
    const gvk = gvkOf(entry);
    const { name: target = '', namespace = '' } = entry.objref ?? {};
    const clustered = scopes(entry.objref?.apiVersion ?? apiVersionOf(gvk), gvk.kind);
    const matches = accumulator.set.all.filter((resource) =>
      [...resource.previousIds, resource.id].some(
        (id) =>
          id.name === target &&
          id.kind === gvk.kind &&
          id.group === gvk.group &&
          id.version === gvk.version &&
          (namespace === '' || clustered || id.effectiveNamespace === effectiveNamespace(namespace)),
      ),
    );
    if (matches.length > 1) {
      throw new BuildError({ message: `the var ${name} could refer to ${matches.length} objects: name a namespace` });
    }
    matches[0]?.varNames.push(name);
    if (accumulator.vars.has(name)) throw new BuildError({ message: `var '${name}' already encountered` });
    accumulator.vars.set(name, entry);
  }
}

function gvkOf(entry: VarEntry): Gvk {
  const { apiVersion = '', group = '', version = '', kind = '' } = entry.objref ?? {};
  return apiVersion === '' ? { group, version, kind } : { ...parseApiVersion(apiVersion), kind };
}

function apiVersionOf({ group, version }: Gvk): string {
  return group === '' ? version : `${group}/${version}`;
}

/**
 * Replaces `$(NAME)` in the fields that the specs name. A value that stands alone brings its type; `$$(NAME)` stays
 * `$(NAME)`; unknown names stay as they are.
 *
 * @throws BuildError for a var that cannot be resolved.
 */
export function resolveVars(accumulator: Accumulator, warnings: Problem[]): void {
  const { vars, set, config } = accumulator;
  if (vars.size === 0) return;
  const values = new Map<string, VarValue>();
  for (const [name, entry] of vars) {
    const value = resolveVar(name, entry, set.all);
    if (value !== undefined) values.set(name, value);
  }
  const used = new Set<string>();
  for (const { node, gvk } of set.all) {
    applySpecs(node, gvk, config.varReference, {
      setValue: (field) => expandField(field, values, used),
    });
  }
  const unused = [...values.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) {
    warnings.push({ severity: 'warning', message: `vars that are used nowhere: ${unused.sort().join(', ')}` });
  }
}

function resolveVar(name: string, entry: VarEntry, resources: readonly Resource[]): VarValue | undefined {
  const resource = resources.find((r) => r.varNames.includes(name));
  if (resource === undefined) {
    throw new BuildError({
      message: `var '${name}' cannot be mapped to a field in the set of known resources`,
      suggestion: 'check objref: kind, apiVersion and name must be those of an object of the build',
    });
  }
  const path = entry.fieldref?.fieldPath;
  const wanted = path === undefined || path === '' ? DEFAULT_PATH : path;
  const node = lookup(resource.node, indexed(splitFieldPath(wanted)));
  if (node === undefined) {
    throw new BuildError({
      message: `field specified in var '${name}' not found in ${resource.describe()}: ${wanted}`,
      object: resource.describe(),
      field: wanted,
    });
  }
  // A map or list cannot stand in a text: its expressions stay as they are.
  if (node.kind !== SCALAR) return undefined;
  const typed = node.tag === TAG_INT || node.tag === TAG_FLOAT || node.tag === TAG_BOOL;
  return { text: node.value, tag: typed ? node.tag : TAG_STRING };
}

/** `containers[0]` is the field and the position. */
function indexed(parts: readonly string[]): string[] {
  return parts.flatMap((part) => {
    const m = /^(.*)\[(\d+)\]$/.exec(part);
    if (m === null) return [part];
    return m[1] === '' ? [m[2] as string] : [m[1] as string, m[2] as string];
  });
}

function isText(node: YamlNode): boolean {
  return node.kind === SCALAR && (node.tag === TAG_STRING || node.tag === TAG_NONE);
}

function expandField(field: YamlNode, values: ReadonlyMap<string, VarValue>, used: Set<string>): void {
  if (isNull(field)) return;
  if (field.kind === SCALAR) {
    if (isText(field)) expand(field, values, used);
    return;
  }
  for (const item of field.items) {
    if (isText(item)) expand(item, values, used);
    else if (field.kind !== MAP) throw new FieldError('a list of texts has an element that is no text', item);
  }
}

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

function expand(node: YamlNode, values: ReadonlyMap<string, VarValue>, used: Set<string>): void {
  const { value } = node;
  const alone = /^\$\(([^)]*)\)$/.exec(value)?.[1];
  const single = alone === undefined ? undefined : values.get(alone);
  if (alone !== undefined && single !== undefined) used.add(alone);
  const text =
    single?.text ??
    value.replace(REFERENCE, (whole, name: string | undefined) => {
      if (name === undefined) return '$';
      const known = values.get(name);
      if (known === undefined) return whole;
      used.add(name);
      return known.text;
    });
  node.value = text;
  node.tag = single?.tag ?? TAG_STRING;

  node.style = PLAIN;
}
