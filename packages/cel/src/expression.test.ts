import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEnvironment } from './environment.ts';
import { Budget } from './evaluate/budget.ts';
import { compileExpression } from './expression.ts';
import { compileReadyCheck, readyCheckVariables } from './health/ready-check.ts';
import { LIBRARIES } from './library/index.ts';
import { DYN } from './types/type.ts';
import { fromJson } from './values/convert.ts';

const environment = createEnvironment();
const WITH_TEXTS = createEnvironment({ functions: [LIBRARIES.strings] });

function problem(text: string): object | undefined {
  const compiled = compileReadyCheck(text);
  return compiled.ok ? undefined : compiled.problem;
}

describe('what is wrong with an expression is told with its place and a remedy', () => {
  test.each([
    ['status.phase = "Ready"', { line: 1, column: 14, suggestion: 'compare with ==' }],
    [
      'staus.ready',
      { line: 1, column: 1, message: expect.stringContaining("'staus'"), suggestion: 'did you mean status?' },
    ],
    ['status.x.startWith("a")', { column: 19, suggestion: 'did you mean startsWith?' }],
    ['true &&\n  1 == "a"', { line: 2, column: 5, suggestion: 'convert one side: string(…) or int(…)' }],
    ['size(kind)', { message: 'result type is int, not bool', suggestion: expect.stringContaining('compare it') }],
    ['kind == "a', { column: 9, message: expect.stringContaining('has no end') }],
    ['quantity("1Gi").isGreaterThan(quantity("1Mi"))', { message: expect.stringContaining("'quantity'") }],
    ['status.ready &&', { column: 16, message: expect.stringContaining("mismatched input '<EOF>'") }],
    [`${'('.repeat(300)}true${')'.repeat(300)}`, { message: expect.stringContaining('nested at most 200 deep') }],
  ])('%s', (text, want) => {
    expect(problem(text)).toMatchObject(want);
  });

  test('nobody is asked whether they meant what they wrote', () => {
    const message = "undeclared reference to 'all' (in container '')";
    expect(problem('status.x.all(i, c, c == 1)')).toMatchObject({ column: 13, message });
    expect(problem('status.x.all(i, c, c == 1)')).not.toHaveProperty('suggestion');
  });

  test('a place is drawn below the line, as Kubernetes does', () => {
    expect(problem('kind == 1')).toMatchObject({
      display:
        "ERROR: <input>:1:6: found no matching overload for '_==_' applied to '(string, int)'\n | kind == 1\n | .....^",
    });
  });
});

describe('an evaluation ends within its budget', () => {
  const list = fromJson(Array.from({ length: 1_000 }, (_, index) => index));
  const doubling = Array.from({ length: 60 }, (_, i) => `cel.bind(l${i + 1}, l${i} + l${i}, `).join('');
  test.each([
    ['folds within folds', 'l0.all(a, l0.all(b, l0.all(c, l0.all(d, a + b + c + d >= 0))))'],
    ['lists that double', `${doubling}size(l60) > 0${')'.repeat(60)}`],
    ['errors that are looked past', 'l0.exists(a, l0.exists(b, l0.exists(c, a / 0 == b / 0)))'],
    [
      'texts that are replaced by themselves',
      'l0.all(i, "aaaaaaaaaa".replace("a", "bbbbbbbbbb").replace("b", "cccccccccc").size() > 0)',
    ],
  ])('%s', (_, text) => {
    const compiled = compileExpression(text, { environment: WITH_TEXTS, variables: new Map([['l0', DYN]]) });
    if (!compiled.ok) throw new Error(compiled.problem.display);
    const budget = new Budget(100_000);
    expect(compiled.program.evaluate({ l0: list }, budget)).toMatchObject({ ok: false, kind: 'cost-exceeded' });
  });
});

test('an object is read as it is: keys that objects inherit are not there', () => {
  const object = JSON.parse('{"metadata":{"__proto__":{"a":1}},"status":{"constructor":2}}');
  for (const [text, want] of [
    ['has(metadata.__proto__)', true],
    ['metadata.__proto__.a == 1', true],
    ['status.constructor == 2', true],
    ['has(metadata.constructor)', false],
    ['has(spec.toString)', false],
  ] as const) {
    const compiled = compileReadyCheck(text);
    if (!compiled.ok) throw new Error(compiled.problem.display);
    expect([text, compiled.program.evaluate(readyCheckVariables(object), new Budget(1000))]).toEqual([
      text,
      { ok: true, value: want },
    ]);
  }
});

test('whatever is written, compiling and evaluating never throw', () => {
  const word = fc.constantFrom(
    ...[
      'status',
      '.a',
      '[0]',
      '["x"]',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ':',
      ',',
      '?',
      '!',
      '-',
      '+',
      '==',
      '&&',
      '||',
      'in',
    ],
    ...[
      'has',
      '.all(x, x)',
      '.map(x, x)',
      'size',
      '"a"',
      "b'a'",
      '1',
      '1u',
      '1.5',
      'true',
      'null',
      'int',
      '.?',
      '@',
      '\\',
      '"',
    ],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const compiled = compileExpression(words.join(' '), { environment, variables: new Map([['status', DYN]]) });
      if (compiled.ok) compiled.program.evaluate({ status: fromJson({ a: [1, { x: 'y' }] }) }, new Budget(10_000));
    }),
    { numRuns: 3_000 },
  );
});
