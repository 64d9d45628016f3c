import type { BuildResult, StageOptions } from '@stageset/kustomize';
import type { PackedFiles } from './packed-files.ts';
import type { StageOwner } from './render.ts';

/** What a worker is asked for: to build a stage, and then for one part of the result after the other. */
export type Question =
  | { readonly kind: 'build'; readonly files: PackedFiles; readonly options: StageOptions; readonly owner: StageOwner }
  | { readonly kind: 'next' };

/**
 * What it answers, once for each question. Objects come in parts, and the next part only when it is asked for, so that
 * whoever takes them in is never kept from other work for long.
 */
export type Answer =
  | { readonly kind: 'problems'; readonly problems: (BuildResult & { ok: false })['problems'] }
  /** `json` is an array of objects; `hashes` has one for each. */
  | { readonly kind: 'part'; readonly json: string; readonly hashes: readonly string[]; readonly isLast: boolean };

/** Characters of JSON in one part: a few milliseconds to take in. */
export const PART_SIZE = 256 * 1024;
