import { isJsonArray, isJsonObject, type JsonObject, type KubeObject, own, type Schema } from '@stageset/k8s';

import { compareVersions } from '../discovery/versions.ts';

/** A CustomResourceDefinition, read from its object. */
export interface CustomResource {
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly versions: readonly CustomVersion[];
}

export interface CustomVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: Schema | undefined;
  readonly hasStatus: boolean;
  readonly scale: JsonObject | undefined;
  readonly columns: readonly JsonObject[];
  readonly selectableFields: readonly string[];
  readonly deprecation: string | undefined;
}

export const CRD_API = 'apiextensions.k8s.io/v1';
export const CRD_KIND = 'CustomResourceDefinition';

export function readCustomResource(crd: KubeObject): CustomResource {
  const spec = objectAt(crd, 'spec');
  const names = objectAt(spec, 'names');
  const group = textAt(spec, 'group');
  const kind = textAt(names, 'kind');
  const versions = objectsAt(spec, 'versions');
  const [newest] = versions
    .filter((version) => version['served'] === true && version['deprecated'] !== true)
    .map((version) => textAt(version, 'name'))
    .sort(compareVersions);
  return {
    group,
    kind,
    plural: textAt(names, 'plural'),
    singular: textAt(names, 'singular') || kind.toLowerCase(),
    listKind: textAt(names, 'listKind') || `${kind}List`,
    shortNames: textsAt(names, 'shortNames'),
    categories: textsAt(names, 'categories'),
    namespaced: spec['scope'] === 'Namespaced',
    versions: versions.map((version) => readVersion(version, group, kind, newest)),
  };
}

function readVersion(version: JsonObject, group: string, kind: string, newest: string | undefined): CustomVersion {
  const schema = own(objectAt(version, 'schema'), 'openAPIV3Schema');
  const subresources = objectAt(version, 'subresources');
  const scale = own(subresources, 'scale');
  const name = textAt(version, 'name');
  const instead = newest === undefined || newest === name ? '' : `; use ${group}/${newest} ${kind}`;
  const warning = textAt(version, 'deprecationWarning') || `${group}/${name} ${kind} is deprecated${instead}`;
  return {
    name,
    served: version['served'] === true,
    storage: version['storage'] === true,
    // The shape was decoded by the schema of CustomResourceDefinition itself.
    schema: isJsonObject(schema) ? (schema as Schema) : undefined,
    hasStatus: isJsonObject(own(subresources, 'status')),
    scale: isJsonObject(scale) ? scale : undefined,
    columns: objectsAt(version, 'additionalPrinterColumns'),
    selectableFields: objectsAt(version, 'selectableFields').map((field) =>
      textAt(field, 'jsonPath').replace(/^\./, ''),
    ),
    deprecation: version['deprecated'] === true ? warning : undefined,
  };
}

export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isJsonObject(value) ? value : {};
}

export function textAt(object: JsonObject, key: string): string {
  const value = own(object, key);
  return typeof value === 'string' ? value : '';
}

export function textsAt(object: JsonObject, key: string): readonly string[] {
  const value = own(object, key);
  return isJsonArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  const value = own(object, key);
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}
