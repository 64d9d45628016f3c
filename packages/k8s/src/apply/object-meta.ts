import type { Schema } from '../schema.ts';
import { type Atom, atomOf } from './atom.ts';

const TEXT: Schema = { type: 'string' };
const TIME: Schema = { type: 'string', format: 'date-time' };
const TEXTS: Schema = { type: 'object', additionalProperties: TEXT };

/** `metav1.ObjectMeta`, as far as types and merging go. It is closed, even in an object that preserves what it does not know. */
export const OBJECT_META: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    annotations: TEXTS,
    creationTimestamp: TIME,
    deletionGracePeriodSeconds: { type: 'integer' },
    deletionTimestamp: TIME,
    finalizers: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
    generateName: TEXT,
    generation: { type: 'integer' },
    labels: TEXTS,
    managedFields: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        properties: {
          apiVersion: TEXT,
          fieldsType: TEXT,
          fieldsV1: { type: 'object' },
          manager: TEXT,
          operation: TEXT,
          subresource: TEXT,
          time: TIME,
        },
      },
    },
    name: TEXT,
    namespace: TEXT,
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: TEXT,
          blockOwnerDeletion: { type: 'boolean' },
          controller: { type: 'boolean' },
          kind: TEXT,
          name: TEXT,
          uid: TEXT,
        },
      },
    },
    resourceVersion: TEXT,
    selfLink: TEXT,
    uid: TEXT,
  },
};

const completed = new WeakMap<Schema, Schema>();

/**
 * The atom of a whole kind. Schemas of custom resources say nothing of `apiVersion`, `kind` and what is in `metadata`;
 * these are added, here and in embedded resources.
 */
export function atomOfKind(schema: Schema): Atom {
  return atomOf(complete(schema, true));
}

function complete(schema: Schema, isResource: boolean): Schema {
  // Built-in kinds say it all.
  if (isResource && schema.properties?.['metadata']?.properties?.['managedFields'] !== undefined) return schema;
  const known = completed.get(schema);
  if (known !== undefined) return known;
  const result = completeNode(schema, isResource);
  completed.set(schema, result);
  return result;
}

function completeNode(schema: Schema, isResource: boolean): Schema {
  const { properties, items, additionalProperties } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const fields: [string, Schema][] = Object.entries(properties ?? {}).map(([name, field]) => [
    name,
    complete(field, false),
  ]);
  if (isEmbedded || isResource) fields.push(['apiVersion', TEXT], ['kind', TEXT], ['metadata', OBJECT_META]);
  return {
    ...schema,
    ...(fields.length === 0 ? {} : { properties: Object.fromEntries(fields) }),
    ...(items === undefined ? {} : { items: complete(items, false) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: complete(additionalProperties, false) }
      : {}),
  };
}
