import { Budget, compileAdmission, type Program, type Value } from '@stageset/cel';
import { objectsOf, textOf } from './read.ts';

/** What all conditions of one webhook or policy may cost together, in CEL's units: Kubernetes' own bound. */
const CONDITIONS_COST_LIMIT = 2_500_000;

interface Condition {
  readonly text: string;
  /** `undefined` for what does not compile: it has been refused before, or was valid once. */
  readonly program: Program | undefined;
}

export interface MatchConditions {
  readonly conditions: readonly Condition[];
  /** With a failure, the answer is "does not match" instead of an error. */
  readonly ignoresFailure: boolean;
}

export function readMatchConditions(value: unknown, ignoresFailure: boolean, params = false): MatchConditions {
  const conditions = objectsOf(value).map((condition) => {
    const text = textOf(condition['expression']);
    const compiled = compileAdmission(text, { params });
    return { text, program: compiled.ok ? compiled.program : undefined };
  });
  return { conditions, ignoresFailure };
}

export type ConditionsMet = { readonly met: boolean } | { readonly error: string };

/** Whether all conditions hold. One that is false decides, whatever becomes of the others. */
export function meetsConditions(
  { conditions, ignoresFailure }: MatchConditions,
  variables: ReadonlyMap<string, Value>,
): ConditionsMet {
  if (conditions.length === 0) return { met: true };
  const budget = new Budget(CONDITIONS_COST_LIMIT);
  const errors: string[] = [];
  for (const { text, program } of conditions) {
    const evaluated = program?.evaluate(variables, budget);
    if (evaluated?.ok === true && evaluated.value === false) return { met: false };
    if (evaluated?.ok === true && evaluated.value === true) continue;
    const why = evaluated?.ok === false ? evaluated.message : 'expression did not compile';
    errors.push(`expression '${text}' resulted in error: ${why}`);
  }
  if (errors.length === 0) return { met: true };
  if (ignoresFailure) return { met: false };
  return { error: errors.length === 1 ? `${errors[0]}` : `[${errors.join(', ')}]` };
}
