import {
  hasFormat,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validateQualifiedName,
} from '@stageset/k8s';
import { Opaque, Optional, type Result } from '../values/value.ts';
import { global, member, type Overload, traversal } from './function.ts';

const TYPE = 'kubernetes.NamedFormat';

type Check = (text: string) => readonly string[];

class Format extends Opaque {
  override readonly type = TYPE;
  readonly name: string;
  readonly check: Check;

  constructor(name: string, check: Check) {
    super();
    this.name = name;
    this.check = check;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

const formatted =
  (format: string, why: string): Check =>
  (text) =>
    hasFormat(text, format) ? [] : [why];
/** A prefix may end with what stands before the rest of a name. */
const prefix =
  (check: Check): Check =>
  (text) =>
    check(text.replace(/-$/, 'a'));

const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label: validateDns1123Label,
  dns1123Subdomain: validateDns1123Subdomain,
  dns1035Label: validateDns1035Label,
  dns1123LabelPrefix: prefix(validateDns1123Label),
  dns1123SubdomainPrefix: prefix(validateDns1123Subdomain),
  dns1035LabelPrefix: prefix(validateDns1035Label),
  qualifiedName: validateQualifiedName,
  labelValue: validateLabelValue,
  uri: formatted('uri', 'invalid URI for request'),
  uuid: formatted('uuid', 'does not match the UUID format'),
  byte: formatted('byte', 'invalid base64'),
  date: formatted('date', 'invalid date'),
  datetime: formatted('date-time', 'invalid datetime'),
};

function validate({ check }: Format, text: string): Result {
  const found = check(text);
  return found.length === 0 ? Optional.none : new Optional([...found]);
}

/** Kubernetes' names of formats, and what is wrong with a text that does not have one. */
export const NAMED_FORMATS: readonly Overload[] = [
  ...Object.entries(FORMATS).map(([name, check]) =>
    global(`format.${name}`, `-> ${TYPE}`, () => new Format(name, check)),
  ),
  global('format.named', `string -> optional(${TYPE})`, (name: string) => {
    const check = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    return check === undefined ? Optional.none : new Optional(new Format(name, check));
  }),
  member('validate', `${TYPE}, string -> optional(list(string))`, validate, (_, text) => traversal(text ?? null)),
];
