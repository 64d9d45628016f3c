import type { KubeObject } from '@stageset/k8s';

/** One object as a journal holds it. */
export interface JournalEntry {
  readonly table: string;
  readonly key: string;
  readonly object: KubeObject;
}

/**
 * Where writes go before anybody hears of them. When a method returns, what it was given outlives the process; when it
 * throws, the write has not happened.
 */
export interface Journal {
  /** The revision of the last write; 0 when nothing has ever been written. */
  readonly revision: number;
  /** What is there, in the order in which it was created. */
  entries(): Iterable<JournalEntry>;
  put(table: string, key: string, revision: number, object: KubeObject): void;
  remove(table: string, key: string, revision: number): void;
}
