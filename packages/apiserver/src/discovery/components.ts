import { isJsonArray, isJsonObject, setOwn } from '@stageset/k8s';
import { rawSchemaOf } from '../builtin/facts.ts';
import { definitionOf } from '../builtin/kinds.ts';
import type { KindDefinition } from '../registry/kind.ts';

const PREFIX = '#/components/schemas/';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Adds a kind's schema, and all it refers to, to the components of a document. Returns the name it goes by. */
export function addKind(kind: KindDefinition, components: Record<string, unknown>): string {
  const { group, version } = kind;
  const type = [{ group, version, kind: kind.kind }];
  const definition = kind.origin === 'builtin' ? definitionOf(kind) : undefined;
  if (definition !== undefined) {
    addDefinition(definition, components);
    const schema = components[definition];
    if (isJsonObject(schema)) components[definition] = { ...schema, 'x-kubernetes-group-version-kind': type };
    return definition;
  }
  const name = `${group.split('.').toReversed().join('.')}.${version}.${kind.kind}`;
  addDefinition(OBJECT_META, components);
  const { properties, ...schema } = kind.schema() ?? { type: 'object' };
  const text = { type: 'string' };
  components[name] = {
    ...schema,
    properties: { apiVersion: text, kind: text, metadata: { $ref: PREFIX + OBJECT_META }, ...properties },
    'x-kubernetes-group-version-kind': type,
  };
  return name;
}

function addDefinition(definition: string, components: Record<string, unknown>): void {
  if (Object.hasOwn(components, definition)) return;
  const raw = rawSchemaOf(definition);
  // Held before it is followed: some types contain themselves.
  components[definition] = {};
  components[definition] = withReferences(raw ?? { type: 'object' }, components);
}

/** A copy whose references are those of an OpenAPI document. What stands beside a reference moves around it. */
function withReferences(node: unknown, components: Record<string, unknown>): unknown {
  if (isJsonArray(node)) return node.map((item) => withReferences(item, components));
  if (!isJsonObject(node)) return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (key !== '$ref' || typeof value !== 'string') setOwn(copy, key, withReferences(value, components));
  }
  const { $ref } = node;
  if (typeof $ref !== 'string') return copy;
  addDefinition($ref, components);
  const reference = { $ref: PREFIX + $ref };
  return Object.keys(copy).length === 0 ? reference : { ...copy, allOf: [reference] };
}
