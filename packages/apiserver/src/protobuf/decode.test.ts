import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEnvelope, decodeMessage } from './decode.ts';
import { ProtobufError } from './wire.ts';

const CORE = 'io.k8s.api.core.v1';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const cases: readonly {
  readonly name: string;
  readonly type: string;
  readonly bytes: string;
  readonly want: unknown;
}[] = [
  { name: 'a map of strings', type: `${CORE}.ConfigMap`, bytes: '12 06 0a01 6b 1201 76', want: { data: { k: 'v' } } },
  { name: 'bytes', type: `${CORE}.Secret`, bytes: '12 07 0a01 6b 1202 6869', want: { data: { k: 'aGk=' } } },
  { name: 'a time', type: `${META}.Time`, bytes: '08 80 9b c0 f0 05', want: '2020-01-04T03:58:56Z' },
  { name: 'no time', type: `${META}.Time`, bytes: '', want: null },
  {
    name: 'a key that is a word of the language',
    type: `${CORE}.ConfigMap`,
    bytes: '12 0e 0a09 5f5f70726f746f5f5f 1201 76',
    want: JSON.parse('{"data":{"__proto__":"v"}}'),
  },
  {
    name: 'a volume, whose source stands beside its name',
    type: `${CORE}.Volume`,
    bytes: '0a01 76 12 04 12 02 0a00',
    want: { name: 'v', emptyDir: { medium: '' } },
  },
  {
    name: 'an int or a string',
    type: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    bytes: '0801 1a 03 323525',
    want: '25%',
  },
  { name: 'a field of a later version', type: `${CORE}.ConfigMap`, bytes: 'f801 01', want: {} },
];
for (const { name, type, bytes, want } of cases) {
  test(name, () => expect(decodeMessage(type, hex(bytes))).toEqual(want));
}

test('whatever the bytes, the error has a type', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeEnvelope(bytes);
        decodeMessage(`${CORE}.Pod`, bytes);
      } catch (error) {
        if (!(error instanceof ProtobufError)) throw error;
      }
    }),
  );
});
