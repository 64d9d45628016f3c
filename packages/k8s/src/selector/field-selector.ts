import type { KubeObject } from '../object.ts';
export interface FieldRequirement {
  readonly path: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}
export type FieldSelector = readonly FieldRequirement[];
export function parseFieldSelector(text: string): FieldSelector {
  throw new Error('to follow');
}
export function formatFieldSelector(selector: FieldSelector): string {
  throw new Error('to follow');
}
export function matchesFields(selector: FieldSelector, object: KubeObject): boolean {
  throw new Error('to follow');
}
