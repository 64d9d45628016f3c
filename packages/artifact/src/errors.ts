import type { ArtifactFailureKind } from '@stageset/ports';

/** A bound of an archive or a download, by the name under which it can be configured. */
export type ArtifactLimit =
  | 'archiveBytes'
  | 'unpackedBytes'
  | 'entryBytes'
  | 'keptBytes'
  | 'entries'
  | 'depth'
  | 'nameBytes'
  | 'redirects'
  | 'timeoutMs';

/**
 * An artifact that cannot be had, packed or unpacked. `kind` says who can mend it, `limit` names the bound that was met.
 * The message names the artifact and what to do next; it never holds content.
 */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
  readonly kind: ArtifactFailureKind;
  readonly limit: ArtifactLimit | undefined;
  constructor(kind: ArtifactFailureKind, message: string, options?: ErrorOptions & { readonly limit?: ArtifactLimit }) {
    super(message, options);
    this.kind = kind;
    this.limit = options?.limit;
  }
}
