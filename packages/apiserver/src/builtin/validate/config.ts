import { deepEqual, type KubeObject } from '@stageset/k8s';
import { fieldsAt } from '../fields.ts';
import type { Faults } from './faults.ts';

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const MAX_KEY = 253;
const MAX_BYTES = 1024 * 1024;
const FROZEN = 'field is immutable when `immutable` is set';

function validateKeys(keys: readonly string[], path: string, faults: Faults): void {
  for (const key of keys) {
    const field = `${path}[${key}]`;
    if (key.length > MAX_KEY) faults.invalid(field, key, `must be no more than ${MAX_KEY} characters`);
    if (!KEY.test(key)) faults.invalid(field, key, KEY_RULE);
    else if (key === '.') faults.invalid(field, key, "must not be '.'");
    else if (key === '..') faults.invalid(field, key, "must not be '..'");
    else if (key.startsWith('..')) faults.invalid(field, key, "must not start with '..'");
  }
}

/** What is immutable stays so, and with it everything that was to stay. */
function validateFrozen(object: KubeObject, old: KubeObject, members: readonly string[], faults: Faults): void {
  if (old['immutable'] !== true) return;
  if (object['immutable'] !== true) faults.forbidden('immutable', FROZEN);
  for (const name of members) {
    if (!deepEqual(object[name] ?? {}, old[name] ?? {})) faults.forbidden(name, FROZEN);
  }
}

export function validateConfigMap(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const data = fieldsAt(object, 'data');
  const binary = fieldsAt(object, 'binaryData');
  validateKeys(Object.keys(data).toSorted(), 'data', faults);
  for (const key of Object.keys(data)) {
    if (Object.hasOwn(binary, key)) faults.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
  }
  validateKeys(Object.keys(binary).toSorted(), 'binaryData', faults);
  const bytes = [...Object.values(data), ...Object.values(binary)].reduce<number>(
    (sum, value) => sum + Buffer.byteLength(String(value)),
    0,
  );
  if (bytes > MAX_BYTES) tooLong('[]', faults);
  if (old !== undefined) validateFrozen(object, old, ['data', 'binaryData'], faults);
}

function tooLong(field: string, faults: Faults): void {
  faults.causes.push({
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${MAX_BYTES} bytes`,
    field,
  });
}

/** Keys that a secret of a type cannot do without. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
};
const JSON_KEYS = new Set(['.dockerconfigjson', '.dockercfg']);
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

export function validateSecret(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const data = fieldsAt(object, 'data');
  validateKeys(Object.keys(data).toSorted(), 'data', faults);
  const bytes = Object.values(data).reduce<number>((sum, value) => sum + (String(value).length * 3) / 4, 0);
  if (bytes > MAX_BYTES) tooLong('data', faults);
  const type = String(object['type']);
  for (const key of (Object.hasOwn(REQUIRED_KEYS, type) ? REQUIRED_KEYS[type] : undefined) ?? []) {
    if (!Object.hasOwn(data, key)) faults.required(`data[${key}]`);
    else if (JSON_KEYS.has(key)) validateJsonKey(key, String(data[key]), faults);
  }
  if (type === 'kubernetes.io/basic-auth' && !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
    faults.required('data[username]');
    faults.required('data[password]');
  }
  const account = object.metadata.annotations?.[ACCOUNT_NAME];
  if (type === 'kubernetes.io/service-account-token' && !account) {
    faults.required(`metadata.annotations[${ACCOUNT_NAME}]`);
  }
  if (old === undefined) return;
  if (object['type'] !== old['type']) faults.invalid('type', object['type'], 'field is immutable');
  validateFrozen(object, old, ['data'], faults);
}

/** The content stays out of the message: it is a secret. */
function validateJsonKey(key: string, encoded: string, faults: Faults): void {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    JSON.parse(text);
  } catch {
    const why =
      text === ''
        ? 'unexpected end of JSON input'
        : `invalid character '${text.trimStart().slice(0, 1)}' looking for beginning of value`;
    faults.invalid(`data[${key}]`, '<secret contents redacted>', why);
  }
}
