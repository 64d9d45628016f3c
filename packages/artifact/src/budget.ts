import { ArtifactError, type ArtifactLimit } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';

/** Counts what one archive holds, and rejects what goes beyond a bound before it is read. */
export class Budget {
  readonly #what: string;
  readonly #limits: ArchiveLimits;
  #entries = 0;
  #keptBytes = 0;

  /** `what` names the archive in messages. */
  constructor(what: string, limits: ArchiveLimits) {
    this.#what = what;
    this.#limits = limits;
  }

  /** An entry of any type. */
  addEntry(name: string): void {
    this.#entries += 1;
    this.#check('entries', this.#entries, 'entries', undefined);
    this.#check('nameBytes', Buffer.byteLength(name), 'bytes in a name', name);
    this.#check('depth', name.split('/').length, 'segments in a name', name);
  }

  /** A file that is kept. */
  addFile(name: string, bytes: number): void {
    this.addEntry(name);
    this.#check('entryBytes', bytes, 'bytes', name);
    this.#keptBytes += bytes;
    this.#check('keptBytes', this.#keptBytes, 'bytes of files in all', undefined);
  }

  #check(
    limit: Exclude<ArtifactLimit, 'redirects' | 'timeoutMs'>,
    value: number,
    unit: string,
    name: string | undefined,
  ): void {
    const bound = this.#limits[limit];
    if (value <= bound) return;
    const where =
      name === undefined ? this.#what : `${this.#what}: ${name.length > 80 ? `${name.slice(0, 80)}…` : name}`;
    throw new ArtifactError('malformed', `${where}: more than ${bound} ${unit} (bound \`${limit}\`)`, { limit });
  }
}
