/** Bounds of one archive, when it is packed and when it is unpacked. Reaching one is an `ArtifactError` that names it. */
export interface ArchiveLimits {
  /** The archive as it is sent. */
  readonly archiveBytes: number;
  /** The inflated tar stream, headers and padding included. */
  readonly unpackedBytes: number;
  /** One file. */
  readonly entryBytes: number;
  /** All files that are kept. */
  readonly keptBytes: number;
  /** Entries of any type. */
  readonly entries: number;
  /** Segments of one name. */
  readonly depth: number;
  /** One name, in UTF-8. */
  readonly nameBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: ArchiveLimits = {
  archiveBytes: 64 * MIB,
  unpackedBytes: 512 * MIB,
  entryBytes: 16 * MIB,
  keptBytes: 64 * MIB,
  entries: 100_000,
  depth: 64,
  nameBytes: 1024,
};
