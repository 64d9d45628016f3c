import { expect, test } from 'vitest';
import { maskSecrets } from './mask-secrets.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const pem = ['-----BEGIN KEY-----', 'MIIEvQIBADANBgkq', 'hkiG9w0BAQEFAASC', '-----END KEY-----'].join('\n');

const cases: readonly { name: string; text: string; values: readonly string[]; want: string }[] = [
  { name: 'as it is', text: 'login hunter2 refused', values: ['hunter2'], want: 'login ***** refused' },
  {
    name: 'with the newline of its file',
    text: 'login hunter2 refused',
    values: ['hunter2\n'],
    want: 'login ***** refused',
  },
  { name: 'in base64', text: `Basic ${base64('hunter2')}`, values: ['hunter2'], want: 'Basic *****' },
  { name: 'in a URL', text: 'pg://u:p%40ss%2Fword@db', values: ['p@ss/word'], want: 'pg://u:*****@db' },
  { name: 'in JSON', text: '{"password":"a\\"quote"}', values: ['a"quote'], want: '{"password":"*****"}' },
  {
    name: 'a part of several lines',
    text: 'the last:\nhkiG9w0BAQEFAASC\n-----END KEY-----',
    values: [pem],
    want: 'the last:\n*****\n*****',
  },
  {
    name: 'a value that another begins with',
    text: 'hunter2-long',
    values: ['hunter2', 'hunter2-long'],
    want: '*****',
  },
  { name: 'short words are words', text: 'on off', values: ['on', 'off'], want: 'on off' },
  { name: 'nothing in it', text: 'as it is', values: ['', '\n'], want: 'as it is' },
];
for (const { name, text, values, want } of cases) {
  test(name, () => expect(maskSecrets(text, values.map(base64))).toBe(want));
}
