import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from './quantity.ts';

const canonical: readonly (readonly [text: string | number, want: string])[] = [
  ['0', '0'],
  ['1', '1'],
  [2, '2'],
  [0.5, '500m'],
  ['1.5', '1500m'],
  ['0.5Gi', '512Mi'],
  ['1024Mi', '1Gi'],
  ['1500Mi', '1500Mi'],
  ['1000k', '1M'],
  ['100m', '100m'],
  ['1000m', '1'],
  ['0.1n', '1n'],
  ['-1.5', '-1500m'],
  ['+5', '5'],
  ['12e6', '12e6'],
  ['1E3', '1e3'],
  ['1E', '1E'],
  ['512', '512'],
  ['0.5Ki', '512'],
  ['1.1Ki', '1126400m'],
  ['.5', '500m'],
  ['Gi', '0'],
  [' 1 ', '1'],
  ['5.', '5'],
  ['1e-3', '1e-3'],
  ['100Ei', '9223372036854775807'],
];
for (const [text, want] of canonical) {
  test(String(text), () => {
    const quantity = quantityOf(text);
    expect(formatQuantity(quantity)).toBe(want);
    expect(formatQuantity(quantityOf(want))).toBe(want);
  });
}

for (const text of ['', 'x', '1x', '1.2.3', '1 Gi', '--1', '1KI', '1e', '1ee3', '9'.repeat(101), '1e999999']) {
  test(`refuses "${text.slice(0, 10)}"`, () => expect(parseQuantity(text)).toMatchObject({ ok: false }));
}

test('amounts compare however they are written', () => {
  expect(compareQuantities(quantityOf('1Gi'), quantityOf('1024Mi'))).toBe(0);
  expect(compareQuantities(quantityOf('1G'), quantityOf('1Gi'))).toBe(-1);
  expect(compareQuantities(quantityOf('1'), quantityOf('999m'))).toBe(1);
});

test('the canonical text is the same amount', () => {
  const text = fc
    .tuple(fc.nat(100_000), fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-2'))
    .map(([value, suffix]) => value + suffix);
  fc.assert(
    fc.property(text, (given) => {
      const quantity = quantityOf(given);
      expect(compareQuantities(quantityOf(formatQuantity(quantity)), quantity)).toBe(0);
    }),
  );
});

function quantityOf(text: string | number): Quantity {
  const parsed = parseQuantity(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  return parsed.quantity;
}
