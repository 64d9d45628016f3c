export type * from './artifacts.ts';
export type * from './clock.ts';
export type * from './cluster.ts';
export type * from './http-calls.ts';
export type * from './outcome.ts';
export type * from './store.ts';
export type * from './transport.ts';
export type * from './write-gate.ts';
