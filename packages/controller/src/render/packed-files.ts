import type { FileTree } from '@stageset/ports';

/** A tree of files as one piece of memory, which moves between threads without being copied. */
export interface PackedFiles {
  readonly paths: readonly string[];
  /** Where each file ends in `bytes`; it begins where the one before it ends. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The size of all files together, in bytes. */
export function sizeOf(files: FileTree): number {
  let bytes = 0;
  for (const content of files.values()) bytes += content.byteLength;
  return bytes;
}

export function packTree(files: FileTree): PackedFiles {
  const bytes = new Uint8Array(sizeOf(files));
  const paths: string[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const [path, content] of files) {
    bytes.set(content, end);
    end += content.byteLength;
    paths.push(path);
    ends.push(end);
  }
  return { paths, ends, bytes };
}

/** The files again, as views of the one piece. */
export function unpackTree({ paths, ends, bytes }: PackedFiles): FileTree {
  return new Map(paths.map((path, index) => [path, bytes.subarray(ends[index - 1] ?? 0, ends[index])]));
}
