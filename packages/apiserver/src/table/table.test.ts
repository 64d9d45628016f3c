import { expect, test } from 'vitest';
import { shortDuration } from './age.ts';
import { compileJsonPath } from './json-path.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ages: readonly (readonly [milliseconds: number, want: string])[] = [
  [-3 * SECOND, '<invalid>'],
  [-SECOND, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [3 * MINUTE + 20 * SECOND, '3m20s'],
  [10 * MINUTE + 59 * SECOND, '10m'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [8 * HOUR + 5 * MINUTE, '8h'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [8 * DAY + 3 * HOUR, '8d'],
  [2 * 365 * DAY + 10 * DAY, '2y10d'],
  [9 * 365 * DAY, '9y'],
];
for (const [milliseconds, want] of ages)
  test(`${milliseconds} ms is ${want}`, () => expect(shortDuration(milliseconds)).toBe(want));

const root = {
  spec: { size: 3, names: ['a', 'b'] },
  metadata: { annotations: { 'example.com/x': 'y' } },
  status: { conditions: [{ type: 'Ready', status: 'True' }, { type: 'Other' }] },
};
const paths: readonly (readonly [path: string, want: readonly unknown[]])[] = [
  ['.spec.size', [3]],
  ['spec.size', [3]],
  ['{.spec.size}', [3]],
  ['.spec.names[1]', ['b']],
  ['.spec.names[-1]', ['b']],
  ['.spec.names[*]', ['a', 'b']],
  ['.metadata.annotations.example\\.com/x', ['y']],
  [".metadata.annotations['example.com/x']", ['y']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type=='Missing')].status", []],
  ['.nothing.here', []],
  ['.constructor', []],
  ['.spec[', []],
];
for (const [path, want] of paths)
  test(`${path} finds ${JSON.stringify(want)}`, () => expect(compileJsonPath(path)(root)).toEqual(want));
