import { askReadyCheck, compileHealth, compileReadyCheck } from '@stageset/cel';
import type { JsonObject } from '@stageset/k8s';
import type { Oracle, OracleAnswer } from '../oracles/oracle.ts';
import type { Random } from '../support/random.ts';
import { OBJECTS } from './cel-objects.ts';
import { type Comparison, type Fuzzer, runFuzz, type Subject, shorterTexts } from './fuzzer.ts';

interface Given {
  /** Checked as a ready check, or only read, as Flux reads expressions of health. */
  readonly op: 'cel' | 'healthExprs';
  readonly expr: string;
  readonly object: JsonObject;
}

const PATHS = [
  ...['status.phase', 'status.readyReplicas', 'spec.replicas', 'metadata.generation', 'status.observedGeneration'],
  ...['metadata.name', 'metadata.labels', 'metadata.labels.app', 'metadata.annotations', 'status.conditions', 'spec'],
  ...['status.conditions[0].type', 'status.conditions[1].status', "metadata.labels['app.kubernetes.io/name']"],
  ...['spec.template.spec.containers', 'spec.template.spec.containers[0].image', 'spec.ports', 'status.loadBalancer'],
  ...['spec.ratio', 'status.missing', 'spec.paused', 'status.conditions[9]', 'spec.selector', 'metadata', 'status'],
  ...['kind', 'apiVersion', 'metadata.creationTimestamp', 'spec.nothing', 'data', 'object.spec', 'status.ready'],
];
const LITERALS = [
  ...["'Ready'", "'True'", "'web'", "''", '"Running"', "'a.b'", 'r"\\d+"', "'é😀'", "'10'", "'1.5'", "'1h30m'"],
  ...["'2024-01-02T03:04:05Z'", '0', '1', '2', '3', '-1', '5u', '1.5', '0.0', '1e3', 'true', 'false', 'null', "b'x'"],
  ...['9223372036854775807', '-9223372036854775808', '0x1F', '18446744073709551615u', '[]', '{}', "['a', 'b']"],
  ...['[1, 2, 3]', "{'a': 1}", '{1: true}', '[1, 2.0]', "[1, 'a']", 'int', 'string', "'^W.*b$'", "'['"],
];
/** Keys of other types are refused here, and taken by the reference, which then finds nothing. */
const KEYS = ["'a'", "'app'", '1', 'true', '5u', 'metadata.name'];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const ARITHMETIC = ['+', '-', '*', '/', '%'];
const METHODS = [
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'size',
  'getFullYear',
  'getHours',
  'lowerAscii',
  'charAt',
];
const CONVERSIONS = [
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'bool',
  'dyn',
  'type',
  'size',
  'timestamp',
  'duration',
  'has',
];
const MACROS = ['all', 'exists', 'exists_one', 'filter', 'map'];
const VARIABLES = ['c', 'x', 'e', 'i'];
const NOISE = [...'()[]{}.,?:!&|=<>+-*/%"\'\\ \n', 'in', 'has', 'a', '1', 'u', '//', 'if', '`'];

function value(random: Random, depth: number, scope: readonly string[]): string {
  const inner = (): string => value(random, depth - 1, scope);
  if (depth <= 0 || random.chance(0.25)) return leaf(random, scope);
  switch (random.below(9)) {
    case 0:
      return `${inner()} ${random.pick(ARITHMETIC)} ${inner()}`;
    case 1:
      return `(${condition(random, depth - 1, scope)} ? ${inner()} : ${inner()})`;
    case 2:
      return `${random.pick(CONVERSIONS)}(${inner()})`;
    case 3:
      return `[${inner()}, ${inner()}]`;
    case 4:
      return `{${random.pick(KEYS)}: ${inner()}}`;
    case 5:
      return `${inner()}[${inner()}]`;
    case 6:
      return fold(random, depth, scope, random.pick(['filter', 'map']));
    case 7:
      return `${random.pick(['-', '!'])}${inner()}`;
    default:
      return `(${inner()})`;
  }
}

function leaf(random: Random, scope: readonly string[]): string {
  if (scope.length > 0 && random.chance(0.4)) {
    return `${random.pick(scope)}${random.pick(['', '', '.type', '.status', '.name', '.image', '.port'])}`;
  }
  return random.pick(random.chance(0.6) ? PATHS : LITERALS);
}

function fold(random: Random, depth: number, scope: readonly string[], macro: string): string {
  const name = random.pick(VARIABLES);
  const range = random.chance(0.7)
    ? random.pick(['status.conditions', 'metadata.labels', 'spec.ports', '[1, 2, 3]', 'spec.template.spec.containers'])
    : value(random, depth - 1, scope);
  const body =
    macro === 'map' ? value(random, depth - 1, [...scope, name]) : condition(random, depth - 1, [...scope, name]);
  return `${range}.${macro}(${name}, ${body})`;
}

function condition(random: Random, depth: number, scope: readonly string[]): string {
  const inner = (): string => condition(random, depth - 1, scope);
  const operand = (): string => value(random, depth - 1, scope);
  if (depth <= 0) return `${leaf(random, scope)} ${random.pick(COMPARISONS)} ${leaf(random, scope)}`;
  switch (random.below(10)) {
    case 0:
      return `${inner()} && ${inner()}`;
    case 1:
      return `${inner()} || ${inner()}`;
    case 2:
      return `!(${inner()})`;
    case 3:
      return `has(${random.pick(PATHS)})`;
    case 4:
    case 5:
      return fold(random, depth, scope, random.pick(MACROS));
    case 6:
      return `${operand()} in ${operand()}`;
    case 7:
      return `${operand()}.${random.pick(METHODS)}(${random.chance(0.7) ? operand() : ''})`;
    default:
      return `${operand()} ${random.pick(COMPARISONS)} ${operand()}`;
  }
}

/** Expressions as people write them: the types fit, fields may be missing. */
function sensible(random: Random, depth: number): string {
  const inner = (): string => sensible(random, depth - 1);
  const text = (): string =>
    random.pick([
      "'Ready'",
      "'True'",
      "'web'",
      'metadata.name',
      'kind',
      'status.phase',
      "'a' + kind",
      'string(spec.replicas)',
    ]);
  const number = (): string =>
    random.pick([
      '1',
      '3',
      'spec.replicas',
      'size(kind)',
      'metadata.generation',
      'size(status.conditions)',
      '1 + 2 * 3',
      '7 % 4',
    ]);
  const test = (name: string): string =>
    random.pick([
      `${name}.type == 'Ready'`,
      `${name}.status == 'True'`,
      `has(${name}.reason)`,
      `${name}.type.startsWith('A')`,
    ]);
  switch (random.below(depth > 0 ? 10 : 6)) {
    case 0:
      return `has(${random.pick(PATHS.filter((path) => /^\w+\.\w+$/.test(path)))})`;
    case 1:
      return `${text()} ${random.pick(COMPARISONS)} ${text()}`;
    case 2:
      return `${number()} ${random.pick(COMPARISONS)} ${number()}`;
    case 3:
      return `status.conditions.${random.pick(['all', 'exists', 'exists_one'])}(c, ${test('c')} ${random.pick(['&&', '||'])} ${test('c')})`;
    case 4:
      return `${random.pick(["'app'", "'x'", 'kind'])} in ${random.pick(['metadata.labels', "['app', 'Service']", 'metadata', "{'x': 1}"])}`;
    case 5:
      return `${text()}.${random.pick(['contains', 'startsWith', 'endsWith', 'matches'])}(${random.pick(["'e'", "'^[A-Z]'", "''", 'kind'])})`;
    case 6:
      return `(${inner()} ? ${inner()} : ${inner()})`;
    case 7:
      return `!(${inner()})`;
    default:
      return `${inner()} ${random.pick(['&&', '||'])} ${inner()}`;
  }
}

/** Mostly expressions that mean something; some with a character lost, added or changed. */
function generate(random: Random): Given {
  const depth = 1 + random.below(3);
  let expr = random.chance(0.5) ? sensible(random, depth) : condition(random, depth, []);
  while (random.chance(0.1)) {
    const at = random.below(expr.length + 1);
    expr = expr.slice(0, at) + (random.chance(0.6) ? random.pick(NOISE) : '') + expr.slice(at + random.below(2));
  }
  return { op: random.chance(0.7) ? 'cel' : 'healthExprs', expr: expr.toWellFormed(), object: random.pick(OBJECTS) };
}

function answer({ op, expr, object }: Given): string {
  if (op === 'healthExprs') {
    const compiled = compileHealth({ current: expr });
    return compiled.ok ? compiled.evaluator.evaluate(object).status : 'refused';
  }
  const compiled = compileReadyCheck(expr);
  if (!compiled.ok) return 'refused';
  return askReadyCheck(expr, object).kind;
}

/**
 * The reference knows no `data`, which ready checks have here.
 *
 * Flux evaluates parts that are constant when it reads an expression, and refuses those that fail. Here they fail when they
 * are evaluated: the object is Unknown, with the same reason. There is nothing to compare then.
 */
const PLANNED = 'refused when planned';

function answerOf({ op }: Given, { out, error }: OracleAnswer): string {
  // What can never be a key is refused when cel-go plans; here it is an error of its part of the expression.
  if (error?.includes('invalid qualifier type') === true) return PLANNED;
  if (op === 'cel' && error?.includes("undeclared reference to 'data'") === true) return PLANNED;
  if (op === 'cel') return error === undefined ? String(out) : error.startsWith('compile: ') ? 'refused' : 'error';
  if (error === undefined) return (out as { status: string }).status;
  if (error.includes('failed to create CEL program')) return PLANNED;
  return error.startsWith('failed to parse') ? 'refused' : 'Unknown';
}

function subject(oracle: Oracle): Subject<Given> {
  return {
    generate,
    async compare(given): Promise<Comparison> {
      const { op, expr, object } = given;
      const request = op === 'cel' ? { op, expr, object } : { op, exprs: { current: expr }, object };
      const theirs = answerOf(given, await oracle.ask(request));
      const ours = theirs === PLANNED ? PLANNED : answer(given);
      return { ours, theirs, outcome: ours };
    },
    *shrink(given) {
      for (const expr of shorterTexts(given.expr)) yield { ...given, expr: expr.toWellFormed() };
    },
  };
}

export const cel: Fuzzer = {
  says: "expressions of ready checks and of health, against cel-go and Flux's evaluator",
  part: 5_000,
  full: 50_000,
  needsOracle: true,
  run(options) {
    if (options.oracle === undefined) throw new Error('needs the oracles');
    return runFuzz(subject(options.oracle), options);
  },
};
