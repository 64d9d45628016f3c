import type { Arena } from './arena.ts';
import { type StageOf, stageName } from './history.ts';

interface Kept {
  readonly uid: string;
  /** The stage that does not prune; absent when the object itself says that it stays. */
  readonly stage: string | undefined;
}

/** What is to outlive its place in a release: objects that say so, and those of stages with `prune: false`. */
export class Staying {
  readonly #arena: Arena;
  readonly #violations: string[];
  #stages: readonly StageOf[] = [];
  #wanted: ReadonlyMap<string, readonly { readonly stage: string; readonly value: string }[]> = new Map();
  /** What was delivered so, and not been wanted otherwise since. */
  readonly #kept = new Map<string, Kept>();
  /** What each stage has wanted at any time: it may still be there when the stage stops pruning. */
  readonly #ever = new Map<string, Set<string>>();
  /** Stages that did not prune at any time. */
  readonly #keepers = new Set<string>();

  constructor(arena: Arena, violations: string[]) {
    this.#arena = arena;
    this.#violations = violations;
  }

  staged(stages: readonly StageOf[]): void {
    this.#stages = stages;
    for (const stage of stages) if (stage.keeps === true) this.#keepers.add(stageName(stage));
    const pruning = new Set(stages.filter(({ keeps }) => keeps !== true).map(stageName));
    for (const [name, { stage }] of this.#kept) {
      if (stage !== undefined && pruning.has(stage)) this.#kept.delete(name);
    }
  }

  want(wanted: ReadonlyMap<string, readonly { readonly stage: string; readonly value: string }[]>): void {
    this.#wanted = wanted;
    for (const [name, claims] of wanted) {
      for (const { stage } of claims) this.#ever.set(stage, (this.#ever.get(stage) ?? new Set()).add(name));
      const kept = this.#kept.get(name);
      if (kept?.stage !== undefined && claims.some(({ stage }) => stage !== kept.stage)) this.#kept.delete(name);
      // A binding to another role is another binding.
      if (name.startsWith('binding')) this.#kept.delete(name);
    }
  }

  delivered(name: string, uid: string): void {
    if (name.endsWith('-stays')) {
      this.#kept.set(name, { uid, stage: undefined });
      return;
    }
    const [claim] = this.#wanted.get(name) ?? [];
    if (claim !== undefined && this.#keeps(claim.stage)) this.#kept.set(name, { uid, stage: claim.stage });
  }

  removed(name: string): void {
    this.#kept.delete(name);
  }

  /** Whether an object that no stage wants may be there. */
  mayBeThere(name: string): boolean {
    return name.endsWith('-stays') || [...this.#keepers].some((stage) => this.#ever.get(stage)?.has(name) === true);
  }

  /** Nothing of it may go. */
  async look(when: string, uncertain: ReadonlySet<string>): Promise<void> {
    for (const [name, { uid, stage }] of this.#kept) {
      if (uncertain.has(name)) this.#kept.delete(name);
      else if ((await this.#arena.live(name))?.metadata.uid !== uid) {
        this.#violations.push(`before "${when}": ${name} was to outlive ${stage ?? 'every stage'} and was deleted`);
        this.#kept.delete(name);
      }
    }
  }

  #keeps(name: string): boolean {
    return this.#stages.some((stage) => stage.keeps === true && stageName(stage) === name);
  }
}
