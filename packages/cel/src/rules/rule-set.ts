import type { Schema, ValidationCause, ValidationRule } from '@stageset/k8s';
import { times as product } from '../cost/size.ts';
import { createEnvironment } from '../environment.ts';
import { type Compiled, compileExpression, type ExpressionOptions, type Program } from '../expression.ts';
import { LIBRARIES } from '../library/index.ts';
import { mentions } from '../syntax/mentions.ts';
import { optionalOf, type Type } from '../types/type.ts';
import { RuleCosts } from './rule-costs.ts';
import { normalPath } from './rule-fields.ts';
import { type SchemaSizes, schemaSizes, timesOfChildren } from './schema-sizes.ts';
import { asResource, fieldSchemas, itemSchema, schemaType, valueSchema } from './schema-type.ts';

/** What rules of definitions may call, as Kubernetes has it. */
export const KUBERNETES = createEnvironment({
  functions: [LIBRARIES.strings, LIBRARIES.lists, LIBRARIES.sets, LIBRARIES.kubernetes],
  optionals: true,
  mixedNumbers: true,
  pairs: true,
  bindings: false,
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
  /** Why there is none instead, for rules that do not compile. */
  readonly program: Program | { readonly problem: string };
  /** The field it speaks of, when there is such a field. */
  readonly fieldPath?: string;
  readonly message?: Program;
  readonly usesOld: boolean;
}

export interface RuleSet {
  /** Undefined when the schema has no rule. */
  readonly root: RuleNode | undefined;
  /** What a server answers to the definition. */
  readonly causes: readonly ValidationCause[];
}

/**
 * Compiles all rules of a definition's schema, and estimates what they may cost.
 *
 * @param path of the schema, for causes.
 * @param isNew false for a schema that was there before: a single rule of it may cost what it likes.
 */
export function compileRules(schema: Schema, path: string, isNew = true): RuleSet {
  const causes: ValidationCause[] = [];
  const costs = new RuleCosts(isNew);
  const root = compileNode(asResource(schema), { path, name: 'self', causes, costs, loose: undefined, times: 1 });
  return { root, causes: [...causes, ...costs.total(path)] };
}

/** The rules of a part of a schema, which is not an object of its own. */
export function compileValueRules(schema: Schema): RuleNode | undefined {
  const costs = new RuleCosts(false);
  return compileNode(schema, { path: '', name: 'self', causes: [], costs, loose: undefined, times: 1 });
}

interface Place {
  readonly path: string;
  readonly name: string;
  readonly causes: ValidationCause[];
  /** The list or map around it in whose items former values cannot be found again. */
  readonly loose: string | undefined;
  readonly costs: RuleCosts;
  /** How many values of the schema an object may have; undefined where no list or map around it has a bound. */
  readonly times: number | undefined;
}

function compileNode(schema: Schema, own: Place): RuleNode | undefined {
  const sources = schema['x-kubernetes-validations'] ?? [];
  const sizes = sources.length === 0 ? undefined : schemaSizes(schema);
  const rules =
    sizes === undefined ? [] : sources.flatMap((source, index) => compileRule(source, { schema, sizes, index }, own));
  const children = timesOfChildren(schema);
  const times = own.times === undefined || children === undefined ? undefined : product(own.times, children);
  const place = { ...own, times };
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

interface Ruled {
  readonly schema: Schema;
  readonly sizes: SchemaSizes;
  /** Of the rule among those of the schema. */
  readonly index: number;
}

function compileRule(source: ValidationRule, { schema, sizes, index }: Ruled, place: Place): Rule[] {
  const { path, name, causes, loose, costs, times = sizes.timesInRequest } = place;
  const self = schemaType(schema, name);
  const field = `${path}.x-kubernetes-validations[${index}]`;
  if (self === undefined) {
    if (index > 0) return [];
    causes.push(untyped(`${path}.x-kubernetes-validations`));
    return path === '' ? [{ source, program: { problem: UNTYPED }, usesOld: false }] : [];
  }
  if (source.rule.trim() === '') return [];
  const variables = variablesOf(self, source.optionalOldSelf === true);
  const options = { environment: KUBERNETES, variables, sizes: sizes.lookup };
  const compiled = compileExpression(source.rule, options);
  if (!compiled.ok || compiled.program.type.kind !== 'bool') {
    const why = compiled.ok ? 'cel expression must evaluate to a bool' : `compilation failed: ${displayed(compiled)}`;
    causes.push(invalid(`${field}.rule`, shown(source), why), ...needlessOption(source, field));
    return [{ source, program: { problem: `rule compile error: ${why}` }, usesOld: false }];
  }
  causes.push(...costs.add(`${field}.rule`, 'rule', product(compiled.program.estimate ?? 0, times)));
  const message = compileMessage(source, options, `${field}.messageExpression`, place);
  const usesOld = mentions(compiled.program.expression, 'oldSelf');
  if (usesOld && loose !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${loose}`;
    causes.push(invalid(`${field}.rule`, JSON.stringify(source.rule), why));
    return [];
  }
  if (!usesOld) causes.push(...needlessOption(source, field));
  const { fieldPath: given = '' } = source;
  const fieldPath = given === '' ? undefined : normalPath(given, schema);
  return [
    {
      source,
      program: compiled.program,
      usesOld,
      ...(message === undefined ? {} : { message }),
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
  ];
}

function needlessOption({ optionalOldSelf }: ValidationRule, field: string): readonly ValidationCause[] {
  if (optionalOldSelf === undefined) return [];
  const why = 'may not be set if oldSelf is not used in rule';
  return [invalid(`${field}.optionalOldSelf`, String(optionalOldSelf), why)];
}

function compileMessage(
  source: ValidationRule,
  options: ExpressionOptions,
  field: string,
  { causes, costs }: Place,
): Program | undefined {
  const { messageExpression } = source;
  if (messageExpression === undefined || messageExpression === '') return undefined;
  const compiled = compileExpression(messageExpression, options);
  if (!compiled.ok) {
    causes.push(invalid(field, shown(source), `messageExpression compilation failed: ${displayed(compiled)}`));
  } else if (compiled.program.type.kind !== 'string') {
    causes.push(invalid(field, shown(source), 'messageExpression must evaluate to a string'));
  } else {
    causes.push(...costs.add(field, 'messageExpression', compiled.program.estimate ?? 0));
    return compiled.program;
  }
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

const UNTYPED = 'rule compiler initialization error: failed to convert to declType for CEL validation rules';

function untyped(field: string): ValidationCause {
  const why =
    'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';
  return { reason: 'InternalError', field, message: `Internal error: ${why}` };
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
