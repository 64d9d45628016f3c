import { isJsonArray, isJsonObject, type JsonObject, setOwn } from '@stageset/k8s';
import type { KindDefinition } from '../registry/kind.ts';
import { addKind } from './components.ts';

/** The older form of the document: what `kubectl explain --output=plaintext-openapiv2` and older clients read. */
export interface OpenApiV2 {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: JsonObject;
  readonly definitions: Readonly<Record<string, JsonObject>>;
}

const OLD_PREFIX = '#/components/schemas/';
const PREFIX = '#/definitions/';
const TEXTS: Readonly<Record<string, JsonObject>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string', format: 'int-or-string' },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
};
/** What version 2 has no word for. */
const UNKNOWN_KEYWORDS = new Set(['oneOf', 'anyOf', 'not', 'nullable', 'allOf', '$ref']);

/** The schemas of all kinds, without paths: those of version 3 say what may be asked. */
export function openApiV2(kinds: Iterable<KindDefinition>, version: string): OpenApiV2 {
  const components: Record<string, unknown> = {};
  for (const kind of kinds) addKind(kind, components);
  const definitions: Record<string, JsonObject> = {};
  for (const name of Object.keys(components).toSorted()) {
    definitions[name] = (Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined) ?? schemaOf(components[name]);
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version }, paths: {}, definitions };
}

function schemaOf(node: unknown): JsonObject {
  if (!isJsonObject(node)) return {};
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (UNKNOWN_KEYWORDS.has(key)) continue;
    if (key === 'properties' && isJsonObject(value)) copy[key] = propertiesOf(value);
    else if (key === 'items') copy[key] = schemaOf(value);
    else if (key === 'additionalProperties') copy[key] = isJsonObject(value) ? schemaOf(value) : value;
    else copy[key] = value;
  }
  const target = referenceOf(node);
  return target === undefined ? copy : { ...copy, $ref: target };
}

function propertiesOf(properties: JsonObject): JsonObject {
  const copy: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) setOwn(copy, name, schemaOf(schema));
  return copy;
}

/** In version 3 what stands beside a reference moves around it, into an `allOf` of one. */
function referenceOf({ $ref, allOf }: JsonObject): string | undefined {
  const [only] = isJsonArray(allOf) ? allOf : [];
  const found = $ref ?? (isJsonObject(only) ? only['$ref'] : undefined);
  return typeof found === 'string' ? found.replace(OLD_PREFIX, PREFIX) : undefined;
}
