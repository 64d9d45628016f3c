import { deepEqual, isJsonObject, type JsonObject, type KubeObject, own, type StatusCause } from '@stageset/k8s';
import { invalidValue, requiredValue } from '../registry/metadata.ts';
import { objectAt, objectsAt, readCustomResource, textAt } from './definition.ts';

/** What is wrong with a CustomResourceDefinition: its names, its versions, and schemas that are not structural. */
export function validateDefinition(crd: KubeObject, old: KubeObject | undefined): readonly StatusCause[] {
  const resource = readCustomResource(crd);
  const causes: StatusCause[] = [];
  const wanted = `${resource.plural}.${resource.group}`;
  if (crd.metadata.name !== wanted) {
    causes.push(invalidValue('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  const stored = resource.versions.filter((version) => version.storage);
  if (resource.versions.length > 0 && stored.length !== 1) {
    const why = 'must have exactly one version marked as storage version';
    causes.push(invalidValue('spec.versions', objectAt(crd, 'spec')['versions'], why));
  }
  for (const [index, version] of objectsAt(objectAt(crd, 'spec'), 'versions').entries()) {
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    const schema = own(objectAt(version, 'schema'), 'openAPIV3Schema');
    if (!isJsonObject(schema)) causes.push(requiredValue(field, ''));
    else structuralFaults(schema, field, causes, true);
  }
  if (old !== undefined) immutableFaults(crd, old, causes);
  return causes;
}

/** A schema is structural when every node has a type, unless it says in another way what it holds. */
function structuralFaults(schema: JsonObject, field: string, causes: StatusCause[], isRoot: boolean): void {
  const type = textAt(schema, 'type');
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (type === '' && (isRoot || !isOpen)) {
    causes.push(
      requiredValue(
        `${field}.type`,
        isRoot ? 'must not be empty at the root' : 'must not be empty for specified object fields',
      ),
    );
  } else if (isRoot && type !== 'object') {
    causes.push(invalidValue(`${field}.type`, type, 'must be object at the root'));
  }
  for (const [name, property] of Object.entries(objectAt(schema, 'properties'))) {
    if (isJsonObject(property)) structuralFaults(property, `${field}.properties[${name}]`, causes, false);
  }
  const { items, additionalProperties } = schema;
  if (isJsonObject(items)) structuralFaults(items, `${field}.items`, causes, false);
  if (isJsonObject(additionalProperties)) {
    structuralFaults(additionalProperties, `${field}.additionalProperties`, causes, false);
  }
}

/** Objects are stored under these, so they stay as long as the definition does. */
function immutableFaults(crd: KubeObject, old: KubeObject, causes: StatusCause[]): void {
  const [now, before] = [objectAt(crd, 'spec'), objectAt(old, 'spec')];
  for (const [name, value, previous] of [
    ['spec.group', now['group'], before['group']],
    ['spec.scope', now['scope'], before['scope']],
    ['spec.names.plural', objectAt(now, 'names')['plural'], objectAt(before, 'names')['plural']],
    ['spec.names.kind', objectAt(now, 'names')['kind'], objectAt(before, 'names')['kind']],
  ] as const) {
    if (!deepEqual(value, previous)) causes.push(invalidValue(name, value, 'field is immutable'));
  }
}
