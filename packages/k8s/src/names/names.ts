/**
 * Kubernetes' syntaxes for names, keys and values. Each function returns what is wrong with a value in the API server's own
 * words, or an empty list; the caller puts the field in front. Lengths are in bytes, as the API server counts them.
 */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const KEY_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${KEY_NAME})?`;

const LABEL_PATTERN = whole(LABEL);
const LABEL_1035_PATTERN = whole(LABEL_1035);
const KEY_NAME_PATTERN = whole(KEY_NAME);

export const MAX_DNS_LABEL_BYTES = 63;
export const MAX_DNS_SUBDOMAIN_BYTES = 253;
export const MAX_LABEL_VALUE_BYTES = 63;

const NOT_EMPTY = 'must be non-empty';

/** A lower-case DNS label (RFC 1123): names of namespaces, containers, ports of services. */
export function validateDns1123Label(value: string): string[] {
  const problems = tooLong(value, MAX_DNS_LABEL_BYTES, 'characters');
  if (!LABEL_PATTERN.test(value)) {
    problems.push(
      isSubdomain(value)
        ? 'must not contain dots'
        : mismatch(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            LABEL,
            ['my-name', '123-abc'],
          ),
    );
  }
  return problems;
}

/** Lower-case DNS labels joined by dots (RFC 1123): names of most kinds. */
export function validateDns1123Subdomain(value: string): string[] {
  const problems = tooLong(value, MAX_DNS_SUBDOMAIN_BYTES, 'characters');
  if (!isSubdomain(value)) {
    problems.push(
      mismatch(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        ['example.com'],
      ),
    );
  }
  return problems;
}

/** A DNS label that starts with a letter (RFC 1035): names of Services. */
export function validateDns1035Label(value: string): string[] {
  const problems = tooLong(value, MAX_DNS_LABEL_BYTES, 'characters');
  if (!LABEL_1035_PATTERN.test(value)) {
    problems.push(
      mismatch(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        LABEL_1035,
        ['my-name', 'abc-123'],
      ),
    );
  }
  return problems;
}

/** Keys of labels and annotations, finalizers: an optional DNS subdomain and a slash, then a name of at most 63 bytes. */
export function validateQualifiedName(value: string): string[] {
  const rule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const examples = ['MyName', 'my.name', '123-abc'];
  const parts = value.split('/');
  if (parts.length > 2) {
    const form = mismatch(rule, KEY_NAME, examples);
    return [`a valid label key ${form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, parts[0]];
  const problems: string[] = [];
  if (prefix === '') problems.push(`prefix part ${NOT_EMPTY}`);
  else if (prefix !== undefined)
    problems.push(
      ...validateDns1123Subdomain(prefix).map((text) => `prefix part ${text.replace(/characters$/, 'bytes')}`),
    );
  if (name === '') problems.push(`name part ${NOT_EMPTY}`);
  else problems.push(...tooLong(name, MAX_DNS_LABEL_BYTES).map((text) => `name part ${text}`));
  if (!KEY_NAME_PATTERN.test(name)) problems.push(`name part ${mismatch(rule, KEY_NAME, examples)}`);
  return problems;
}

/** The value of a label: empty, or at most 63 bytes of alphanumerics, `-`, `_` and `.` between alphanumerics. */
export function validateLabelValue(value: string): string[] {
  const problems = tooLong(value, MAX_LABEL_VALUE_BYTES);
  if (value !== '' && !KEY_NAME_PATTERN.test(value)) {
    problems.push(
      mismatch(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        ['MyValue', 'my_value', '12345'],
      ),
    );
  }
  return problems;
}

/** Names that become one segment of a path and nothing stricter, such as those of RBAC objects. Neither length nor emptiness counts. */
export function validatePathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((text) => value.includes(text)).map((text) => `may not contain '${text}'`);
}

/** Label by label: one pattern for the whole would be the same language, but costs more on long values. */
function isSubdomain(value: string): boolean {
  return value.split('.').every((label) => LABEL_PATTERN.test(label));
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

/** Both are counted in bytes; the server says so of some and calls them characters of others. */
function tooLong(value: string, bytes: number, unit: 'bytes' | 'characters' = 'bytes'): string[] {
  // A character is at least one byte and at most three per UTF-16 unit, so that most values need no encoding.
  const fits = value.length * 3 <= bytes || (value.length <= bytes && new TextEncoder().encode(value).length <= bytes);
  return fits ? [] : [`must be no more than ${bytes} ${unit}`];
}

function mismatch(rule: string, pattern: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}
