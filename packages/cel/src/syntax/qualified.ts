import type { Expression } from './ast.ts';

/** `a.b.c` of nothing but names, which may be one name with dots in it. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name.replace(/^\./, '');
  if (expression.kind !== 'select' || expression.test || expression.optional) return undefined;
  const operand = qualifiedName(expression.operand);
  return operand === undefined ? undefined : `${operand}.${expression.field}`;
}

/** The name a chain of selections begins with. */
export function rootName(expression: Expression): string | undefined {
  return qualifiedName(expression)?.split('.')[0];
}
