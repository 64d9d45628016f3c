import type { FileTree } from '@stageset/ports';

/** Trees by digest, the least recently used dropped first when their bytes are too many. */
export class TreeCache {
  readonly #maxBytes: number;
  #bytes = 0;
  /** In the order of use, the latest last. */
  readonly #trees = new Map<string, { readonly tree: FileTree; readonly bytes: number }>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(digest: string): FileTree | undefined {
    const kept = this.#trees.get(digest);
    if (kept === undefined) return undefined;
    this.#trees.delete(digest);
    this.#trees.set(digest, kept);
    return kept.tree;
  }

  /** A tree larger than the whole cache is not kept. */
  add(digest: string, tree: FileTree): void {
    const bytes = bytesOf(tree);
    if (bytes > this.#maxBytes || this.#trees.has(digest)) return;
    this.#trees.set(digest, { tree, bytes });
    this.#bytes += bytes;
    for (const [oldest, kept] of this.#trees) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#trees.delete(oldest);
      this.#bytes -= kept.bytes;
    }
  }
}

/** What a file costs beside its content: its name, and what the runtime needs to hold both. */
const ENTRY_OVERHEAD_BYTES = 256;

function bytesOf(tree: FileTree): number {
  let bytes = 0;
  for (const [name, content] of tree) bytes += name.length * 2 + content.byteLength + ENTRY_OVERHEAD_BYTES;
  return bytes;
}
