import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { checkType, type TypeFault } from './check-type.ts';
import { atomOfKind } from './object-meta.ts';

export type { TypeFault } from './check-type.ts';

/**
 * What keeps an object from being applied at all: values of another type than the kind's schema declares, fields that it
 * does not declare, list items without or with the same key. It is what the API server checks of a server-side apply
 * before admission, in its own words; what validation says of values comes after admission and is not told here.
 */
export function fitsSchema(object: KubeObject, schema: Schema): readonly TypeFault[] {
  return checkType(object, atomOfKind(schema), false);
}
