/** A tree of files: path below the root, with `/`, to content. Frozen: shared between readers. */
export type FileTree = ReadonlyMap<string, Uint8Array>;

export interface ArtifactRef {
  readonly url: string;
  /** `sha256:` and 64 hex digits of the archive's bytes. */
  readonly digest: string;
}

/** An artifact that cannot be had. The four kinds say who can mend it. */
export type ArtifactFailureKind =
  /** The reference itself is wrong or refused: scheme, host, digest syntax. */
  | 'refused'
  /** The bytes are not those of the digest. */
  | 'digest-mismatch'
  /** The archive breaks a bound or is not a gzip tar. */
  | 'malformed'
  /** The server did not answer, or not with 200. */
  | 'unavailable';

export interface Artifacts {
  /**
   * The unpacked files of an artifact, verified against its digest; from the cache when they are there.
   * Rejects with an error whose `kind` is an `ArtifactFailureKind` (`ArtifactError` of `@stageset/artifact`).
   */
  fetch(artifact: ArtifactRef, signal?: AbortSignal): Promise<FileTree>;
}
