import { expect, test } from 'vitest';
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePathSegment,
  validateQualifiedName,
} from './names.ts';

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const cases: readonly (readonly [validate: (value: string) => string[], value: string, want: readonly string[]])[] = [
  [validateDns1123Label, 'a-1', []],
  [validateDns1123Label, 'a.b', ['must not contain dots']],
  [validateDns1123Label, 'A', [LABEL]],
  [validateDns1123Label, '', [LABEL]],
  [validateDns1123Label, 'a\n', [LABEL]],
  [validateDns1123Label, 'a'.repeat(63), []],
  [validateDns1123Label, 'a'.repeat(64), ['must be no more than 63 characters']],
  [validateDns1123Subdomain, 'a.b-c.d', []],
  [validateDns1123Subdomain, 'a..b', [SUBDOMAIN]],
  [validateDns1123Subdomain, 'a'.repeat(254), ['must be no more than 253 characters']],
  [validateDns1035Label, 'a1', []],
  [validateDns1035Label, '1a', [expect.stringContaining('a DNS-1035 label must consist of')]],
  [validateQualifiedName, 'example.com/My_Name', []],
  [validateQualifiedName, 'name', []],
  [validateQualifiedName, '/name', ['prefix part must be non-empty']],
  [validateQualifiedName, 'Example/name', [`prefix part ${SUBDOMAIN}`]],
  [validateQualifiedName, 'a/', ['name part must be non-empty', NAME_PART]],
  [
    validateQualifiedName,
    'a/b/c',
    [expect.stringContaining("with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")],
  ],
  [validateQualifiedName, '__proto__', [NAME_PART]],
  [validateLabelValue, '', []],
  [validateLabelValue, 'a_b.c', []],
  [validateLabelValue, 'a b', [VALUE]],
  [validateLabelValue, 'é'.repeat(32), ['must be no more than 63 bytes', VALUE]],
  [validatePathSegment, 'system:admin', []],
  [validatePathSegment, '..', ["may not be '..'"]],
  [validatePathSegment, 'a/b%', ["may not contain '/'", "may not contain '%'"]],
];
for (const [validate, value, want] of cases) {
  test(`${validate.name} of "${value.slice(0, 20)}" (${value.length})`, () => expect(validate(value)).toEqual(want));
}
