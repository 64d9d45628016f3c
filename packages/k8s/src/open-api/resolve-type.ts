import type { Schema } from '../schema.ts';

type Node = Schema & { readonly $ref?: string; readonly allOf?: readonly Node[] };

/** The part of an OpenAPI v3 document that names types. */
export interface OpenApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Node>> };
}

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

/**
 * The schema of a type of the API server's own document, references followed. Types that refer to themselves become
 * schemas that do; nothing here copies without end.
 */
export function resolveType(document: OpenApiDocument, name: string): Schema {
  const known = new Map<string, Schema>();
  return named(name);

  function named(type: string): Schema {
    if (type === QUANTITY) return { type: 'string', format: 'quantity' };
    if (type === RAW_EXTENSION) return { type: 'object', 'x-kubernetes-map-type': 'atomic' };
    const done = known.get(type);
    if (done !== undefined) return done;
    const source = document.components.schemas[type];
    if (source === undefined) throw new Error(`the OpenAPI document has no type ${type}`);
    const target: Record<string, unknown> = {};
    known.set(type, target as Schema);
    return Object.assign(target, inline(source)) as Schema;
  }

  function inline(node: Node): Schema {
    const { $ref, allOf, description: _, ...rest } = node;
    const reference = $ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined);
    if (reference !== undefined) return withOwn(named(reference.slice(reference.lastIndexOf('/') + 1)), rest);
    const { properties, items, additionalProperties } = rest;
    return {
      ...rest,
      ...(properties === undefined
        ? {}
        : { properties: Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, inline(field)])) }),
      ...(items === undefined ? {} : { items: inline(items) }),
      ...(typeof additionalProperties === 'object' ? { additionalProperties: inline(additionalProperties) } : {}),
    };
  }
}

/** What is said beside a reference (a default, how the map merges) goes on top of what it refers to. */
function withOwn(target: Schema, own: Schema): Schema {
  return Object.keys(own).length === 0 ? target : { ...target, ...own };
}
