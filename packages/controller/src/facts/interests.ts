/**
 * Which StageSets want to be woken by what. An interest is a word such as `source:GitRepository/prod/web`; a pass states
 * all of its interests anew, so that what is no longer wanted wakes nobody.
 */
export class Interests {
  readonly #byKey = new Map<string, ReadonlySet<string>>();
  readonly #byInterest = new Map<string, Set<string>>();
  readonly #wake: (key: string) => void;
  /** By key that is being read for: what was woken since. */
  readonly #missed = new Map<string, Set<string>>();

  constructor(wake: (key: string) => void) {
    this.#wake = wake;
  }

  /** From now on until `state`, what happens may be about something that is only just being read for the first time. */
  begin(key: string): void {
    this.#missed.set(key, new Set());
  }

  /** Replaces what `key` is interested in; wakes it at once for what has happened since `begin`. */
  state(key: string, interests: ReadonlySet<string>): void {
    const before = this.#byKey.get(key) ?? new Set<string>();
    const missed = this.#missed.get(key) ?? new Set<string>();
    this.#missed.delete(key);
    const isNews = (interest: string): boolean => interests.has(interest) && !before.has(interest);
    if ([...missed].some(isNews)) this.#wake(key);
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
    for (const missed of this.#missed.values()) missed.add(interest);
    for (const key of this.#byInterest.get(interest) ?? []) this.#wake(key);
  }

  #leave(interest: string, key: string): void {
    const keys = this.#byInterest.get(interest);
    keys?.delete(key);
    if (keys?.size === 0) this.#byInterest.delete(interest);
  }
}
