import type { Expression } from './ast.ts';

/** Whether an expression reads a variable of this name. */
export function mentions(expression: Expression, name: string): boolean {
  const inside = (each: Expression): boolean => mentions(each, name);
  switch (expression.kind) {
    case 'literal':
      return false;
    case 'name':
      return expression.name === name;
    case 'select':
      return inside(expression.operand);
    case 'call':
      return (expression.target !== undefined && inside(expression.target)) || expression.args.some(inside);
    case 'list':
      return expression.items.some(({ value }) => inside(value));
    case 'map':
      return expression.entries.some(({ key, value }) => inside(key) || inside(value));
    case 'fold':
      return [expression.range, expression.start, expression.condition, expression.step, expression.result].some(
        inside,
      );
  }
}
