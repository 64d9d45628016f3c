import type { ActionIntent } from '@stageset/api';
import type { EffectFact, EffectState } from '@stageset/delivery';

interface Task {
  readonly key: string;
  readonly tries: number;
  readonly stop: AbortController;
  state: EffectState;
}

/**
 * Effects of actions, carried out beside the passes: one at a time for each stage. What has come of one is kept until the
 * next begins; all of it may be lost at any time, since what is about to be done is in status.
 */
export class ActionTasks {
  /** By StageSet, then by stage. */
  readonly #tasks = new Map<string, Map<string, Task>>();
  readonly #ending = new Set<Promise<void>>();

  /** Begins an effect; an earlier one of the stage is given up. `ended` is told how it went, unless it was given up. */
  begin(
    place: { readonly stageSet: string; readonly stage: string },
    { key, tries }: Pick<ActionIntent, 'key' | 'tries'>,
    effect: (signal: AbortSignal) => Promise<EffectState>,
    { ended, signal }: { readonly ended: (state: EffectState) => void; readonly signal: AbortSignal },
  ): void {
    const stages = this.#tasks.get(place.stageSet) ?? new Map<string, Task>();
    this.#tasks.set(place.stageSet, stages);
    stages.get(place.stage)?.stop.abort();
    const stop = new AbortController();
    const task: Task = { key, tries, stop, state: { state: 'under-way' } };
    stages.set(place.stage, task);
    const both = AbortSignal.any([signal, stop.signal]);
    const ending = effect(both).then(
      (state) => {
        if (both.aborted) return;
        task.state = state;
        ended(state);
      },
      (error: unknown) => {
        // What is aborted is told to nobody; anything else that is thrown is a bug of ours, and must not hang the action.
        if (both.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        task.state = { state: 'failed', message, isKnown: false, isLasting: false, isDenied: false };
        ended(task.state);
      },
    );
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  /** What is known of the effect that an intent stands for. */
  find(stageSet: string, stage: string, { key, tries }: Pick<ActionIntent, 'key' | 'tries'>): EffectFact | undefined {
    const task = this.#tasks.get(stageSet)?.get(stage);
    return task?.key === key && task.tries === tries ? { key, tries, ...task.state } : undefined;
  }

  /** Gives up what no intent stands for any more. */
  keepOnly(stageSet: string, intents: ReadonlyMap<string, ActionIntent>): void {
    const stages = this.#tasks.get(stageSet);
    for (const [stage, { key, stop }] of stages ?? []) {
      if (intents.get(stage)?.key === key) continue;
      stop.abort();
      stages?.delete(stage);
    }
    if (stages?.size === 0) this.#tasks.delete(stageSet);
  }

  forget(stageSet: string): void {
    this.keepOnly(stageSet, new Map());
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }
}
