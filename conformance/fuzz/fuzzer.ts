import type { Oracle } from '../oracles/oracle.ts';
import { type Random, randomFrom } from '../support/random.ts';

/** A kind of random test: what it does, and how much of it. */
export interface Fuzzer {
  /** One line for the list. */
  readonly says: string;
  /** Cases of the part that runs with the suites. */
  readonly part: number;
  /** Cases of the full run on demand. */
  readonly full: number;
  readonly needsOracle: boolean;
  run(options: FuzzOptions): Promise<FuzzResult>;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Number of the first case; 0 when absent. A number is the same case whichever one is the first. */
  readonly from?: number;
  /** There when `needsOracle`. */
  readonly oracle?: Oracle;
  progress?(done: number): void;
}

export interface FuzzResult {
  readonly cases: number;
  /** Cases on whose outcome both agree, by what it was: how much of the run met more than errors. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What differed, made small; at most `MAX_DIFFERENCES`. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** Repeats the case alone: the seed of the run and the case's number. */
  readonly seed: number;
  readonly number: number;
  readonly given: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

const MAX_DIFFERENCES = 10;
/** Requests under way at once: enough to keep both processes busy. */
const BATCH = 64;

/** Choices of one case of a run: the same whatever ran before it. */
export function randomOf(seed: number, number: number): Random {
  return randomFrom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
}

export interface Subject<Given> {
  generate(random: Random): Given;
  /** Both answers to one case, as values that compare by their JSON. */
  compare(given: Given): Promise<Comparison>;
  /** Smaller cases to try instead, the smallest first. */
  shrink(given: Given): Iterable<Given>;
}

export interface Comparison {
  readonly ours: unknown;
  readonly theirs: unknown;
  /** A word for the statistics. */
  readonly outcome: string;
}

/** Runs cases through both sides until the count is reached or too much differed; shrinks what differs. */
export async function runFuzz<Given>(subject: Subject<Given>, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, count, from = 0 } = options;
  const outcomes: Record<string, number> = {};
  const differences: Difference[] = [];
  let done = 0;
  while (done < count && differences.length < MAX_DIFFERENCES) {
    const numbers = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) => from + done + i);
    const compared = await Promise.all(
      numbers.map(async (number) => {
        const given = subject.generate(randomOf(seed, number));
        return { number, given, comparison: await subject.compare(given) };
      }),
    );
    for (const { number, given, comparison } of compared) {
      if (agree(comparison)) outcomes[comparison.outcome] = (outcomes[comparison.outcome] ?? 0) + 1;
      else if (differences.length < MAX_DIFFERENCES) {
        const small = await shrink(subject, given, comparison);
        differences.push({
          seed,
          number,
          given: small.given,
          ours: small.comparison.ours,
          theirs: small.comparison.theirs,
        });
      }
    }
    done += numbers.length;
    options.progress?.(done);
  }
  return { cases: done, outcomes, differences };
}

function agree({ ours, theirs }: Comparison): boolean {
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

/** Comparisons that shrinking one case may cost. */
const MAX_SHRINKS = 1500;

async function shrink<Given>(
  subject: Subject<Given>,
  given: Given,
  comparison: Comparison,
): Promise<{ given: Given; comparison: Comparison }> {
  let best = { given, comparison };
  let tried = 0;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of subject.shrink(best.given)) {
      if (++tried > MAX_SHRINKS) return best;
      const result = await subject.compare(candidate);
      if (agree(result)) continue;
      best = { given: candidate, comparison: result };
      smaller = true;
      break;
    }
  }
  return best;
}

/** A text with parts left out: halves, quarters, … down to single characters. */
export function* shorterTexts(text: string): Generator<string> {
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < text.length; at += size) yield text.slice(0, at) + text.slice(at + size);
  }
}
