import { expect, test } from 'vitest';
import { compareVersions, parseVersion } from './version.ts';

test.each([
  ['1.4.0', '1.4.0'],
  ['v1.4.0', '1.4.0'],
  [' 1.4\n', '1.4.0'],
  ['v2', '2.0.0'],
  ['1.4.0-rc.1+build.7', '1.4.0-rc.1'],
  ['1.4-rc.1', '1.4.0-rc.1'],
  ['', undefined],
  ['latest', undefined],
  ['1.4.0.0', undefined],
  ['1.4.0-', undefined],
  ['=1.4.0', undefined],
])('%j is %s', (text, want) => expect(parseVersion(text)?.version).toBe(want));

test.each([
  ['1.4.0', '1.5.0', -1],
  ['1.10.0', '1.9.0', 1],
  ['v1.0.0', '1.0', 0],
  ['1.0.0-rc.1', '1.0.0', -1],
  ['1.0.0+a', '1.0.0+b', 0],
])('%s against %s', (a, b, want) => {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  expect(left && right && compareVersions(left, right)).toBe(want);
});
