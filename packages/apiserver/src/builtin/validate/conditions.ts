import { type AdmissionScope, compileAdmission, formatType } from '@stageset/cel';
import { deepEqual, validateQualifiedName } from '@stageset/k8s';
import { type Fields, listAt } from '../fields.ts';
import type { Faults } from './faults.ts';

const MAX_CONDITIONS = 64;

/** The conditions of a webhook or a policy. What was valid once is not compiled again while it stays as it is. */
export function validateMatchConditions(
  owner: Fields,
  old: Fields | undefined,
  at: string,
  faults: Faults,
  scope: AdmissionScope = {},
): void {
  const conditions = listAt(owner, 'matchConditions');
  const field = `${at}${at === '' ? '' : '.'}matchConditions`;
  if (conditions.length > MAX_CONDITIONS) {
    faults.tooMany(field, conditions.length, MAX_CONDITIONS);
    return;
  }
  const isSame = old !== undefined && deepEqual(conditions, listAt(old, 'matchConditions'));
  const names = new Set<string>();
  for (const [index, condition] of conditions.entries()) {
    const place = `${field}[${index}]`;
    const text = String(condition['expression'] ?? '').trim();
    if (text === '') faults.required(`${place}.expression`);
    else if (!isSame) validateExpression(text, `${place}.expression`, faults, { ...scope, result: 'bool' });
    validateName(String(condition['name'] ?? ''), names, `${place}.name`, faults);
  }
}

function validateName(name: string, names: Set<string>, at: string, faults: Faults): void {
  if (name === '') {
    faults.required(at);
    return;
  }
  const found = validateQualifiedName(name);
  faults.invalidAll(at, name, found);
  if (found.length > 0) return;
  if (names.has(name)) faults.duplicate(at, name);
  names.add(name);
}

export interface ExpressionScope extends AdmissionScope {
  /** Left out, any type of result is taken. */
  readonly result?: 'bool' | 'string';
  /** What a message calls a result of the wrong type, where that is not the usual wording. */
  readonly wanted?: string;
}

/** An expression that has to compile, and to give what it is for. */
export function validateExpression(text: string, at: string, faults: Faults, scope: ExpressionScope): void {
  const compiled = compileAdmission(text, scope);
  if (!compiled.ok) {
    const why = compiled.problems.map(({ display }) => display).join('\n');
    faults.invalid(at, text, `compilation failed: ${why}`);
    return;
  }
  const { type } = compiled.program;
  if (scope.result === undefined || type.kind === scope.result) return;
  faults.invalid(at, text, scope.wanted ?? `must evaluate to ${scope.result} but got ${formatType(type)}`);
}
