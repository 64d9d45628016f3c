import type { KubeObject } from '@stageset/k8s';

/** One Kubernetes object that came from a file, with where it stands. */
export interface InputDocument {
  readonly object: KubeObject;
  /** As the user named it, relative to the folder the command was called in. */
  readonly file: string;
  /** Line of the document's first key, from 1. */
  readonly line: number;
  /** Where a field stands: the line of the deepest part of the path that is in the file. */
  lineOf(path: readonly (string | number)[]): number;
}

/** Something wrong in an input file. */
export interface InputProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** `release.yaml:12:3: message`, as editors and terminals link it. */
export function formatInputProblem({ file, line, column, message }: InputProblem): string {
  const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
  return `${place}: ${message}`;
}
