import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Substitution, substituteHere, substitutionOf } from '../fuzz/envsubst.ts';
import { FUZZERS } from '../fuzz/index.ts';
import { type Oracle, startOracle } from './oracle.ts';

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

test('expressions give what Flux gives, malformed ones included', { timeout: 120_000 }, async () => {
  const fuzzer = FUZZERS['envsubst'];
  const result = await fuzzer?.run({ seed: 21, count: fuzzer.part, oracle });
  expect(result?.differences).toEqual([]);
  expect(result?.outcomes['text']).toBeGreaterThan(5_000);
});

/** Letters and cases that Unicode got after the version that Go knows (15); the newest of Node is not held back by that. */
const NEWER_THAN_GO: readonly (readonly [first: number, last: number])[] = [
  [0x19b, 0x19b],
  [0x264, 0x264],
  [0x88f, 0x88f],
  [0xc5c, 0xc5c],
  [0xcdc, 0xcdc],
  [0x1c89, 0x1c8a],
  [0xa7cb, 0xa7dc],
  [0x10d50, 0x10d85],
  [0x16ea0, 0x16ed3],
];

function isComparable(code: number): boolean {
  if (code > 0x10ffff || code === 0xfffd || (code >= 0xd800 && code <= 0xdfff)) return false;
  return !NEWER_THAN_GO.some(([first, last]) => first <= code && code <= last);
}

async function bothAnswers(cases: readonly Substitution[]): Promise<{ ours: unknown[]; theirs: unknown[] }> {
  const answers = await Promise.all(cases.map((given) => oracle.ask({ op: 'envsubst', ...given })));
  return { ours: cases.map(substituteHere), theirs: answers.map(substitutionOf) };
}

test('every code point has the case that Go gives it', { timeout: 120_000 }, async () => {
  const blocks: string[] = [];
  for (let from = 1; from <= 0x10ffff; from += 512) {
    const codes = Array.from({ length: 512 }, (_, i) => from + i);
    const usable = codes.filter(isComparable);
    blocks.push(String.fromCodePoint(...usable));
  }
  const cases = blocks
    .filter((block) => block.toUpperCase() !== block || block.toLowerCase() !== block)
    .flatMap((v) => ['${v^^}', '${v,,}'].map((text) => ({ text, vars: { v }, strict: true })));
  const { ours, theirs } = await bothAnswers(cases);
  expect(ours).toEqual(theirs);
});

test('every letter of Go may be in a name', { timeout: 120_000 }, async () => {
  const cases: Substitution[] = [];
  for (let code = 1; code < 0x3400; code++) {
    if (isComparable(code)) cases.push({ text: `\${${String.fromCodePoint(code)}}`, vars: {}, strict: false });
  }
  const { ours, theirs } = await bothAnswers(cases);
  expect(ours).toEqual(theirs);
});
