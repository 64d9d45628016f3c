import { chmodSync, closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { KubeObject } from '@stageset/k8s';
import type { Journal, JournalEntry } from '../storage/journal.ts';
import { jsonBytes } from '../storage/object-bytes.ts';
import type { Secrets } from './secrets.ts';

/** `PRAGMA application_id` of our files: "stgs". */
const APPLICATION_ID = 0x73746773;
const FORMAT = 1;
const OWNER_ONLY = 0o600;

const TABLES = `
  CREATE TABLE object (
    id INTEGER PRIMARY KEY, "table" TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL,
    UNIQUE ("table", key)
  );
  CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE removal (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL);
  INSERT INTO removal VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/** A data file that cannot be used, and why. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError';
  readonly path: string;
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path} ${why}`, options);
    this.path = path;
  }
}

/** Everything a cluster has to remember, in one SQLite file that only its owner may read. */
export interface DataFile extends Journal, Secrets {
  close(): void;
}

/**
 * Opens the file, or makes it. Every write is one transaction in SQLite's write-ahead log: it outlives the end of the
 * process at any instruction. The last few may be lost with the power of the machine, never half of one.
 * @throws DataFileError for a file that is in use, damaged, or not ours. It is left as it is.
 */
export function openDataFile(path: string): DataFile {
  let database: DatabaseSync | undefined;
  try {
    keepPrivate(path);
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    database = new DatabaseSync(path);
    prepare(database, path);
    return new SqliteFile(database);
  } catch (error) {
    database?.close();
    if (error instanceof DataFileError) throw error;
    throw new DataFileError(path, explained(error), { cause: error });
  }
}

/** SQLite makes files for everybody to read; its companions take the mode of the file itself. */
function keepPrivate(path: string): void {
  closeSync(openSync(path, 'a', OWNER_ONLY));
  chmodSync(path, OWNER_ONLY);
}

function prepare(database: DatabaseSync, path: string): void {
  // Held for as long as the cluster runs: a second one on the same file is refused instead of mixed in.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const isNew = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']) === 0;
  if (!isNew) requireOurs(database, path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  if (isNew) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
}

/** Only reads: somebody else's database stays as it is. */
function requireOurs(database: DatabaseSync, path: string): void {
  const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  if (pragma('application_id') !== APPLICATION_ID) {
    throw new DataFileError(path, 'is no data file of a local cluster; name a file that does not exist yet');
  }
  const format = pragma('user_version');
  if (format !== FORMAT) {
    throw new DataFileError(path, `has format ${format}, this version reads ${FORMAT}; use the version that made it`);
  }
  // Reading it now tells of damage before anything is served.
  const [fault] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (fault !== 'ok') throw new DataFileError(path, `is damaged (${String(fault)}); restore it, or name a new file`);
}

function explained(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('locked')) return 'is in use by another cluster; stop that one, or name another file';
  if (/not a database|malformed/.test(message)) return 'is damaged or no data file; restore it, or name a new file';
  return `cannot be opened: ${message}`;
}

class SqliteFile implements DataFile {
  readonly revision: number;
  readonly #database: DatabaseSync;
  readonly #put;
  readonly #remove;
  readonly #removed;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const row = database.prepare(
      'SELECT max((SELECT revision FROM removal), (SELECT coalesce(max(revision), 0) FROM object)) AS revision',
    );
    this.revision = Number(row.get()?.['revision']);
    // An update keeps the row, and with it the place in the order of creation.
    this.#put = database.prepare(
      'INSERT INTO object ("table", key, revision, json) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT ("table", key) DO UPDATE SET revision = excluded.revision, json = excluded.json',
    );
    this.#remove = database.prepare('DELETE FROM object WHERE "table" = ? AND key = ?');
    this.#removed = database.prepare('UPDATE removal SET revision = ?');
  }

  *entries(): Generator<JournalEntry> {
    for (const row of this.#database.prepare('SELECT "table", key, json FROM object ORDER BY id').iterate()) {
      yield { table: String(row['table']), key: String(row['key']), object: JSON.parse(String(row['json'])) };
    }
  }

  put(table: string, key: string, revision: number, object: KubeObject): void {
    this.#put.run(table, key, revision, jsonBytes(object).toString());
  }

  remove(table: string, key: string, revision: number): void {
    this.#database.exec('BEGIN');
    try {
      this.#remove.run(table, key);
      this.#removed.run(revision);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  get(name: string): string | undefined {
    const kept = this.#database.prepare('SELECT value FROM secret WHERE name = ?').get(name)?.['value'];
    return kept === undefined ? undefined : String(kept);
  }

  keep(name: string, value: string): void {
    this.#database.prepare('INSERT INTO secret VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.#database.close();
  }
}
