import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import {
  CONFIG_FILE,
  type ConfigFile,
  compileConfig,
  DEFAULT_CONFIG,
  EMPTY_CONFIG,
  mergeConfig,
  type TransformerConfig,
} from '../transform/config.ts';
import { YamlError } from '../yaml/error.ts';
import type { YamlNode } from '../yaml/node.ts';
import { type Plain, type PlainMap, readConfig, toPlain } from '../yaml/read-plain.ts';
import type { FieldSpec } from './kustomization.ts';
import type { Scope } from './scope.ts';
import { Decoder, type Shape } from './shape.ts';

/** Reads a file that a kustomization names. @throws BuildError with the place of the fault. */
export function readConfigFile(
  scope: Scope,
  path: string,
  at: ProblemDetail,
): { node: YamlNode | undefined; file: string } {
  const file = scope.file(path, at);
  const { yamlDepth, aliasNodes } = scope.tree.limits;
  try {
    return { node: readConfig(scope.tree.text(file), { depth: yamlDepth, aliasNodes }), file };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new BuildError({ ...at, message: error.message, file, line: error.line, column: error.column });
  }
}

/** A file in a known shape, all its faults at once. */
export function decodeFile(node: YamlNode, file: string, shape: Shape, at: ProblemDetail, lenient = false): unknown {
  const decoder = new Decoder(file, { unknown: lenient ? 'ignore' : 'error', coerce: true });
  const value = decoder.decode(node, shape, '');
  if (decoder.problems.length > 0) throw new BuildError(...decoder.problems.map((p) => ({ ...at, ...p })));
  return value;
}

/** The built-in configuration with that of the files a kustomization lists under `configurations`. */
export function loadConfigurations(
  scope: Scope,
  paths: readonly string[],
  at: (field: string) => ProblemDetail,
): TransformerConfig {
  let own = EMPTY_CONFIG;
  paths.forEach((path, i) => {
    const place = at(`configurations[${i}]`);
    const { node, file } = readConfigFile(scope, path, place);
    const decoded = node === undefined ? {} : decodeFile(node, file, CONFIG_FILE, place);
    own = mergeConfig(own, compileConfig((decoded ?? {}) as ConfigFile));
  });
  return mergeConfig(DEFAULT_CONFIG, own);
}

/** Field specs that the OpenAPI definitions of `crds` ask for by their extensions. */
export function loadCrds(
  scope: Scope,
  paths: readonly string[],
  at: (field: string) => ProblemDetail,
): TransformerConfig {
  let result = EMPTY_CONFIG;
  paths.forEach((path, i) => {
    const { node } = readConfigFile(scope, path, at(`crds[${i}]`));
    const plain = node === undefined ? null : toPlain(node);
    if (!(plain instanceof Map)) {
      throw new BuildError({ ...at(`crds[${i}]`), message: `${path} is no map of OpenAPI definitions` });
    }
    const odd = [...plain].find(([, definition]) => !isMap(definition) && definition !== null);
    if (odd !== undefined) {
      throw new BuildError({
        ...at(`crds[${i}]`),
        message: `${path} is no map of OpenAPI definitions: ${odd[0]} is no definition`,
        ...(plain.get('kind') === 'CustomResourceDefinition'
          ? { suggestion: 'it is a CustomResourceDefinition: list it under resources' }
          : {}),
      });
    }
    result = mergeConfig(result, crdConfig(plain));
  });
  return result;
}

const isMap = (value: Plain | undefined): value is PlainMap => value instanceof Map;

function crdConfig(definitions: PlainMap): TransformerConfig {
  let result = EMPTY_CONFIG;
  for (const [name, definition] of definitions) {
    const properties = propertiesOf(definition);
    if (properties === undefined) continue;
    if (!properties.has('kind') || !properties.has('apiVersion') || !properties.has('metadata')) continue;
    const kind = name.slice(name.lastIndexOf('.') + 1);
    const file: { [K in keyof ConfigFile]: ConfigFile[K] } = {};
    const found = {
      commonAnnotations: [] as FieldSpec[],
      commonLabels: [] as FieldSpec[],
      namePrefix: [] as FieldSpec[],
    };
    const references: NonNullable<ConfigFile['nameReference']>[number][] = [];
    collect(definitions, name, kind, [], found, references, 0);
    Object.assign(file, found, { nameReference: references });
    result = mergeConfig(result, compileConfig(file as ConfigFile));
  }
  return result;
}

function propertiesOf(definition: Plain | undefined): PlainMap | undefined {
  const schema = isMap(definition) ? definition.get('Schema') : undefined;
  const properties = isMap(schema) ? schema.get('properties') : undefined;
  return isMap(properties) ? properties : undefined;
}

interface Found {
  readonly commonAnnotations: FieldSpec[];
  readonly commonLabels: FieldSpec[];
  readonly namePrefix: FieldSpec[];
}

const MAX_DEPTH = 32;

function collect(
  definitions: PlainMap,
  type: string,
  kind: string,
  path: readonly string[],
  found: Found,
  references: NonNullable<ConfigFile['nameReference']>[number][],
  depth: number,
): void {
  const properties = propertiesOf(definitions.get(type));
  if (properties === undefined || depth > MAX_DEPTH) return;
  for (const [name, property] of properties) {
    if (!isMap(property)) continue;
    const here = [...path, name];
    const spec: FieldSpec = { kind, path: here.join('/') };
    if (typeof property.get('x-kubernetes-annotation') === 'string') found.commonAnnotations.push(spec);
    if (typeof property.get('x-kubernetes-label-selector') === 'string') found.commonLabels.push(spec);
    if (typeof property.get('x-kubernetes-identity') === 'string') found.namePrefix.push(spec);
    const version = property.get('x-kubernetes-object-ref-api-version');
    const target = property.get('x-kubernetes-object-ref-kind');
    if (typeof version === 'string' && typeof target === 'string') {
      const key = property.get('x-kubernetes-object-ref-name-key');
      const nameKey = typeof key === 'string' ? key : 'name';
      references.push({ kind: target, version, fieldSpecs: [{ kind, path: [...here, nameKey].join('/') }] });
    }
    const ref = property.get('$ref');
    if (typeof ref === 'string') collect(definitions, ref, kind, here, found, references, depth + 1);
  }
}
