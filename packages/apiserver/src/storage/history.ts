/** The last `limit` entries of a sequence with growing revisions; what is older is forgotten. */
export class History<T extends { readonly revision: number }> {
  readonly #limit: number;
  #entries: T[] = [];
  #first = 0;
  /** Everything up to and including this revision has been forgotten. */
  forgottenUntil: number;

  constructor(limit: number, forgottenUntil = 0) {
    this.#limit = limit;
    this.forgottenUntil = forgottenUntil;
  }

  add(entry: T): void {
    this.#entries.push(entry);
    if (this.#entries.length - this.#first <= this.#limit) return;
    this.forgottenUntil = this.#entries[this.#first]?.revision ?? this.forgottenUntil;
    this.#first += 1;
    // Compacted now and then, so that forgetting costs constant time on average.
    if (this.#first > this.#limit) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  clear(revision: number): void {
    this.#entries = [];
    this.#first = 0;
    this.forgottenUntil = Math.max(this.forgottenUntil, revision);
  }

  /** The entries after `revision`, oldest first. */
  after(revision: number): readonly T[] {
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#entries.slice(low);
  }
}
