import { formatFieldPath, type JsonPath } from '@stageset/k8s';
import type { Problem } from '../problem.ts';

export type Remark = Omit<Problem, 'path'>;

interface Finding {
  readonly at: JsonPath;
  readonly problem: Problem;
}

/** Collects problems and puts them in the order in which their fields stand in the document. */
export class Findings {
  readonly #found: Finding[] = [];
  /** Fields that hold nothing usable: those of a wrong type or form, and absent ones that are needed. */
  readonly #unusable = new Set<string>();

  add(at: JsonPath, remark: Remark): void {
    this.#found.push({ at, problem: { path: formatFieldPath(at), ...remark } });
  }

  /** The same, of a field whose value cannot be used. */
  addUnusable(at: JsonPath, remark: Remark): void {
    this.add(at, remark);
    this.#unusable.add(keyOf(at));
  }

  /** Whether the field has been found unusable: then it is there, or will be, and nothing may be said of its absence. */
  isUnusable(at: JsonPath): boolean {
    return this.#unusable.has(keyOf(at));
  }

  /** All problems in document order; those of fields that are absent come after their siblings. */
  inOrderOf(document: unknown): readonly Problem[] {
    return this.#found
      .map((finding) => ({ ...finding, position: positionOf(finding.at, document) }))
      .sort((a, b) => compare(a.position, b.position))
      .map(({ problem }) => problem);
  }
}

function keyOf(at: JsonPath): string {
  return JSON.stringify(at);
}

/** The index of each step among its siblings. */
function positionOf(at: JsonPath, document: unknown): readonly number[] {
  let value: unknown = document;
  return at.map((step) => {
    if (typeof value !== 'object' || value === null) return Number.MAX_SAFE_INTEGER;
    const index = typeof step === 'number' ? step : Object.keys(value).indexOf(step);
    value = Object.hasOwn(value, step) ? (value as Readonly<Record<string | number, unknown>>)[step] : undefined;
    return index < 0 ? Number.MAX_SAFE_INTEGER : index;
  });
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined) return 1;
    if (left !== right) return left - right;
  }
  return a.length - b.length;
}
