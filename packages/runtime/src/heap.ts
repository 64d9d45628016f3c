/** A binary heap: the least item first. Equal items come out in any order. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #less: (a: Item, b: Item) => boolean;

  constructor(less: (a: Item, b: Item) => boolean) {
    this.#less = less;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfLess(at, parent)) return;
      at = parent;
    }
  }

  pop(): Item | undefined {
    const [least] = this.#items;
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return least;
    this.#items[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#isLess(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfLess(child, at)) return least;
      at = child;
    }
  }

  #isLess(a: number, b: number): boolean {
    const left = this.#items[a];
    const right = this.#items[b];
    return left !== undefined && right !== undefined && this.#less(left, right);
  }

  /** Swaps when the item at `a` is less than that at `b`. */
  #swapIfLess(a: number, b: number): boolean {
    const left = this.#items[a];
    const right = this.#items[b];
    if (left === undefined || right === undefined || !this.#less(left, right)) return false;
    this.#items[a] = right;
    this.#items[b] = left;
    return true;
  }
}
