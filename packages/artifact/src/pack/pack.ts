import { createHash } from 'node:crypto';
import type { FileTree } from '@stageset/ports';
import { pack as packTar } from 'tar-stream';
import { Budget } from '../budget.ts';
import { ArtifactError } from '../errors.ts';
import { type ArchiveLimits, DEFAULT_LIMITS } from '../limits.ts';
import { cleanName } from '../unpack/names.ts';
import { storedGzip } from './stored-gzip.ts';
import { walk } from './walk.ts';

export interface PackOptions {
  readonly limits?: Partial<ArchiveLimits>;
  /** What people know the content by: a branch, a tag. Makes a revision of Flux's form, `main@sha256:…`. */
  readonly label?: string;
}

/** A gzip tar, whole, as it is served. */
export interface Archive {
  readonly bytes: Uint8Array;
  /** `sha256:` and 64 hex digits of `bytes`. */
  readonly digest: string;
  readonly revision?: string;
  /** How many files it holds. */
  readonly files: number;
}

/** Everything that differs between machines and moments is fixed. */
const FIXED_HEADER = { mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', type: 'file' } as const;

/**
 * Packs a folder as Flux would: `.sourceignore` files heard, else its usual exclusions. The same files give the same
 * bytes, and so the same digest, on every machine.
 */
export async function packDirectory(folder: string, options: PackOptions = {}): Promise<Archive> {
  return packFiles(await walk(folder, { ...DEFAULT_LIMITS, ...options.limits }), options);
}

/** The files that `packDirectory` would pack, by path. Throws the same errors. */
export function readDirectory(folder: string, limits: Partial<ArchiveLimits> = {}): Promise<Map<string, Uint8Array>> {
  return walk(folder, { ...DEFAULT_LIMITS, ...limits });
}

/** The same for files in memory. Names are checked as they will be when the archive is unpacked. */
export async function packFiles(files: FileTree, options: PackOptions = {}): Promise<Archive> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const budget = new Budget('archive', limits);
  const tar = packTar();
  for (const name of [...files.keys()].sort(byBytes)) {
    const content = files.get(name) ?? new Uint8Array();
    if (cleanName(name) !== name)
      throw new ArtifactError('refused', `${JSON.stringify(name)} cannot be the name of a file`);
    budget.addFile(name, content.byteLength);
    tar.entry(
      { ...FIXED_HEADER, name, mtime: new Date(0) },
      Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const bytes = storedGzip(Buffer.concat(chunks));
  if (bytes.byteLength > limits.archiveBytes) {
    throw new ArtifactError('malformed', `archive: more than ${limits.archiveBytes} bytes (bound \`archiveBytes\`)`, {
      limit: 'archiveBytes',
    });
  }
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const revision = options.label === undefined ? {} : { revision: `${options.label}@${digest}` };
  return { bytes, digest, files: files.size, ...revision };
}

/** By UTF-8, which is the same everywhere; languages and UTF-16 are not asked. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
