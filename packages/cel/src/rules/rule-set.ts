import type { Schema, ValidationCause, ValidationRule } from '@stageset/k8s';
import { createEnvironment } from '../environment.ts';
import { type Compiled, compileExpression, type Program } from '../expression.ts';
import { LIBRARIES } from '../library/index.ts';
import { mentions } from '../syntax/mentions.ts';
import { optionalOf, type Type } from '../types/type.ts';
import { asResource, fieldSchemas, itemSchema, schemaType, valueSchema } from './schema-type.ts';

/** What rules of definitions may call, as Kubernetes has it. */
export const KUBERNETES = createEnvironment({
  functions: [LIBRARIES.strings, LIBRARIES.lists, LIBRARIES.sets, LIBRARIES.kubernetes],
  optionals: true,
  mixedNumbers: true,
  pairs: true,
  uniformLiterals: true,
});

/** The rules of a schema, ready to be evaluated, in the shape of the schema. */
export interface RuleNode {
  readonly schema: Schema;
  readonly rules: readonly Rule[];
  readonly fields: ReadonlyMap<string, RuleNode>;
  /** Of a list's items or a map's values. */
  readonly items?: RuleNode;
}

export interface Rule {
  readonly source: ValidationRule;
  readonly program: Program;
  readonly message?: Program;
  readonly usesOld: boolean;
}

export interface RuleSet {
  /** Undefined when the schema has no rule. */
  readonly root: RuleNode | undefined;
  /** What a server answers to the definition. Rules that do not compile are not in the set. */
  readonly causes: readonly ValidationCause[];
}

/** Compiles all rules of a definition's schema. @param path of the schema, for causes. */
export function compileRules(schema: Schema, path: string): RuleSet {
  const causes: ValidationCause[] = [];
  const root = compileNode(asResource(schema), { path, name: 'self', causes, loose: undefined });
  return { root, causes };
}

interface Place {
  readonly path: string;
  readonly name: string;
  readonly causes: ValidationCause[];
  /** The list or map around it in whose items former values cannot be found again. */
  readonly loose: string | undefined;
}

function compileNode(schema: Schema, place: Place): RuleNode | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).flatMap((source, index) =>
    compileRule(source, schema, index, place),
  );
  const fields = new Map<string, RuleNode>();
  for (const [field, property] of fieldSchemas(schema)) {
    const isMetadata = place.name === 'self' && field === 'metadata';
    const at = { ...place, path: `${place.path}.properties[${field}]`, name: `${place.name}.${field}` };
    const node = isMetadata ? undefined : compileNode(property, at);
    if (node !== undefined) fields.set(field, node);
  }
  const items = compileItems(schema, place);
  if (rules.length === 0 && fields.size === 0 && items === undefined) return undefined;
  return { schema, rules, fields, ...(items === undefined ? {} : { items }) };
}

function compileItems(schema: Schema, place: Place): RuleNode | undefined {
  const values = valueSchema(schema);
  if (values !== undefined) {
    return compileNode(values, { ...place, path: `${place.path}.additionalProperties`, name: `${place.name}.@elem` });
  }
  const items = itemSchema(schema);
  if (items === undefined) return undefined;
  const isMap = schema['x-kubernetes-list-type'] === 'map';
  const loose = isMap ? place.loose : (place.loose ?? place.path);
  return compileNode(items, { ...place, path: `${place.path}.items`, name: `${place.name}.@idx`, loose });
}

function compileRule(
  source: ValidationRule,
  schema: Schema,
  index: number,
  { path, name, causes, loose }: Place,
): Rule[] {
  const self = schemaType(schema, name);
  const field = `${path}.x-kubernetes-validations[${index}]`;
  if (self === undefined || source.rule.trim() === '') return [];
  const variables = variablesOf(self, source.optionalOldSelf === true);
  const compiled = compileExpression(source.rule, { environment: KUBERNETES, variables });
  if (!compiled.ok || compiled.program.type.kind !== 'bool') {
    const why = compiled.ok ? 'cel expression must evaluate to a bool' : `compilation failed: ${displayed(compiled)}`;
    causes.push(invalid(`${field}.rule`, shown(source), why));
    return [];
  }
  const usesOld = mentions(compiled.program.expression, 'oldSelf');
  if (usesOld && loose !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${loose}`;
    causes.push(invalid(`${field}.rule`, JSON.stringify(source.rule), why));
    return [];
  }
  if (!usesOld && source.optionalOldSelf !== undefined) {
    const why = 'may not be set if oldSelf is not used in rule';
    causes.push(invalid(`${field}.optionalOldSelf`, String(source.optionalOldSelf), why));
  }
  const message = compileMessage(source, variables, `${field}.messageExpression`, causes);
  return [{ source, program: compiled.program, usesOld, ...(message === undefined ? {} : { message }) }];
}

function compileMessage(
  source: ValidationRule,
  variables: ReadonlyMap<string, Type>,
  field: string,
  causes: ValidationCause[],
): Program | undefined {
  const { messageExpression } = source;
  if (messageExpression === undefined || messageExpression === '') return undefined;
  const compiled = compileExpression(messageExpression, { environment: KUBERNETES, variables });
  if (!compiled.ok) {
    causes.push(invalid(field, shown(source), `messageExpression compilation failed: ${displayed(compiled)}`));
  } else if (compiled.program.type.kind !== 'string') {
    causes.push(invalid(field, shown(source), 'messageExpression must evaluate to a string'));
  } else return compiled.program;
  return undefined;
}

function variablesOf(self: Type, isOptional: boolean): ReadonlyMap<string, Type> {
  return new Map([
    ['self', self],
    ['oldSelf', isOptional ? optionalOf(self) : self],
  ]);
}

function displayed(compiled: Compiled & { readonly ok: false }): string {
  return compiled.problems.map(({ display }) => display).join('\n');
}

function invalid(field: string, value: string, why: string): ValidationCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${why}` };
}

/** A rule as a server of Go prints it. */
function shown({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule): string {
  const json = JSON.stringify({
    Rule: rule,
    Message: message ?? '',
    MessageExpression: messageExpression ?? '',
    Reason: reason ?? null,
    FieldPath: fieldPath ?? '',
    OptionalOldSelf: optionalOldSelf ?? null,
  });
  return json.replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}
