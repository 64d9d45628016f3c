import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Resource } from '../accumulate/resource.ts';
import { readDocuments } from '../yaml/documents.ts';
import { contentHash } from './hash.ts';
import { sha256Hex } from './sha256.ts';

function hashOf(text: string): string {
  const [node] = readDocuments(text, { depth: 50, aliasNodes: 100 });
  if (node === undefined) throw new Error('nothing was read');
  return contentHash(new Resource(node));
}

describe('the hash of a name', () => {
  const cases: readonly (readonly [name: string, text: string, want: string])[] = [
    ['a ConfigMap', 'kind: ConfigMap\ndata: {a: "1"}\n', 'h29d89cmmt'],
    ['a ConfigMap without data', 'kind: ConfigMap\n', '6ct58987ht'],
    ['an empty Secret', 'kind: Secret\ntype: Opaque\ndata: {}\n', '46f8b28mk5'],
    [
      'a typed Secret',
      'kind: Secret\ntype: kubernetes.io/tls\ndata: {tls.crt: QQ==, tls.key: bGluZTEKbGluZTIK}\n',
      '62d8bbh8hk',
    ],
  ];
  test.each(cases)('%s', (_, text, want) => {
    expect(hashOf(text)).toBe(want);
  });

  test('is made of SHA-256', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'grapheme' }), (text) => {
        expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
      }),
    );
  });
});
