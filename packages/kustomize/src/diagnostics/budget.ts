import { BuildError } from './problem.ts';

/** Counts work that input can multiply, and ends the build beyond a limit. */
export class Budget {
  private readonly limit: number;
  private readonly name: string;
  private spent = 0;

  constructor(limit: number, name: string) {
    this.limit = limit;
    this.name = name;
  }

  /** @throws BuildError that names the limit. */
  spend(amount: number): void {
    this.spent += amount;
    if (this.spent > this.limit) {
      throw new BuildError({
        message: `patches and replacements copy more than ${this.limit} nodes (limit ${this.name})`,
        suggestion: 'look for a value that is copied into itself again and again',
      });
    }
  }
}
