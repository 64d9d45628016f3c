import type { GroupVersionKind, Schema } from '@stageset/k8s';
import { type RawSchema, rawSchemaOf } from './facts.ts';
import { definitionOf } from './kinds.ts';

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
/** Definitions that take any JSON object or value. */
const FREE_FORM: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': { 'x-kubernetes-preserve-unknown-fields': true },
  // A schema, or something else: published without a type, so that nothing below them may be taken for unknown.
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': {
    'x-kubernetes-preserve-unknown-fields': true,
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': {
    'x-kubernetes-preserve-unknown-fields': true,
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': {
    'x-kubernetes-preserve-unknown-fields': true,
  },
};

const resolved = new Map<string, Schema>();

/**
 * The schema of a built-in kind with its references followed, each level when it is first looked at: types that
 * contain themselves (`JSONSchemaProps`) have no end. The same kind gives the same object. A quantity is
 * `oneOf` string and number with the format `quantity`.
 */
export function schemaOf(gvk: GroupVersionKind): Schema | undefined {
  const definition = definitionOf(gvk);
  return definition === undefined ? undefined : definitionSchema(definition);
}

export function definitionSchema(definition: string): Schema | undefined {
  const known = resolved.get(definition);
  if (known !== undefined) return known;
  const raw = rawSchemaOf(definition);
  if (raw === undefined) return undefined;
  const schema = FREE_FORM[definition] ?? expand(special(definition, raw));
  resolved.set(definition, schema);
  return schema;
}

function special(definition: string, raw: RawSchema): RawSchema {
  if (definition === INT_OR_STRING) return { 'x-kubernetes-int-or-string': true };
  if (definition === QUANTITY) return { ...raw, format: 'quantity' };
  return raw;
}

/** A node with its own keywords, whose children are resolved when they are read. */
function expand(raw: RawSchema): Schema {
  const { $ref, properties, items, additionalProperties, ...keywords } = raw;
  const target = $ref === undefined ? undefined : definitionSchema($ref);
  if (target !== undefined) return Object.keys(keywords).length === 0 ? target : inherit(target, keywords);
  const node: Record<string, unknown> = { ...keywords };
  if (properties !== undefined) node['properties'] = expandAll(properties);
  if (items !== undefined) lazily(node, 'items', items);
  if (additionalProperties !== undefined) lazily(node, 'additionalProperties', additionalProperties);
  return node;
}

/** What stands beside a reference adds to its target; getters of the target are passed on, not called. */
function inherit(target: Schema, keywords: Readonly<Record<string, unknown>>): Schema {
  const node: Record<string, unknown> = Object.defineProperties({}, Object.getOwnPropertyDescriptors(target));
  return Object.assign(node, keywords);
}

function expandAll(properties: Readonly<Record<string, RawSchema>>): Record<string, Schema> {
  const out: Record<string, Schema> = Object.create(null);
  for (const [name, raw] of Object.entries(properties)) lazily(out, name, raw);
  return out;
}

function lazily(owner: Record<string, unknown>, name: string, raw: RawSchema): void {
  let schema: Schema | undefined;
  Object.defineProperty(owner, name, {
    enumerable: true,
    configurable: true,
    get: () => {
      schema ??= expand(raw);
      return schema;
    },
  });
}
