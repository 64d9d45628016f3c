/** Random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A random part of the choices, in their order; each is in with the given probability. */
  some<T>(choices: readonly T[], probability?: number): T[];
  shuffle<T>(choices: readonly T[]): T[];
}

/** The generator `mulberry32`: small, even enough, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick(choices) {
      const index = below(choices.length);
      if (!(index in choices)) throw new Error('nothing to pick from');
      return choices[index] as (typeof choices)[number];
    },
    some: (choices, probability = 0.5) => choices.filter(() => next() < probability),
    shuffle(choices) {
      const left = [...choices];
      for (let i = left.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [left[i], left[j]] = [left[j] as (typeof left)[number], left[i] as (typeof left)[number]];
      }
      return left;
    },
  };
}
