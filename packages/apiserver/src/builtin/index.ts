export { applyBuiltinDefaults } from './built-in-defaults.ts';
export type * from './contract.ts';
export { builtinKinds } from './kinds.ts';
export { schemaOf } from './schemas.ts';
export { tableOf } from './tables/tables.ts';
export { validateBuiltin } from './validate/validate.ts';
