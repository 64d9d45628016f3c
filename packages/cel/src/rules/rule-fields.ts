import type { Schema, ValidationCause, ValidationRule } from '@stageset/k8s';
import { fieldSchemas } from './schema-type.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const LINE_BREAK = /[\r\n]/;

/** What is wrong with how a definition's rules are written, apart from their expressions. @param path of the schema. */
export function validateRuleFields(schema: Schema, path: string): readonly ValidationCause[] {
  const { items, additionalProperties, not } = schema;
  return [
    ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) =>
      faultsOf(rule, schema, `${path}.x-kubernetes-validations[${index}]`),
    ),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateRuleFields(property, `${path}.properties[${name}]`),
    ),
    ...(items === undefined ? [] : validateRuleFields(items, `${path}.items`)),
    ...(typeof additionalProperties === 'object'
      ? validateRuleFields(additionalProperties, `${path}.additionalProperties`)
      : []),
    ...(not === undefined ? [] : validateRuleFields(not, `${path}.not`)),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((keyword) =>
      (schema[keyword] ?? []).flatMap((node, index) => validateRuleFields(node, `${path}.${keyword}[${index}]`)),
    ),
  ];
}

function faultsOf(rule: ValidationRule, schema: Schema, field: string): readonly ValidationCause[] {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const causes: ValidationCause[] = [];
  if (rule.rule.trim() === '') causes.push(required(`${field}.rule`, 'rule is not specified'));
  else if (message !== '' && message.trim() === '')
    causes.push(invalid(`${field}.message`, message, 'must be non-empty if specified'));
  else if (LINE_BREAK.test(message.trim()))
    causes.push(invalid(`${field}.message`, message, 'must not contain line breaks'));
  else if (LINE_BREAK.test(rule.rule.trim()) && message === '' && messageExpression === '') {
    causes.push(required(`${field}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    causes.push(invalid(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    const supported = REASONS.map((each) => JSON.stringify(each)).join(', ');
    const text = `Unsupported value: ${JSON.stringify(reason)}: supported values: ${supported}`;
    causes.push({ reason: 'FieldValueNotSupported', field: `${field}.reason`, message: text });
  }
  if (fieldPath !== '') causes.push(...pathFaults(fieldPath, schema, `${field}.fieldPath`));
  return causes;
}

function pathFaults(path: string, schema: Schema, field: string): readonly ValidationCause[] {
  if (path.trim() === '') return [invalid(field, path, 'must be non-empty if specified')];
  if (LINE_BREAK.test(path)) return [invalid(field, path, 'must not contain line breaks')];
  return normalPath(path, schema) !== undefined ? [] : [invalid(field, path, 'must be a valid path')];
}

const STEP = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)+)'\]/y;

/** A path as causes have it, with the keys of maps in brackets; undefined unless it leads to a field. Lists have no steps. */
export function normalPath(path: string, schema: Schema): string | undefined {
  let at: Schema | undefined = schema;
  let normal = '';
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const [, plain, quoted] = STEP.exec(path) ?? [];
    const name = plain ?? quoted?.replaceAll(/\\(.)/g, '$1');
    if (name === undefined || at === undefined) return undefined;
    const known: Schema | undefined = fieldSchemas(at).find(([field]) => field === name)?.[1];
    at = known ?? (typeof at.additionalProperties === 'object' ? at.additionalProperties : undefined);
    if (at === undefined) return undefined;
    normal += known === undefined ? `[${name}]` : `.${name}`;
  }
  return normal;
}

function invalid(field: string, value: string, why: string): ValidationCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

function required(field: string, why: string): ValidationCause {
  return { reason: 'FieldValueRequired', field, message: `Required value: ${why}` };
}
