import type { Files } from '../api.ts';
import { BuildError } from '../diagnostics/problem.ts';
import type { Limits } from './limits.ts';
import { directoryOf, joinPath } from './paths.ts';

export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** The files of a build with their directories, and what has been read of them. */
export class FileTree {
  private readonly files: Map<string, string | Uint8Array>;
  private readonly directories = new Map<string, Set<string>>([['', new Set()]]);
  private readonly texts = new Map<string, string>();
  readonly limits: Limits;
  private readFiles = 0;
  private readBytes = 0;

  constructor(files: Files, limits: Limits) {
    this.limits = limits;
    this.files = new Map();
    // In order of their names, so that nothing depends on the order in which the caller's map was filled.
    for (const [path, content] of [...files].sort(byPath)) {
      const clean = joinPath('', path);
      this.files.set(clean, content);
      this.register(clean);
    }
  }

  private register(path: string): void {
    let child = path;
    for (;;) {
      const parent = directoryOf(child);
      let entries = this.directories.get(parent);
      const known = entries !== undefined;
      if (entries === undefined) {
        entries = new Set();
        this.directories.set(parent, entries);
      }
      entries.add(child);
      if (parent === '' || known) return;
      child = parent;
    }
  }

  hasFile(path: string): boolean {
    return this.files.has(path);
  }

  hasDirectory(path: string): boolean {
    return this.directories.has(path);
  }

  /** Paths of what a directory holds, files and directories, in order of their names. */
  entries(directory: string): string[] {
    return [...(this.directories.get(directory) ?? [])].sort();
  }

  /** All paths of files. */
  paths(): Iterable<string> {
    return this.files.keys();
  }

  /** Bytes of a file; text stays text. Counts against the limits once per file. */
  content(path: string): string | Uint8Array {
    const content = this.files.get(path);
    if (content === undefined) throw new BuildError({ message: `there is no file ${path}`, file: path });
    if (!this.texts.has(path)) this.count(path, content.length);
    return content;
  }

  private count(path: string, bytes: number): void {
    const { files, fileBytes, totalBytes } = this.limits;
    if (bytes > fileBytes) {
      throw new BuildError({ message: `the file is larger than ${fileBytes} bytes (limit fileBytes)`, file: path });
    }
    this.readFiles++;
    this.readBytes += bytes;
    if (this.readFiles > files) {
      throw new BuildError({ message: `the build reads more than ${files} files (limit files)`, file: path });
    }
    if (this.readBytes > totalBytes) {
      throw new BuildError({ message: `the build reads more than ${totalBytes} bytes (limit totalBytes)`, file: path });
    }
  }

  /** @throws BuildError when the file is no UTF-8. */
  text(path: string): string {
    const known = this.texts.get(path);
    if (known !== undefined) return known;
    const content = this.content(path);
    const text = typeof content === 'string' ? content : decode(content);
    if (text === undefined) {
      throw new BuildError({ message: 'the file is not valid UTF-8 text', file: path });
    }
    this.texts.set(path, text);
    return text;
  }
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of UTF-8 bytes; undefined when they are something else. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}
