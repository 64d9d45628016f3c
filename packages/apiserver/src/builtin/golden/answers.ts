import { readFileSync } from 'node:fs';
import type { KubeObject, Status } from '@stageset/k8s';

/** One answer of a real API server 1.35, recorded by tools/built-in-goldens.ts; without uid, times and versions. */
export interface Answer {
  readonly name: string;
  readonly given: KubeObject;
  /** Of an update: what was stored, and the merge patch that was tried on it. */
  readonly old?: KubeObject;
  readonly update?: Readonly<Record<string, unknown>>;
  readonly answer: KubeObject | (Status & { readonly metadata: object });
}

export function answers(): readonly Answer[] {
  return JSON.parse(readFileSync(new URL('./answers.json', import.meta.url), 'utf8')) as readonly Answer[];
}

export function isFailure(answer: Answer['answer']): answer is Status & { readonly metadata: object } {
  return answer.kind === 'Status';
}
