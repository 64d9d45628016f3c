import { BuildError, type Problem } from './problem.ts';

/** How many problems are told at once; more help nobody, and hostile trees could have millions. */
const MAX_TOLD = 100;

/** Gathers the problems of steps that do not depend on one another, so that they are told together. */
export class Faults {
  private readonly problems: Problem[] = [];

  get any(): boolean {
    return this.problems.length > 0;
  }

  /** Whether there are so many that looking for more is of no use. */
  get full(): boolean {
    return this.problems.length >= MAX_TOLD;
  }

  /** What the step gives; undefined when it ended with a BuildError, which is kept. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      this.problems.push(...error.problems.slice(0, MAX_TOLD - this.problems.length));
      return undefined;
    }
  }

  /** Attempts one step for each entry; gives what succeeded. */
  each<E, T>(entries: readonly E[], step: (entry: E, index: number) => T): T[] {
    return entries.flatMap((entry, i) => {
      if (this.full) return [];
      const result = this.attempt(() => [step(entry, i)]);
      return result ?? [];
    });
  }

  /** @throws BuildError with everything gathered, if there is anything. */
  raise(): void {
    if (this.any) throw new BuildError(...this.problems);
  }
}
