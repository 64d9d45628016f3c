/**
 * Where in the variables a value comes from: a variable, then fields, `@items`, `@keys` and `@values`.
 *
 * Paths that go on from the same one share room while there is some, so that a later one may rename the last step of an
 * earlier one. That is how the reference implementation keeps them, and which sizes it finds depends on it.
 */
export class Path {
  readonly #cells: string[];
  readonly #length: number;
  readonly #room: number;

  static readonly NONE = new Path([], 0, 0);

  private constructor(cells: string[], length: number, room: number) {
    this.#cells = cells;
    this.#length = length;
    this.#room = room;
  }

  static of(variable: string): Path {
    return new Path([variable], 1, 1);
  }

  get isNone(): boolean {
    return this.#length === 0;
  }

  /** The steps after the first. */
  get steps(): readonly string[] {
    return this.#cells.slice(1, this.#length);
  }

  to(step: string): Path {
    if (this.#length < this.#room) {
      this.#cells[this.#length] = step;
      return new Path(this.#cells, this.#length + 1, this.#room);
    }
    return new Path([...this.#cells.slice(0, this.#length), step], this.#length + 1, Math.max(1, this.#room * 2));
  }
}
