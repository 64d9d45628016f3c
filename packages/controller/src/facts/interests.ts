/**
 * Which StageSets want to be woken by what. An interest is a word such as `source:GitRepository/prod/web`; a pass states
 * all of its interests anew, so that what is no longer wanted wakes nobody.
 */
export class Interests {
  readonly #byKey = new Map<string, ReadonlySet<string>>();
  readonly #byInterest = new Map<string, Set<string>>();
  readonly #wake: (key: string) => void;

  constructor(wake: (key: string) => void) {
    this.#wake = wake;
  }

  /** Replaces what `key` is interested in. */
  state(key: string, interests: ReadonlySet<string>): void {
    const before = this.#byKey.get(key) ?? new Set<string>();
    for (const interest of before) if (!interests.has(interest)) this.#leave(interest, key);
    for (const interest of interests) {
      if (before.has(interest)) continue;
      const keys = this.#byInterest.get(interest);
      if (keys === undefined) this.#byInterest.set(interest, new Set([key]));
      else keys.add(key);
    }
    if (interests.size === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, interests);
  }

  forget(key: string): void {
    this.state(key, new Set());
  }

  wake(interest: string): void {
    for (const key of this.#byInterest.get(interest) ?? []) this.#wake(key);
  }

  #leave(interest: string, key: string): void {
    const keys = this.#byInterest.get(interest);
    keys?.delete(key);
    if (keys?.size === 0) this.#byInterest.delete(interest);
  }
}
