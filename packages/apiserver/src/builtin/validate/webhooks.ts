import { type KubeObject, validateDns1035Label, validateDns1123Subdomain } from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt } from '../fields.ts';
import { validateMatchConditions } from './conditions.ts';
import type { Faults } from './faults.ts';
import { validateSelector } from './selectors.ts';

const REVIEWS = ['v1', 'v1beta1'];
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const FORMAT = 'desired format: https://host[/path]';
const MAX_TIMEOUT_S = 30;
const MAX_PORT = 65_535;
const MIN_SEGMENTS = 3;

const textsAt = (fields: Fields, name: string): readonly string[] => {
  const value = fields[name];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
};

/** Both kinds of configurations: of mutating and of validating webhooks. */
export function validateWebhooks(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const names = new Set<unknown>();
  const before = old === undefined ? [] : listAt(old, 'webhooks');
  for (const [index, webhook] of listAt(object, 'webhooks').entries()) {
    const at = `webhooks[${index}]`;
    validateWebhook(webhook, before[index], at, faults);
    const { name } = webhook;
    if (names.has(name)) faults.duplicate(`${at}.name`, name);
    names.add(name);
  }
}

function validateWebhook(webhook: Fields, old: Fields | undefined, at: string, faults: Faults): void {
  validateName(String(webhook['name'] ?? ''), `${at}.name`, faults);
  for (const [index, rule] of listAt(webhook, 'rules').entries()) validateRule(rule, `${at}.rules[${index}]`, faults);
  faults.oneOf(`${at}.failurePolicy`, webhook['failurePolicy'], ['Fail', 'Ignore']);
  faults.oneOf(`${at}.matchPolicy`, webhook['matchPolicy'], ['Equivalent', 'Exact']);
  faults.oneOf(`${at}.reinvocationPolicy`, webhook['reinvocationPolicy'], ['IfNeeded', 'Never']);
  const { sideEffects, timeoutSeconds } = webhook;
  if (sideEffects === undefined) {
    faults.required(`${at}.sideEffects`, `must specify one of ${NO_SIDE_EFFECTS.join(', ')}`);
  } else faults.oneOf(`${at}.sideEffects`, sideEffects, NO_SIDE_EFFECTS);
  if (typeof timeoutSeconds === 'number' && (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT_S)) {
    faults.invalid(`${at}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds');
  }
  validateReviews(textsAt(webhook, 'admissionReviewVersions'), `${at}.admissionReviewVersions`, faults);
  for (const selector of ['namespaceSelector', 'objectSelector']) {
    validateSelector(fieldsAt(webhook, selector), `${at}.${selector}`, faults, { labels: true });
  }
  validateClient(fieldsAt(webhook, 'clientConfig'), `${at}.clientConfig`, faults);
  validateMatchConditions(webhook, old, at, faults);
}

function validateName(name: string, at: string, faults: Faults): void {
  if (name === '') {
    faults.required(at);
    return;
  }
  faults.invalidAll(at, name, validateDns1123Subdomain(name));
  if (name.split('.').length < MIN_SEGMENTS) {
    faults.invalid(at, name, 'should be a domain with at least three segments separated by dots');
  }
}

function validateReviews(versions: readonly string[], at: string, faults: Faults): void {
  const known = REVIEWS.join(', ');
  if (versions.length === 0) {
    faults.required(at, `must specify one of ${known}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) {
      faults.invalid(`${at}[${index}]`, version, 'duplicate version');
      continue;
    }
    seen.add(version);
    faults.invalidAll(`${at}[${index}]`, version, validateDns1035Label(version));
  }
  if (!versions.some((version) => REVIEWS.includes(version))) {
    faults.invalid(at, versions, `must include at least one of ${known}`);
  }
}

function validateClient(client: Fields, at: string, faults: Faults): void {
  const { url, service } = client;
  if ((url === undefined) === (service === undefined)) {
    faults.required(at, 'exactly one of url or service is required');
  } else if (isFields(service)) validateService(service, `${at}.service`, faults);
  else validateUrl(String(url), `${at}.url`, faults);
}

function validateUrl(text: string, at: string, faults: Faults): void {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i.exec(text);
  if (match === null) {
    faults.invalid(at, text, `url must be a valid URL; ${FORMAT}`);
    return;
  }
  const [, scheme = '', authority = '', , query = '', fragment = ''] = match;
  const mark = authority.lastIndexOf('@');
  const [user, host] = mark < 0 ? ['', authority] : [authority.slice(0, mark), authority.slice(mark + 1)];
  if (scheme !== 'https') faults.invalid(at, scheme, `'https' is the only allowed URL scheme; ${FORMAT}`);
  if (host === '') faults.invalid(at, host, `host must be specified; ${FORMAT}`);
  if (user !== '') faults.invalid(at, user, 'user information is not permitted in the URL');
  if (fragment !== '') faults.invalid(at, fragment, 'fragments are not permitted in the URL');
  if (query !== '') faults.invalid(at, query, 'query parameters are not permitted in the URL');
}

function validateService(service: Fields, at: string, faults: Faults): void {
  for (const name of ['name', 'namespace']) {
    if ((service[name] ?? '') === '') faults.required(`${at}.${name}`);
  }
  const { path, port } = service;
  if (typeof port === 'number' && (port < 1 || port > MAX_PORT)) {
    faults.invalid(`${at}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive');
  }
  if (typeof path === 'string') validatePath(path, `${at}.path`, faults);
}

function validatePath(path: string, at: string, faults: Faults): void {
  if (path === '/' || path === '') return;
  if (path === '//') {
    faults.invalid(at, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) faults.invalid(at, path, "must start with a '/'");
  const toCheck = path.slice(1);
  const steps = (toCheck.endsWith('/') ? toCheck.slice(0, -1) : toCheck).split('/');
  for (const [index, step] of steps.entries()) {
    if (step === '') {
      faults.invalid(at, path, `segment[${index}] may not be empty`);
      continue;
    }
    for (const why of validateDns1123Subdomain(step)) faults.invalid(at, path, `segment[${index}]: ${why}`);
  }
}

/** One rule of a webhook or of a policy. */
export function validateRule(rule: Fields, at: string, faults: Faults): void {
  validateStarred(textsAt(rule, 'operations'), `${at}.operations`, 'operations', faults, (operation, place) => {
    if (!OPERATIONS.includes(operation)) faults.notSupported(place, operation, OPERATIONS);
  });
  validateStarred(textsAt(rule, 'apiGroups'), `${at}.apiGroups`, 'API groups', faults);
  validateStarred(textsAt(rule, 'apiVersions'), `${at}.apiVersions`, 'API versions', faults, (version, place) => {
    if (version === '') faults.required(place);
  });
  validateResources(textsAt(rule, 'resources'), `${at}.resources`, faults);
  faults.oneOf(`${at}.scope`, rule['scope'], ['*', 'Cluster', 'Namespaced']);
}

function validateStarred(
  values: readonly string[],
  at: string,
  what: string,
  faults: Faults,
  each: (value: string, at: string) => void = () => undefined,
): void {
  if (values.length === 0) {
    faults.required(at);
    return;
  }
  if (values.length > 1 && values.includes('*')) {
    faults.invalid(at, values, `if '*' is present, must not specify other ${what}`);
  }
  for (const [index, value] of values.entries()) each(value, `${at}[${index}]`);
}

function validateResources(resources: readonly string[], at: string, faults: Faults): void {
  if (resources.length === 0) {
    faults.required(at);
    return;
  }
  const whole = new Set<string>();
  const parts = new Set<string>();
  for (const [index, resource] of resources.entries()) {
    const place = `${at}[${index}]`;
    if (resource === '') {
      faults.required(place);
      continue;
    }
    if (resource === '*/*') continue;
    const slash = resource.indexOf('/');
    const [name, part] = slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash + 1)];
    if (slash >= 0 && whole.has(name)) {
      faults.invalid(place, resource, `if '${name}/*' is present, must not specify ${resource}`);
    }
    if (slash >= 0 && parts.has(part)) {
      faults.invalid(place, resource, `if '*/${part}' is present, must not specify ${resource}`);
    }
    if (slash >= 0 && part === '*') whole.add(name);
    if (slash >= 0 && name === '*') parts.add(part);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    faults.invalid(at, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes('*') && resources.some((resource) => resource !== '*' && !resource.includes('/'))) {
    faults.invalid(at, resources, "if '*' is present, must not specify other resources without subresources");
  }
}
