import { isJsonArray, isJsonObject, isUnchanged, own, type ValidationCause, type ValidationRule } from '@stageset/k8s';
import { Budget } from '../evaluate/budget.ts';
import type { Evaluated, Program } from '../expression.ts';
import { MapValue, Optional, type Value } from '../values/value.ts';
import { escapeField } from './escape.ts';
import type { Rule, RuleNode } from './rule-set.ts';
import { schemaValue } from './schema-value.ts';

/** What one evaluation may cost, and all of one object: Kubernetes' own bounds. */
export const RULE_COST_LIMIT = 1_000_000;
export const OBJECT_COST_LIMIT = 10_000_000;

export interface RuleFindings {
  readonly causes: readonly ValidationCause[];
  /** What is no worse than it was: the value has not been touched. */
  readonly warnings: readonly string[];
}

export interface RuleOptions {
  /** Whether what is as it was is only warned of; true when left out. */
  readonly ratchets?: boolean;
}

/** Evaluates the rules of a definition on an object, and on what it was before. */
export function validateRules(
  root: RuleNode,
  object: unknown,
  old?: unknown,
  { ratchets = true }: RuleOptions = {},
): RuleFindings {
  const run = new Run(ratchets);
  const before = old === undefined ? undefined : { json: old, value: schemaValue(old, root.schema) };
  run.node(root, '', { json: object, value: schemaValue(object, root.schema) }, before, false);
  return run;
}

interface Both {
  readonly json: unknown;
  readonly value: Value;
}

class Run implements RuleFindings {
  readonly causes: ValidationCause[] = [];
  readonly warnings: string[] = [];
  readonly #ratchets: boolean;
  #left = OBJECT_COST_LIMIT;

  constructor(ratchets: boolean) {
    this.#ratchets = ratchets;
  }

  /** @param isSame whether the nearest part around it that can be found again has not changed. */
  node(node: RuleNode, path: string, now: Both, before: Both | undefined, isSame: boolean): void {
    // What is null is nothing to a rule.
    if (now.json === null) return;
    const unchanged = before === undefined ? isSame : isUnchanged(now.json, before.json, node.schema);
    for (const rule of node.rules) {
      if (this.#left < 0) return;
      this.#rule(rule, node, path, { now, before, unchanged });
    }
    if (isJsonArray(now.json)) this.#list(node, path, now, before, unchanged);
    else if (isJsonObject(now.json)) this.#object(node, path, now, before, unchanged);
  }

  #list(node: RuleNode, path: string, now: Both, before: Both | undefined, unchanged: boolean): void {
    const { items, schema } = node;
    if (items === undefined || !isJsonArray(now.json)) return;
    const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
    const former = keys === undefined ? undefined : itemsByKey(before, keys);
    for (const [index, json] of now.json.entries()) {
      const item = { json, value: (now.value as readonly Value[])[index] ?? null };
      const old = keys === undefined ? undefined : former?.get(keyOf(json, keys));
      this.node(items, `${path}[${index}]`, item, old, unchanged && old === undefined);
    }
  }

  #object(node: RuleNode, path: string, now: Both, before: Both | undefined, unchanged: boolean): void {
    if (!isJsonObject(now.json)) return;
    const isMap = node.items !== undefined;
    for (const key of Object.keys(now.json).sort()) {
      const child = isMap ? node.items : node.fields.get(key);
      const name = isMap ? key : escapeField(key);
      if (child === undefined || name === undefined) continue;
      const item = partOf(now, key, name);
      if (item === undefined) continue;
      const at = isMap ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      this.node(child, at, item, before === undefined ? undefined : partOf(before, key, name), unchanged);
    }
  }

  #rule(rule: Rule, node: RuleNode, path: string, { now, before, unchanged }: Change): void {
    const { source, program, usesOld } = rule;
    const isOptional = source.optionalOldSelf === true;
    if (usesOld && before === undefined && !isOptional) return;
    const oldSelf = isOptional ? (before === undefined ? Optional.none : new Optional(before.value)) : before?.value;
    const variables = { self: now.value, ...(oldSelf === undefined ? {} : { oldSelf }) };
    const tell = (cause: ValidationCause): void => {
      if (this.#ratchets && !usesOld && unchanged) this.warnings.push(`${cause.field}: ${cause.message}`);
      else this.causes.push(cause);
    };
    const field = path === '' ? '<nil>' : path;
    const type = JSON.stringify(node.schema.type ?? '');
    const wrong = (why: string): void =>
      tell({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${type}: ${why}` });
    const told = source.message === undefined || source.message === '' ? source.rule.trim() : source.message.trim();
    if ('problem' in program) {
      wrong(program.problem);
      return;
    }
    const evaluated = this.#evaluate(program, variables);
    if (evaluated === undefined) {
      wrong('validation failed due to running out of cost budget, no further validation rules will be run');
    } else if (!evaluated.ok) {
      if (evaluated.kind === 'cost-exceeded') this.#left = -1;
      wrong(whyNot(evaluated, told));
    } else if (evaluated.value !== true) {
      tell(causeOf(source, fieldOf(field, rule.fieldPath), now.json, this.#message(rule, variables)));
    }
  }

  /** Undefined when what the whole object may cost is used up. */
  #evaluate(program: Program, variables: Readonly<Record<string, Value>>): Evaluated | undefined {
    const budget = new Budget(RULE_COST_LIMIT);
    const evaluated = program.evaluate(variables, budget);
    this.#left -= budget.spent;
    return this.#left < 0 ? undefined : evaluated;
  }

  #message({ source, message }: Rule, variables: Readonly<Record<string, Value>>): string {
    const evaluated = message === undefined ? undefined : this.#evaluate(message, variables);
    if (evaluated?.ok === true && typeof evaluated.value === 'string') {
      const text = evaluated.value.trim();
      if (text !== '' && !/[\r\n]/.test(text)) return text;
    }
    const { message: fixed = '', rule } = source;
    return fixed === '' ? `failed rule: ${rule.trim()}` : fixed.trim();
  }
}

/** Why a rule could not be evaluated, in the words of a real server. */
function whyNot({ kind, message }: Evaluated & { readonly ok: false }, rule: string): string {
  if (kind === 'cost-exceeded') {
    return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  }
  return message.startsWith('no such overload')
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`
    : `${conversionOf(message)} evaluating rule: ${rule}`;
}

const PARSED: Readonly<Record<string, string>> = { Int: 'int', Uint: 'uint', Float: 'double' };

/** The library of API servers does not tell why a text is no number. */
function conversionOf(message: string): string {
  const type = PARSED[/^strconv\.Parse(Int|Uint|Float): /.exec(message)?.[1] ?? ''];
  return type === undefined ? message : `type conversion error from 'string' to '${type}'`;
}

interface Change {
  readonly now: Both;
  readonly before: Both | undefined;
  readonly unchanged: boolean;
}

function partOf({ json, value }: Both, key: string, name: string): Both | undefined {
  const part = isJsonObject(json) ? own(json, key) : undefined;
  const of = value instanceof MapValue ? value.get(name) : undefined;
  return part === undefined || of === undefined ? undefined : { json: part, value: of };
}

function itemsByKey(list: Both | undefined, keys: readonly string[]): ReadonlyMap<string, Both> {
  const found = new Map<string, Both>();
  if (list === undefined || !isJsonArray(list.json)) return found;
  for (const [index, json] of list.json.entries()) {
    found.set(keyOf(json, keys), { json, value: (list.value as readonly Value[])[index] ?? null });
  }
  return found;
}

function keyOf(item: unknown, keys: readonly string[]): string {
  return JSON.stringify(isJsonObject(item) ? keys.map((key) => own(item, key) ?? null) : null);
}

function fieldOf(field: string, path: string | undefined): string {
  if (path === undefined || path === '') return field;
  // A key of a map is a step of its own here, as the real server has it.
  const step = path.startsWith('[') ? `.${path}` : path;
  return field === '<nil>' ? step.replace(/^\.(?!\[)/, '') : `${field}${step}`;
}

function causeOf({ reason }: ValidationRule, field: string, json: unknown, message: string): ValidationCause {
  const value = typeof json === 'object' && json !== null ? '' : `${JSON.stringify(json)}`;
  const prefix = value === '' ? '' : `${value}: `;
  switch (reason) {
    case 'FieldValueForbidden':
      return { reason, field, message: `Forbidden: ${message}` };
    case 'FieldValueRequired':
      return { reason, field, message: `Required value: ${message}` };
    case 'FieldValueDuplicate':
      return { reason, field, message: value === '' ? 'Duplicate value' : `Duplicate value: ${value}` };
    default:
      return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${prefix}${message}` };
  }
}
