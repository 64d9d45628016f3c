export { emptyObject } from './empty-object.ts';
export { FieldSet } from './field-set.ts';
export { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
export { fitsSchema, type TypeFault } from './fits-schema.ts';
export { keepTimesOfUnchanged } from './keep-times.ts';
export { ownedFields } from './owned-fields.ts';
export { type FieldPath, formatFieldPath as formatOwnedField, type PathElement } from './path-element.ts';
export { applyServerSide, trackUpdate } from './server-side-apply.ts';
export type { ApplyRequest, ApplyResult, ConvertTo, FieldConflict, UpdateRequest, WriteContext } from './types.ts';
