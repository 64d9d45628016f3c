import { describe, expect, test } from 'vitest';
import { Budget } from '../evaluate/budget.ts';
import { askReadyCheck, compileReadyCheck } from './ready-check.ts';

const database = {
  apiVersion: 'example.com/v1',
  kind: 'Database',
  metadata: { name: 'main', generation: 2 },
  spec: { replicas: 3 },
  status: { phase: 'Ready', readyReplicas: 3 },
};
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, data: { pin: 'c2VjcmV0' } };

describe('an expression is asked about an object', () => {
  test.each([
    ['holds', 'status.phase == "Ready" && status.readyReplicas == spec.replicas', database, { kind: 'true' }],
    ['does not hold', 'status.phase == "Failed"', database, { kind: 'false' }],
    ['sees data too', 'data.pin == "c2VjcmV0"', secret, { kind: 'true' }],
    ['finds parts that are missing empty', 'size(data) == 0 && !has(spec.x)', { kind: 'A' }, { kind: 'true' }],
    ['names what is not there', 'status.endpoint != ""', database, { kind: 'error', message: 'no such key: endpoint' }],
    ['gives no boolean', 'status.phase', database, { kind: 'error', message: 'result is string, not bool' }],
    [
      'is no expression',
      'status.phase = "x"',
      database,
      { kind: 'error', message: expect.stringMatching(/^at 1:14: /) },
    ],
  ] as const)('%s', (_, text, object, want) => expect(askReadyCheck(text, object)).toEqual(want));

  test('ends when its budget does', () => {
    const text = 'status.list.all(a, status.list.all(b, status.list.all(c, a + b + c >= 0)))';
    const list = Array.from({ length: 100 }, (_, i) => i);
    expect(askReadyCheck(text, { ...database, status: { list } }, new Budget(10_000))).toEqual({
      kind: 'error',
      message: 'operation cancelled: actual cost limit exceeded',
    });
  });

  test('an error tells nothing of what a Secret holds', () => {
    const answer = askReadyCheck('int(data.pin) > 0', secret);
    expect(answer).toMatchObject({ kind: 'error' });
    expect(JSON.stringify(answer)).not.toContain('c2VjcmV0');
    expect(JSON.stringify(askReadyCheck('{"a": true}[data.pin]', secret))).not.toContain('c2VjcmV0');
  });
});

test('an expression is compiled once, and what was not used for long is let go', () => {
  const first = compileReadyCheck('status.a == 1');
  expect(compileReadyCheck('status.a == 1')).toBe(first);
  for (let i = 0; i < 1_000; i++) compileReadyCheck(`status.b == ${i}`);
  expect(compileReadyCheck('status.a == 1')).not.toBe(first);
});
