import { describe, expect, test } from 'vitest';
import { parseTimestamp, readsAsString, resolvePlain } from './scalars.ts';

describe('plain scalars', () => {
  const cases: readonly (readonly [text: string, core: string, old: string])[] = [
    ['yes', '!!str', '!!bool'],
    ['n', '!!str', '!!bool'],
    ['true', '!!bool', '!!bool'],
    ['~', '!!null', '!!null'],
    ['', '!!null', '!!null'],
    ['0644', '!!int', '!!int'],
    ['08', '!!float', '!!float'],
    ['1_000', '!!int', '!!int'],
    ['0x1F', '!!int', '!!int'],
    ['1e3', '!!float', '!!float'],
    ['.5', '!!float', '!!float'],
    ['12:30', '!!str', '!!str'],
    ['2024-01-02', '!!timestamp', '!!timestamp'],
    ['2024-02-30', '!!str', '!!str'],
    ['1.2.3', '!!str', '!!str'],
    ['+', '!!str', '!!str'],
    ['<<', '!!str', '!!str'],
  ];
  test.each(cases)('%s', (text, core, old) => {
    expect(resolvePlain(text, 'core')[0]).toBe(core);
    expect(resolvePlain(text, 'yaml11')[0]).toBe(old);
  });

  test('keep all digits of 64-bit integers', () => {
    expect(resolvePlain('18446744073709551615', 'core')[1]).toBe(18446744073709551615n);
    expect(resolvePlain('18446744073709551616', 'core')[0]).toBe('!!float');
  });

  test('write dates as RFC 3339', () => {
    expect(parseTimestamp('2024-1-2')).toBe('2024-01-02T00:00:00Z');
    expect(parseTimestamp('2024-01-02T03:04:05.600+02:00')).toBe('2024-01-02T03:04:05.6+02:00');
  });

  test('need quotes where YAML 1.1 would not read a string', () => {
    expect(['web', '1:30', 'off', '1.2.3'].map((text) => readsAsString(text, 'yaml11'))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
