import type { Effects } from './effects.ts';
import { type StageOf, stageName } from './history.ts';

type Done = ReturnType<Effects['of']>;

/** What the actions of stages may do, and whether they have done it: once for each reason that there was, and not more. */
export class Acting {
  readonly #effects: Effects;
  readonly #violations: string[];
  /** How often at most the actions of a stage may run, by its name. */
  readonly #most = new Map<string, number>();
  /**
   * How often each stage has come into the spec, by its name. What it has done is kept in its status: one that comes back
   * does it again, under the name that it used before if the revision is still the same.
   */
  readonly #arrivals = new Map<string, number>();

  constructor(effects: Effects, violations: string[]) {
    this.#effects = effects;
    this.#violations = violations;
  }

  /** There is a reason for a stage to act, besides those that there were. */
  mayOnceMore(stage: string): void {
    this.#most.set(stage, (this.#most.get(stage) ?? 0) + 1);
  }

  /** The spec says these stages from now on. */
  staged(stages: readonly StageOf[], before: readonly StageOf[]): void {
    const known = new Set(before.map(stageName));
    for (const name of stages.map(stageName)) {
      this.mayOnceMore(name);
      if (!known.has(name)) this.#arrivals.set(name, (this.#arrivals.get(name) ?? 0) + 1);
    }
  }

  /** What stages have done so far, for {@link checkDone}. */
  soFar(stages: readonly StageOf[]): ReadonlyMap<string, Done> {
    return new Map(stages.map((stage) => [stageName(stage), this.#effects.of(stageName(stage))]));
  }

  /** Every stage that acts has done so since. */
  checkDone(stages: readonly StageOf[], before: ReadonlyMap<string, Done>): void {
    for (const stage of stages.filter(({ acts }) => acts)) {
      const name = stageName(stage);
      const { patches, requests } = this.#effects.of(name);
      if (patches === before.get(name)?.patches) this.#violations.push(`${name} did not patch for the last release`);
      if (requests === before.get(name)?.requests) this.#violations.push(`${name} did not tell of the last release`);
    }
  }

  /** A patch takes place once in each life of its stage, and no action runs for more than there was reason for. */
  checkOnce(): void {
    for (const [effect, times] of this.#effects.patches) {
      const lives = this.#arrivals.get(effect.split(' ', 1)[0] ?? '') ?? 0;
      if (times > lives) {
        this.#violations.push(`patch ${effect} took place ${times} times in ${lives} lives of its stage`);
      }
    }
    for (const [name, most] of this.#most) {
      const { patches, requests } = this.#effects.of(name);
      if (patches > most) this.#violations.push(`${name} patched ${patches} times instead of ${most} at most`);
      if (requests > most) this.#violations.push(`${name} told ${requests} times instead of ${most} at most`);
    }
  }
}
