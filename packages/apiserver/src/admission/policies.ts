import {
  Budget,
  Failure,
  fromJson,
  OBJECT_COST_LIMIT,
  type Program,
  type Result,
  RULE_COST_LIMIT,
  type Value,
} from '@stageset/cel';
import type { KubeObject } from '@stageset/k8s';
import type { Authorization } from '../auth/authorization.ts';
import type { KindTable } from '../registry/kind-table.ts';
import type { Registry } from '../registry/registry.ts';
import { failure, type StatusError } from '../registry/status-error.ts';
import { type Attributes, isOfNamespaces } from './attributes.ts';
import { meetsConditions } from './match-conditions.ts';
import { namespaceValue } from './namespace-value.ts';
import { BindingFault, paramsOf } from './params.ts';
import type { Binding, Constraints, Policy, Validation } from './policy.ts';
import type { PolicyTable } from './policy-table.ts';
import { inVersion, type Match, matchRules } from './rules.ts';
import { isInNamespaces, isSelected } from './selection.ts';
import { admissionVariables } from './variables.ts';

export interface PolicyParts {
  readonly table: PolicyTable;
  readonly kinds: KindTable;
  readonly registry: Registry;
  readonly authorization: Authorization;
}

/** What a policy holds against a request. */
interface Objection {
  readonly message: string;
  readonly reason: string;
}

const MAX_MESSAGE_BYTES = 5 * 1024;
const CODES: Readonly<Record<string, number>> = { Forbidden: 403, RequestEntityTooLarge: 413 };
const UNPROCESSABLE = 422;

/** Evaluates the policies that are bound. */
export class Policies {
  readonly #parts: PolicyParts;

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  get validates(): boolean {
    return this.#parts.table.bound.length > 0;
  }

  /** @throws what the first policy refuses with that denies. */
  validate(attributes: Attributes, warn: (message: string) => void): void {
    let refusal: StatusError | undefined;
    for (const { policy, bindings } of this.#parts.table.bound) {
      const match = this.#match(policy.constraints, attributes);
      if (match === undefined) continue;
      for (const binding of bindings) {
        if (binding.constraints !== undefined && this.#match(binding.constraints, attributes) === undefined) continue;
        for (const objection of this.#objections(policy, binding, attributes, match)) {
          const who = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;
          if (binding.actions.includes('Warn')) warn(`Validation failed for ${who}: ${objection.message}`);
          if (binding.actions.includes('Deny')) refusal ??= denied(attributes, objection, `${who} denied request`);
        }
      }
    }
    if (refusal !== undefined) throw refusal;
  }

  /** A binding without rules is about all that its policy is about. */
  #match(constraints: Constraints, attributes: Attributes): Match | undefined {
    const { kinds, registry } = this.#parts;
    const { rules, exclusions, namespaceSelector, objectSelector, isEquivalent } = constraints;
    if (!isInNamespaces(namespaceSelector, attributes, registry) || !isSelected(objectSelector, attributes)) {
      return undefined;
    }
    if (matchRules(exclusions, attributes, kinds, isEquivalent) !== undefined) return undefined;
    return rules.length === 0 ? { resource: attributes.resource } : matchRules(rules, attributes, kinds, isEquivalent);
  }

  #objections(policy: Policy, binding: Binding, attributes: Attributes, match: Match): readonly Objection[] {
    const { registry, authorization } = this.#parts;
    const place = isOfNamespaces(attributes) ? '' : attributes.namespace;
    let params: readonly (KubeObject | undefined)[];
    try {
      params = paramsOf(policy, binding, place, registry);
    } catch (error) {
      if (!(error instanceof BindingFault)) throw error;
      return failed(policy, `failed to configure binding: ${error.message}`);
    }
    const shown = inVersion(attributes, match);
    const namespace = place === '' ? undefined : registry.get({ apiVersion: 'v1', kind: 'Namespace', name: place });
    const common = admissionVariables(shown, match, authorization);
    common.set('namespaceObject', namespace === undefined ? null : namespaceValue(namespace));
    return params.flatMap((param) => {
      const variables = new Map(common);
      if (policy.paramKind !== undefined) variables.set('params', fromJson(param ?? null));
      return evaluated(policy, variables);
    });
  }
}

/** An error counts as an objection unless the policy ignores errors. */
function failed({ ignoresFailure }: Policy, message: string): readonly Objection[] {
  return ignoresFailure ? [] : [{ message, reason: 'Invalid' }];
}

function evaluated(policy: Policy, variables: ReadonlyMap<string, Value>): readonly Objection[] {
  const met = meetsConditions(policy.conditions, variables);
  if ('error' in met) return failed(policy, met.error);
  if (!met.met) return [];
  const run = new Run(policy, variables);
  return policy.validations.flatMap((validation) => run.objections(validation));
}

/** One evaluation of a policy: its variables are evaluated when they are first needed, and once. */
class Run {
  readonly #policy: Policy;
  readonly #given: ReadonlyMap<string, Value>;
  readonly #known = new Map<string, Result>();
  #left = OBJECT_COST_LIMIT;

  constructor(policy: Policy, given: ReadonlyMap<string, Value>) {
    this.#policy = policy;
    this.#given = given;
  }

  objections({ text, program, message, messageExpression, reason }: Validation): readonly Objection[] {
    const holds = this.#evaluate(program);
    if (holds instanceof Failure) {
      return failed(this.#policy, `expression '${text}' resulted in error: ${holds.message}`);
    }
    if (holds === true) return [];
    const told = messageExpression === undefined ? '' : this.#evaluate(messageExpression);
    return [{ message: usable(told) || message || `failed expression: ${text}`, reason }];
  }

  #evaluate(program: Program | undefined): Result {
    if (program === undefined) return new Failure('the expression did not compile');
    const budget = new Budget(Math.min(RULE_COST_LIMIT, Math.max(0, this.#left)));
    const evaluated = program.evaluate((name) => this.#variable(name), budget);
    this.#left -= budget.spent;
    return evaluated.ok ? evaluated.value : new Failure(evaluated.message);
  }

  #variable(name: string): Result | undefined {
    const given = this.#given.get(name);
    if (given !== undefined || !name.startsWith('variables.')) return given;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const own = name.slice('variables.'.length);
    const variable = this.#policy.variables.find((each) => each.name === own);
    if (variable === undefined) return undefined;
    const value = this.#evaluate(variable.program);
    const result =
      value instanceof Failure
        ? new Failure(`composited variable "${own}" fails to evaluate: ${value.message}`)
        : value;
    this.#known.set(name, result);
    return result;
  }
}

/** What an expression gives as a message; nothing when it is none to be shown. */
function usable(told: Result): string {
  const text = typeof told === 'string' ? told.trim() : '';
  return text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? '' : text;
}

function denied(attributes: Attributes, { message, reason }: Objection, prefix: string): StatusError {
  const { resource, name } = attributes;
  const { group, resource: plural } = resource;
  const why = `${prefix}: ${message}`;
  const code = CODES[reason] ?? UNPROCESSABLE;
  return failure(code, reason, `${resource.groupResource} ${JSON.stringify(name)} is forbidden: ${why}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: plural,
    causes: [{ message: why }],
  });
}
