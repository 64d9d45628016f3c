import { compileAdmission, type Program, type Type } from '@stageset/cel';
import { type JsonObject, type KubeObject, type LabelSelector, labelSelectorOf } from '@stageset/k8s';
import { type MatchConditions, readMatchConditions } from './match-conditions.ts';
import { objectOf, objectsOf, textOf, textsOf } from './read.ts';
import { type Rule, readRules } from './rules.ts';

/** Which requests a policy or a binding is about. */
export interface Constraints {
  readonly rules: readonly Rule[];
  readonly exclusions: readonly Rule[];
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
  readonly isEquivalent: boolean;
}

export interface Validation {
  readonly text: string;
  readonly program: Program | undefined;
  readonly message: string;
  readonly messageExpression: Program | undefined;
  readonly reason: string;
}

export interface Variable {
  readonly name: string;
  readonly program: Program | undefined;
}

/** A ValidatingAdmissionPolicy, ready to be evaluated. */
export interface Policy {
  readonly name: string;
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly constraints: Constraints;
  readonly conditions: MatchConditions;
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
  readonly ignoresFailure: boolean;
}

/** A ValidatingAdmissionPolicyBinding: where a policy is in force, with which parameters, and what comes of a failure. */
export interface Binding {
  readonly name: string;
  readonly policy: string;
  readonly param: ParamRef | undefined;
  readonly constraints: Constraints | undefined;
  readonly actions: readonly string[];
}

export interface ParamRef {
  readonly name: string;
  readonly namespace: string;
  readonly selector: LabelSelector | undefined;
  readonly refusesNone: boolean;
}

export function readPolicy(policy: KubeObject): Policy {
  const spec = objectOf(policy['spec']);
  const ignoresFailure = spec['failurePolicy'] === 'Ignore';
  const paramKind = spec['paramKind'] === undefined ? undefined : objectOf(spec['paramKind']);
  const params = paramKind !== undefined;
  const { variables, types } = readVariables(spec['variables'], params);
  const compiled = (text: string): Program | undefined => {
    const result = compileAdmission(text, { params, ...(types.size === 0 ? {} : { variables: types }) });
    return result.ok ? result.program : undefined;
  };
  return {
    name: policy.metadata.name,
    paramKind:
      paramKind === undefined
        ? undefined
        : { apiVersion: textOf(paramKind['apiVersion']), kind: textOf(paramKind['kind']) },
    constraints: readConstraints(objectOf(spec['matchConstraints'])),
    conditions: readMatchConditions(spec['matchConditions'], ignoresFailure, params),
    variables,
    validations: objectsOf(spec['validations']).map((validation) => readValidation(validation, compiled)),
    ignoresFailure,
  };
}

function readValidation(validation: JsonObject, compiled: (text: string) => Program | undefined): Validation {
  const text = textOf(validation['expression']);
  const messageExpression = textOf(validation['messageExpression']);
  return {
    text: text.trim(),
    program: compiled(text),
    message: textOf(validation['message']).trim(),
    messageExpression: messageExpression === '' ? undefined : compiled(messageExpression),
    reason: textOf(validation['reason'], 'Invalid'),
  };
}

/** Each variable sees those before it. */
function readVariables(
  value: unknown,
  params: boolean,
): { readonly variables: readonly Variable[]; readonly types: ReadonlyMap<string, Type> } {
  const types = new Map<string, Type>();
  const variables = objectsOf(value).map((variable) => {
    const name = textOf(variable['name']);
    const result = compileAdmission(textOf(variable['expression']), { params, variables: new Map(types) });
    types.set(name, result.ok ? result.program.type : { kind: 'dyn' });
    return { name, program: result.ok ? result.program : undefined };
  });
  return { variables, types };
}

export function readBinding(binding: KubeObject): Binding {
  const spec = objectOf(binding['spec']);
  return {
    name: binding.metadata.name,
    policy: textOf(spec['policyName']),
    param: spec['paramRef'] === undefined ? undefined : readParamRef(objectOf(spec['paramRef'])),
    constraints: spec['matchResources'] === undefined ? undefined : readConstraints(objectOf(spec['matchResources'])),
    actions: textsOf(spec['validationActions']),
  };
}

function readParamRef(ref: JsonObject): ParamRef {
  const { selector } = ref;
  return {
    name: textOf(ref['name']),
    namespace: textOf(ref['namespace']),
    selector: selector === undefined ? undefined : labelSelectorOf(objectOf(selector)),
    refusesNone: ref['parameterNotFoundAction'] === 'Deny',
  };
}

function readConstraints(constraints: JsonObject): Constraints {
  return {
    rules: readRules(constraints['resourceRules']),
    exclusions: readRules(constraints['excludeResourceRules']),
    namespaceSelector: labelSelectorOf(objectOf(constraints['namespaceSelector'])),
    objectSelector: labelSelectorOf(objectOf(constraints['objectSelector'])),
    isEquivalent: constraints['matchPolicy'] !== 'Exact',
  };
}
