import { expect, test } from 'vitest';
import { duplicateFields } from './duplicate-fields.ts';

const cases: readonly (readonly [json: string, want: readonly string[]])[] = [
  ['{}', []],
  ['{"a":1,"b":1}', []],
  ['{"a":1,"a":2}', ['duplicate field "a"']],
  ['{"a":{"b":1,"b":2},"c":{"b":1}}', ['duplicate field "a.b"']],
  ['{"l":[{"x":1},{"x":1,"y":2,"x":3}]}', ['duplicate field "l[1].x"']],
  ['{"a":"b","b":"a","c":["a","a"]}', []],
  ['{"a\\"":1,"b":"\\"a\\":","a\\"":2}', ['duplicate field "a\\""']],
  ['{"\\u0061":1,"a":2}', ['duplicate field "a"']],
  ['{"a":"ends with a backslash \\\\","a":1}', ['duplicate field "a"']],
  ['{"__proto__":1,"__proto__":2}', ['duplicate field "__proto__"']],
];
for (const [json, want] of cases) test(json, () => expect(duplicateFields(json)).toEqual(want));
