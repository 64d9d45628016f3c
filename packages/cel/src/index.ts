export { type AdmissionScope, compileAdmission } from './admission/admission-expression.ts';
export { createEnvironment, type Environment, type EnvironmentOptions } from './environment.ts';
export { Budget } from './evaluate/budget.ts';
export {
  type Compiled,
  compileExpression,
  DEFAULT_COST_LIMIT,
  type Evaluated,
  type ExpressionOptions,
  type Program,
  type Variables,
} from './expression.ts';
export {
  type CompiledHealth,
  compileHealth,
  type ExpressionHealth,
  type HealthEvaluator,
  type HealthExpressions,
} from './health/health-expressions.ts';
export { askReadyCheck, type CheckAnswer, compileReadyCheck, readyCheckVariables } from './health/ready-check.ts';
export { type AccessQuestion, type Authorize, authorizerValue, requestResourceValue } from './library/authorizer.ts';
export { LIBRARIES } from './library/index.ts';
export type { ExpressionProblem } from './problem.ts';
export { validateRuleFields } from './rules/rule-fields.ts';
export { compileRules, compileValueRules, KUBERNETES, type RuleNode, type RuleSet } from './rules/rule-set.ts';
export { OBJECT_COST_LIMIT, RULE_COST_LIMIT, type RuleFindings, validateRules } from './rules/validate-rules.ts';
export {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  formatType,
  INT,
  listOf,
  mapOf,
  type ObjectType,
  optionalOf,
  STRING,
  TIMESTAMP,
  type Type,
  UINT,
} from './types/type.ts';
export { fromJson } from './values/convert.ts';
export { Duration, parseDuration, parseTimestamp, Timestamp } from './values/time.ts';
export { typeName } from './values/type-of.ts';
export { Failure, MapValue, Optional, type Result, Uint, type Value } from './values/value.ts';
