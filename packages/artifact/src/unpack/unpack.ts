import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { FileTree } from '@stageset/ports';
import { type Extract, extract, type Header } from 'tar-stream';
import { Budget } from '../budget.ts';
import { ArtifactError } from '../errors.ts';
import type { ArchiveLimits } from '../limits.ts';
import { FrozenMap } from './frozen-map.ts';
import { cleanName, resolveLink } from './names.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * Unpacks a gzip tar within bounds, inflating no further than they allow. Links to files of the archive become those
 * files; links to folders or to nothing are left out, as Flux does; a link or a name that leads out of the archive, a
 * device, and a second file of one name make the archive malformed. `what` names it in messages.
 */
export async function unpack(
  archive: Uint8Array,
  what: string,
  limits: ArchiveLimits,
  signal?: AbortSignal,
): Promise<FileTree> {
  const tar = extract();
  const inflated = pipeline(
    Readable.from([archive]),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    (chunks: AsyncIterable<Uint8Array>) => bounded(chunks, what, limits),
    tar,
    { signal },
  );
  const [read, written] = await Promise.allSettled([readTree(tar, what, limits), inflated]);
  signal?.throwIfAborted();
  if (read.status === 'fulfilled' && written.status === 'fulfilled') return read.value;
  throw failureOf(what, [read, written]);
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  limits: ArchiveLimits,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > limits.unpackedBytes) {
      throw new ArtifactError(
        'malformed',
        `${what}: unpacks to more than ${limits.unpackedBytes} bytes (bound \`unpackedBytes\`)`,
        {
          limit: 'unpackedBytes',
        },
      );
    }
    yield chunk;
  }
}

async function readTree(tar: Extract, what: string, limits: ArchiveLimits): Promise<FileTree> {
  const budget = new Budget(what, limits);
  const files = new Map<string, Uint8Array>();
  /** Name to the name that it stands for. */
  const links = new Map<string, string>();
  for await (const entry of tar) {
    const { header } = entry;
    const name = nameOf(header, what);
    switch (header.type) {
      case 'file':
      case 'contiguous-file':
        budget.addFile(name, header.size);
        claim(name, files, links, what);
        files.set(name, await contentOf(entry));
        break;
      case 'directory':
        budget.addEntry(name);
        break;
      case 'symlink':
      case 'link':
        budget.addEntry(name);
        claim(name, files, links, what);
        links.set(name, targetOf(header, name, what));
        break;
      default:
        throw malformed(what, `${name} is a ${header.type ?? 'special file'}, which an artifact may not hold`);
    }
    entry.resume();
  }
  return new FrozenMap(withLinks(files, links));
}

function nameOf(header: Header, what: string): string {
  const name = cleanName(header.name);
  if (name === undefined)
    throw malformed(what, `the name ${shown(header.name)} leads out of the archive or is not valid`);
  if (name === '' && header.type !== 'directory') throw malformed(what, 'an entry has no name');
  return name;
}

function claim(
  name: string,
  files: ReadonlyMap<string, unknown>,
  links: ReadonlyMap<string, unknown>,
  what: string,
): void {
  if (files.has(name) || links.has(name)) throw malformed(what, `${shown(name)} is there twice`);
}

/** A hard link names an entry from the root, a symbolic one from its own folder. */
function targetOf(header: Header, name: string, what: string): string {
  const target = header.linkname ?? '';
  const resolved = header.type === 'link' ? cleanName(target) : resolveLink(name, target);
  if (resolved === undefined) throw malformed(what, `${shown(name)} is a link that leads out of the archive`);
  return resolved;
}

async function contentOf(entry: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function* withLinks(
  files: ReadonlyMap<string, Uint8Array>,
  links: ReadonlyMap<string, string>,
): Generator<readonly [string, Uint8Array]> {
  yield* files;
  for (const name of links.keys()) {
    const seen = new Set<string>();
    let target: string | undefined = name;
    while (target !== undefined && !files.has(target) && !seen.has(target)) {
      seen.add(target);
      target = links.get(target);
    }
    const content = target === undefined ? undefined : files.get(target);
    if (content !== undefined) yield [name, content];
  }
}

/** Either side may fail because the other did: the typed error is the cause, the rest follows from it. */
function failureOf(what: string, outcomes: readonly PromiseSettledResult<unknown>[]): ArtifactError {
  const reasons: unknown[] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const typed = reasons.find((reason) => reason instanceof ArtifactError);
  if (typed !== undefined) return typed;
  const cause = reasons.at(-1);
  return malformed(what, `is not a whole gzip tar (${cause instanceof Error ? cause.message : String(cause)})`, cause);
}

function malformed(what: string, problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('malformed', `${what}: ${problem}`, { cause });
}

function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
