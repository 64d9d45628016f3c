export interface Quantity {
  readonly text: string;
}
export type ParsedQuantity =
  | { readonly ok: true; readonly quantity: Quantity }
  | { readonly ok: false; readonly message: string };
export function parseQuantity(text: string | number): ParsedQuantity {
  throw new Error('to follow');
}
export function compareQuantities(a: Quantity, b: Quantity): number {
  throw new Error('to follow');
}
/** Canonical text as the API server prints it: `1500m`, `1Gi`. */
export function formatQuantity(quantity: Quantity): string {
  throw new Error('to follow');
}
