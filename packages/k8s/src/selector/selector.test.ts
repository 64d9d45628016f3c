import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFieldSelector, matchesFields, parseFieldSelector } from './field-selector.ts';
import {
  formatLabelSelector,
  type LabelSelectorObject,
  labelSelectorOf,
  matchesLabels,
  parseLabelSelector,
} from './label-selector.ts';
import { SelectorError } from './selector-error.ts';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', 'example.com/size': '3', empty: '' };
  const cases: readonly (readonly [selector: string, matches: boolean, canonical?: string])[] = [
    ['', true],
    ['app', true],
    ['!app', false],
    ['! other', true, '!other'],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['other!=web', true],
    [' app = web , tier in ( front , back ) ', true, 'app=web,tier in (back,front)'],
    ['tier notin (back)', true],
    ['other notin (back)', true],
    ['other in (back)', false],
    ['empty=', true],
    ['empty in ()', true],
    ['empty in (,a)', true, 'empty in (,a)'],
    ['example.com/size>2', true],
    ['example.com/size<3', false],
    ['app>1', false],
    ['in in (notin)', false],
    ['constructor', false],
    ['z,a', false, 'a,z'],
  ];
  for (const [selector, matches, canonical = selector] of cases) {
    test(`"${selector}"`, () => {
      const parsed = parseLabelSelector(selector);
      expect(matchesLabels(parsed, labels)).toBe(matches);
      expect(formatLabelSelector(parsed)).toBe(canonical);
      expect(parseLabelSelector(formatLabelSelector(parsed))).toEqual(parsed);
    });
  }

  const wrong: readonly (readonly [selector: string, position: number, message: string])[] = [
    ['a,', 2, "found '', expected: identifier after ','"],
    ['a in b', 5, "found 'b' expected: '('"],
    ['a in (b', 7, "found '', expected: ',' or ')'"],
    ['a b', 2, "found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['=a', 0, "found '=', expected: !, identifier, or 'end of string'"],
    ['a=b=c', 3, "found '=', expected: ',' or 'end of string'"],
    ['a>x', 1, 'after > the value must be an integer'],
    ['a=b c', 4, "found 'c', expected: ',' or 'end of string'"],
    ['-a', 0, 'key: Invalid value: "-a"'],
    ['a=_', 2, 'values[0][a]: Invalid value: "_"'],
  ];
  for (const [selector, position, message] of wrong) {
    test(`refuses "${selector}"`, () => {
      const error = thrown(() => parseLabelSelector(selector));
      expect(error).toMatchObject({ position, selector });
      expect(error.message).toContain(message);
    });
  }

  test('of objects', () => {
    const selector: LabelSelectorObject = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'x', operator: 'DoesNotExist' },
        { key: 'y', operator: 'NotIn', values: ['c'] },
        { key: 'z', operator: 'Exists' },
      ],
    };
    expect(formatLabelSelector(labelSelectorOf(selector))).toBe('app=web,tier in (a,b),!x,y notin (c),z');
    expect(matchesLabels(labelSelectorOf({}), undefined)).toBe(true);
    expect(thrown(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Near' }] })).message).toContain(
      'matchExpressions[0]',
    );
    expect(thrown(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'In' }] })).message).toContain(
      'at least one value',
    );
    expect(thrown(() => labelSelectorOf({ matchLabels: { a: 'b c' } })).message).toContain('matchLabels[a]');
  });

  test('never anything but a selector or a SelectorError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!,() in<>_.'), maxLength: 20 }), (selector) => {
        try {
          const parsed = parseLabelSelector(selector);
          expect(parseLabelSelector(formatLabelSelector(parsed))).toEqual(parsed);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('field selectors', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a=b,c\\d', namespace: 'x' },
    status: { phase: 'Running', n: 3 },
  };
  const cases: readonly (readonly [selector: string, matches: boolean])[] = [
    ['', true],
    ['metadata.namespace=x', true],
    ['metadata.namespace==x,status.phase!=Failed', true],
    ['metadata.name=a\\=b\\,c\\\\d', true],
    ['status.n=3', true],
    ['status.other=', true],
    ['status=', true],
    ['constructor.name=Object', false],
  ];
  for (const [selector, matches] of cases) {
    test(`"${selector}"`, () => {
      const parsed = parseFieldSelector(selector);
      expect(matchesFields(parsed, object)).toBe(matches);
      expect(parseFieldSelector(formatFieldSelector(parsed))).toEqual(parsed);
    });
  }
  test('refuses what is no requirement, and odd escapes', () => {
    expect(thrown(() => parseFieldSelector('a=b,nothing'))).toMatchObject({ position: 4 });
    expect(thrown(() => parseFieldSelector('a=b\\c'))).toMatchObject({ position: 3 });
    expect(thrown(() => parseFieldSelector('a=b=c'))).toMatchObject({ position: 3 });
  });
  test('any value survives', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const selector = [{ path: 'metadata.name', operator: '=', value }] as const;
        expect(parseFieldSelector(formatFieldSelector(selector))).toEqual(selector);
      }),
    );
  });
});

function thrown(run: () => unknown): SelectorError {
  try {
    run();
  } catch (error) {
    if (error instanceof SelectorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
