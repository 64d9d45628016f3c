import { compileAdmission, type Type } from '@stageset/cel';
import {
  deepEqual,
  type KubeObject,
  parseApiVersion,
  validateDns1035Label,
  validateDns1123Subdomain,
} from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt } from '../fields.ts';
import { type ExpressionScope, validateExpression, validateMatchConditions } from './conditions.ts';
import type { Faults } from './faults.ts';
import { validateSelector } from './selectors.ts';
import { validateRule } from './webhooks.ts';

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const ACTIONS = ['Audit', 'Deny', 'Warn'];
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const MAX_AUDIT_ANNOTATIONS = 20;

export function validatePolicy(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  // What was stored once is not held to rules that came later.
  if (old !== undefined && deepEqual(spec, fieldsAt(old, 'spec'))) return;
  faults.oneOf('spec.failurePolicy', spec['failurePolicy'], ['Fail', 'Ignore']);
  const { paramKind } = spec;
  if (isFields(paramKind)) validateParamKind(paramKind, faults);
  if (isFields(spec['matchConstraints'])) {
    validateConstraints(spec['matchConstraints'], 'spec.matchConstraints', faults);
    if (listAt(spec['matchConstraints'], 'resourceRules').length === 0) {
      faults.required('spec.matchConstraints.resourceRules');
    }
  } else faults.required('spec.matchConstraints');
  const params = isFields(paramKind);
  validateMatchConditions(spec, old === undefined ? undefined : fieldsAt(old, 'spec'), 'spec', faults, { params });
  const variables = validateVariables(listAt(spec, 'variables'), params, faults);
  validateValidations(spec, { params, ...(variables.size === 0 ? {} : { variables }) }, faults);
}

function validateParamKind({ apiVersion, kind }: Fields, faults: Faults): void {
  const at = 'spec.paramKind';
  if ((apiVersion ?? '') === '') faults.required(`${at}.apiVersion`);
  else {
    const { group, version } = parseApiVersion(String(apiVersion));
    if (group !== '') faults.invalidAll(`${at}.apiVersion`, group, validateDns1123Subdomain(group));
    faults.invalidAll(`${at}.apiVersion`, version, validateDns1035Label(version));
  }
  if ((kind ?? '') === '') faults.required(`${at}.kind`);
  else
    for (const why of validateDns1035Label(String(kind).toLowerCase())) {
      faults.invalid(`${at}.kind`, kind, `may have mixed case, but should otherwise match: ${why}`);
    }
}

function validateConstraints(constraints: Fields, at: string, faults: Faults): void {
  faults.oneOf(`${at}.matchPolicy`, constraints['matchPolicy'], ['Equivalent', 'Exact']);
  for (const selector of ['namespaceSelector', 'objectSelector']) {
    validateSelector(fieldsAt(constraints, selector), `${at}.${selector}`, faults, { labels: true });
  }
  for (const list of ['resourceRules', 'excludeResourceRules']) {
    for (const [index, rule] of listAt(constraints, list).entries()) {
      validateRule(rule, `${at}.${list}[${index}]`, faults);
    }
  }
}

function validateVariables(variables: readonly Fields[], params: boolean, faults: Faults): ReadonlyMap<string, Type> {
  const types = new Map<string, Type>();
  for (const [index, variable] of variables.entries()) {
    const at = `spec.variables[${index}]`;
    const name = String(variable['name'] ?? '');
    const text = String(variable['expression'] ?? '');
    if (name === '') faults.required(`${at}.name`, 'name is not specified');
    else if (!IDENTIFIER.test(name)) {
      faults.invalid(`${at}.name`, name, 'must be a valid CEL identifier');
    }
    if (text.trim() === '') {
      faults.required(`${at}.expression`, 'expression is not specified');
      continue;
    }
    const compiled = compileAdmission(text, { params, variables: new Map(types) });
    if (compiled.ok) types.set(name, compiled.program.type);
    else validateExpression(text, `${at}.expression`, faults, { params, variables: new Map(types) });
  }
  return types;
}

function validateValidations(spec: Fields, scope: ExpressionScope, faults: Faults): void {
  const validations = listAt(spec, 'validations');
  const annotations = listAt(spec, 'auditAnnotations');
  if (validations.length === 0 && annotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    faults.required('spec.validations', why);
    faults.required('spec.auditAnnotations', why);
    return;
  }
  for (const [index, validation] of validations.entries()) {
    validateValidation(validation, `spec.validations[${index}]`, scope, faults);
  }
  if (annotations.length > MAX_AUDIT_ANNOTATIONS) {
    const why = `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`;
    faults.invalid('spec.auditAnnotations', annotations, why);
  }
  for (const [index, annotation] of annotations.entries()) {
    validateAnnotation(annotation, `spec.auditAnnotations[${index}]`, scope, faults);
  }
}

function validateValidation(validation: Fields, at: string, scope: ExpressionScope, faults: Faults): void {
  const [expression, message, told] = ['expression', 'message', 'messageExpression'].map((name) =>
    String(validation[name] ?? ''),
  ) as [string, string, string];
  if (expression.trim() === '') faults.required(`${at}.expression`, 'expression is not specified');
  else validateExpression(expression.trim(), `${at}.expression`, faults, { ...scope, result: 'bool' });
  if (told !== '' && told.trim() === '') {
    faults.invalid(`${at}.messageExpression`, told, 'must be non-empty if specified');
  } else if (told !== '')
    validateExpression(told, `${at}.messageExpression`, faults, {
      ...scope,
      authorizer: false,
      result: 'string',
    });
  if (message !== '' && message.trim() === '') {
    faults.invalid(`${at}.message`, message, 'must be non-empty if specified');
  } else if (/[\r\n]/.test(message.trim())) {
    faults.invalid(`${at}.message`, message.trim(), 'must not contain line breaks');
  }
  faults.oneOf(`${at}.reason`, validation['reason'], REASONS);
}

function validateAnnotation(annotation: Fields, at: string, scope: ExpressionScope, faults: Faults): void {
  if (String(annotation['key'] ?? '') === '') faults.required(`${at}.key`);
  const text = String(annotation['valueExpression'] ?? '').trim();
  if (text === '') faults.required(`${at}.valueExpression`, 'valueExpression is not specified');
  else validateExpression(text, `${at}.valueExpression`, faults, scope);
}

export function validatePolicyBinding(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const { policyName, paramRef, matchResources, validationActions } = spec;
  if ((policyName ?? '') === '') faults.required('spec.policyName');
  else faults.invalidAll('spec.policyName', policyName, validateDns1123Subdomain(String(policyName)));
  if (isFields(paramRef)) validateParamRef(paramRef, faults);
  if (isFields(matchResources)) validateConstraints(matchResources, 'spec.matchResources', faults);
  validateActions(Array.isArray(validationActions) ? validationActions : [], faults);
}

function validateParamRef(ref: Fields, faults: Faults): void {
  const at = 'spec.paramRef';
  const { name = '', selector, parameterNotFoundAction } = ref;
  if (name !== '' && selector !== undefined) {
    faults.forbidden(`${at}.name`, 'name and selector are mutually exclusive');
    faults.forbidden(`${at}.selector`, 'name and selector are mutually exclusive');
  } else if (name === '' && selector === undefined) {
    faults.required(at, 'one of name or selector must be specified');
  } else if (isFields(selector)) validateSelector(selector, `${at}.selector`, faults, { labels: true });
  if (parameterNotFoundAction === undefined) faults.required(`${at}.parameterNotFoundAction`);
  else faults.oneOf(`${at}.parameterNotFoundAction`, parameterNotFoundAction, ['Deny', 'Allow']);
}

function validateActions(actions: readonly unknown[], faults: Faults): void {
  const at = 'spec.validationActions';
  if (actions.length === 0) faults.required(at, 'at least one validation action is required');
  const seen = new Set<unknown>();
  for (const [index, action] of actions.entries()) {
    if (!ACTIONS.includes(String(action))) faults.notSupported(`${at}[${index}]`, action, ACTIONS);
    if (seen.has(action)) faults.duplicate(`${at}[${index}]`, action);
    seen.add(action);
  }
  if (seen.has('Deny') && seen.has('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    faults.invalid(at, actions, why);
  }
}
