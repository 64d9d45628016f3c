export * from './errors.ts';
export * from './object.ts';
export type * from './schema.ts';
