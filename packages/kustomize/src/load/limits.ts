/** Bounds of one build. Every one ends the build with an error that names it. */
export interface Limits {
  /** Files that a build reads. */
  readonly files: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all files that a build reads. */
  readonly totalBytes: number;
  /** YAML documents (objects) of a build. */
  readonly documents: number;
  /** Kustomizations that a build works through, each as often as it is listed. */
  readonly kustomizations: number;
  /** How deep bases and components may nest. */
  readonly baseDepth: number;
  /** How deep maps and lists of one document may nest. */
  readonly yamlDepth: number;
  /** Nodes that the aliases of one document may add up to. */
  readonly aliasNodes: number;
  /** Characters of a regular expression in a target. */
  readonly patternLength: number;
  /** Nodes that patches and replacements copy within objects; 32 characters of text count as one. */
  readonly copiedNodes: number;
  /** Bytes of the printed result. */
  readonly outputBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  files: 20_000,
  fileBytes: 32 * 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
  documents: 100_000,
  kustomizations: 5_000,
  baseDepth: 64,
  yamlDepth: 256,
  aliasNodes: 200_000,
  patternLength: 1024,
  copiedNodes: 1_000_000,
  outputBytes: 512 * 1024 * 1024,
};
