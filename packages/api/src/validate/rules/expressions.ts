/** Expressions in CEL: what can never be evaluated is refused with its place, before anything waits for it. */
import { compileReadyCheck } from '@stageset/cel';
import type { JsonPath } from '@stageset/k8s';
import { actionsOf } from './actions.ts';
import { each, type Report, type Rule } from './rule.ts';

const READY_CHECK_FIELDS = ['current', 'inProgress', 'failed'] as const;

export const expressions: Rule = (spec, report) => {
  for (const [i, { readyChecks }] of each(spec.stages)) {
    for (const [j, entry] of each(readyChecks?.exprs)) {
      for (const field of READY_CHECK_FIELDS) {
        check(entry[field], ['spec', 'stages', i, 'readyChecks', 'exprs', j, field], report);
      }
    }
  }
  for (const { at, action } of actionsOf(spec)) check(action.wait?.expr, [...at, 'wait', 'expr'], report);
};

/** An expression that is empty counts as absent. */
function check(text: string | undefined, at: JsonPath, report: Report): void {
  if (text === undefined || text === '') return;
  const compiled = compileReadyCheck(text);
  if (compiled.ok) return;
  const { line, column, message, suggestion } = compiled.problem;
  const place = text.includes('\n') ? `line ${line}, character ${column}` : `character ${column}`;
  report(at, {
    value: text,
    message: `cannot be used as an expression, at ${place}: ${message}`,
    fix: suggestion ?? 'correct it; it may use apiVersion, kind, metadata, spec, status and data of the object',
  });
}
