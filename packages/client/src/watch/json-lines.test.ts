import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, LineDecoder } from './json-lines.ts';

function decode(decoder: LineDecoder, chunks: readonly Uint8Array[]): Line[] {
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}

test('gives the same lines however the bytes are cut, characters included', () => {
  const text = fc.array(fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\n', '')));
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 12 })), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      const want = lines.filter((line) => line !== '').map((line) => ({ text: Buffer.from(line).toString() }));
      expect(decode(new LineDecoder(1_000_000), chunks)).toEqual(want);
    }),
  );
});

test('drops a line above the bound and goes on with the next', () => {
  const decoder = new LineDecoder(5);
  const chunks = ['12345\n123', '456', '789\nab', 'c\n'].map((text) => Buffer.from(text));
  expect(decode(decoder, chunks)).toEqual([{ text: '12345' }, { droppedBytes: 9 }, { text: 'abc' }]);
  expect(decoder.isInsideLine).toBe(false);
});

test('says when it is in the middle of a line', () => {
  const decoder = new LineDecoder(5);
  decode(decoder, [Buffer.from('a\nb')]);
  expect(decoder.isInsideLine).toBe(true);
});
