import type { Replica } from '@stageset/runtime';

export interface ShareParts {
  readonly replica: Pick<Replica, 'owns' | 'keeps'>;
  /** Every StageSet that is known now, by key. */
  readonly keys: () => Iterable<string>;
  /** Reads anew what another replica may have written until a moment ago. Rejects when it cannot be read. */
  readonly catchUp: () => Promise<void>;
  /** Resolves when no pass over matching keys runs any more. */
  readonly passesEnded: (matches: (key: string) => boolean) => Promise<void>;
  readonly wake: (key: string) => void;
  /** Drops what is remembered of a StageSet that another replica looks after now. */
  readonly forget: (key: string) => void;
  /** Drops what an earlier time here has taught about a StageSet that has come, perhaps back: others have written since. */
  readonly begin: (key: string) => void;
  /** Calls back after a while: something could not be read. */
  readonly later: (callback: () => void) => void;
}

/**
 * The StageSets that this replica looks after. One that has come from another replica is begun only when the caches have
 * caught up with what that one did last: what is pinned and recorded, and which sources it had seen.
 */
export class Share {
  readonly #parts: ShareParts;
  readonly #mine = new Set<string>();
  /** Counts the changes of who shares; what is true of an older one is not looked at any more. */
  #change = 0;
  #isBehind = true;

  constructor(parts: ShareParts) {
    this.#parts = parts;
  }

  /** Whether a pass over a StageSet may begin. */
  mayBegin(key: string): boolean {
    const { replica, begin } = this.#parts;
    if (!replica.owns(key)) return false;
    if (this.#mine.has(key)) return true;
    if (this.#isBehind) return false;
    begin(key);
    this.#mine.add(key);
    return true;
  }

  /** How many StageSets this replica looks after. */
  get size(): number {
    return this.#mine.size;
  }

  /** Lets a StageSet go that is no more. */
  delete(key: string): void {
    this.#mine.delete(key);
  }

  /** Other members share from now on, or others than before. */
  changed(): void {
    this.#change += 1;
    this.#isBehind = true;
    this.#letGo();
    void this.#takeOver(this.#change);
  }

  #letGo(): void {
    const { replica, passesEnded, forget } = this.#parts;
    const lost = new Set([...this.#mine].filter((key) => !replica.keeps(key)));
    if (lost.size === 0) return;
    for (const key of lost) this.#mine.delete(key);
    void passesEnded((key) => lost.has(key)).then(() => {
      for (const key of lost) if (!this.#mine.has(key)) forget(key);
    });
  }

  async #takeOver(change: number): Promise<void> {
    const { keys, replica, catchUp, wake, later } = this.#parts;
    if (![...keys()].some((key) => replica.keeps(key) && !this.#mine.has(key))) {
      // Nothing has come; a StageSet that is made from now on has no past.
      this.#isBehind = false;
      return;
    }
    try {
      await catchUp();
    } catch {
      later(() => {
        if (change === this.#change) void this.#takeOver(change);
      });
      return;
    }
    if (change !== this.#change) return;
    this.#isBehind = false;
    for (const key of keys()) if (replica.keeps(key)) wake(key);
  }
}
