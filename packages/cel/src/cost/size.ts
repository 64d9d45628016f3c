/** How large a value may be: characters, bytes, items or entries. */
export interface Size {
  readonly min: number;
  readonly max: number;
}

/** Where estimates stop growing: the largest number of 64 bits. */
export const MOST = 2 ** 64;
export const UNKNOWN: Size = { min: 0, max: MOST };

export const exactly = (size: number): Size => ({ min: size, max: size });

/** Sums and products that never grow beyond {@link MOST}. */
export const plus = (...parts: readonly number[]): number =>
  Math.min(
    MOST,
    parts.reduce((sum, part) => sum + part, 0),
  );
export const times = (a: number, b: number): number => Math.min(MOST, a * b);
/** Rounded up. */
export const scaled = (size: number, factor: number): number => Math.min(MOST, Math.ceil(size * factor));

export const sum = (a: Size, b: Size): Size => ({ min: plus(a.min, b.min), max: plus(a.max, b.max) });
export const product = (a: Size, b: Size): Size => ({ min: times(a.min, b.min), max: times(a.max, b.max) });
export const either = (a: Size, b: Size): Size => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
