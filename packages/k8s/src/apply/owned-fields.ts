import type { KubeObject } from '../object.ts';
import { FieldSet } from './field-set.ts';
import { decodeManagedFields } from './managed-fields.ts';

/**
 * All fields that a manager owns, by apply or update, at any version; of the main resource, or of one subresource.
 * Throws a `ManagedFieldsError` when the object's managedFields cannot be read.
 */
export function ownedFields(object: KubeObject, manager: string, subresource = ''): FieldSet {
  let owned = FieldSet.EMPTY;
  for (const { identity, fields } of decodeManagedFields(object.metadata.managedFields).values()) {
    if (identity.manager === manager && identity.subresource === subresource) owned = owned.union(fields);
  }
  return owned;
}
