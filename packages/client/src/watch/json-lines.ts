/** What a decoder hands out: a line's text, or that a line was longer than the bound and was dropped. */
export type Line = { readonly text: string } | { readonly droppedBytes: number };

const NEWLINE = 0x0a;

/**
 * Cuts chunks of bytes into lines. Linear in the bytes received whatever the chunks are, holds no more than one line of
 * at most `maxLineBytes`, and decodes UTF-8 only when a line is whole, so that a chunk may end inside a character.
 */
export class LineDecoder {
  readonly #maxLineBytes: number;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isDropping = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that this chunk completes; empty lines are left out. */
  *push(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#take();
      if (line !== undefined) yield line;
    }
    this.#keep(chunk.subarray(start));
  }

  /** Whether bytes have come since the last line's end. */
  get isInsideLine(): boolean {
    return this.#partBytes > 0;
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.byteLength;
    if (this.#partBytes > this.#maxLineBytes) {
      this.#isDropping = true;
      this.#parts = [];
    }
    if (!this.#isDropping && part.byteLength > 0) this.#parts.push(part);
  }

  #take(): Line | undefined {
    const [parts, bytes, isDropped] = [this.#parts, this.#partBytes, this.#isDropping];
    this.#parts = [];
    this.#partBytes = 0;
    this.#isDropping = false;
    if (isDropped) return { droppedBytes: bytes };
    if (bytes === 0) return undefined;
    return { text: Buffer.concat(parts, bytes).toString('utf8') };
  }
}
