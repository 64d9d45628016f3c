import type { ValidationCause } from '@stageset/k8s';
import { MOST } from '../cost/size.ts';

/** What one expression of a definition may cost by estimate, and all of a schema together: Kubernetes' own bounds. */
export const RULE_ESTIMATE_LIMIT = 10_000_000;
export const SCHEMA_ESTIMATE_LIMIT = 100_000_000;
/** So many of the most expensive are named when all together are too much. */
const NAMED = 4;

/** Adds up what the expressions of a schema may cost. */
export class RuleCosts {
  readonly #limitsEach: boolean;
  readonly #expensive: { readonly field: string; readonly cost: number }[] = [];
  #total = 0;

  /** @param limitsEach false: only all together are limited, as for a schema that has been there before. */
  constructor(limitsEach: boolean) {
    this.#limitsEach = limitsEach;
  }

  /** @param what is estimated, for the cause when it is too much: `rule`. */
  add(field: string, what: string, cost: number): readonly ValidationCause[] {
    this.#total = Math.min(MOST, this.#total + cost);
    if (cost >= SCHEMA_ESTIMATE_LIMIT / 100) this.#expensive.push({ field, cost });
    if (!this.#limitsEach || cost <= RULE_ESTIMATE_LIMIT) return [];
    return [forbidden(field, exceeds(`estimated ${what} cost`, cost / RULE_ESTIMATE_LIMIT))];
  }

  /** What is wrong with all together. @param field of the schema. */
  total(field: string): readonly ValidationCause[] {
    if (this.#total <= SCHEMA_ESTIMATE_LIMIT) return [];
    const named = this.#expensive.toSorted((a, b) => b.cost - a.cost).slice(0, NAMED);
    const share = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const all = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...named.map((each) => forbidden(each.field, share)),
      forbidden(field, exceeds(all, this.#total / SCHEMA_ESTIMATE_LIMIT)),
    ];
  }
}

function exceeds(what: string, factor: number): string {
  const times = factor > 100 ? 'more than 100' : factor.toFixed(factor < 1.5 ? 6 : 1);
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${times}x (${advice})`;
}

function forbidden(field: string, why: string): ValidationCause {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}
