import type { ReadyChecks } from '@stageset/api';
import { askReadyCheck, Budget, DEFAULT_COST_LIMIT } from '@stageset/cel';
import { formatRef, isJsonObject, type KubeObject, own, parseApiVersion, refOf } from '@stageset/k8s';

type Expressions = NonNullable<ReadyChecks['exprs']>;

/**
 * What the expressions of a stage say of one object. `Unready` and `InProgress` both wait; they differ when the stage's
 * time is up: what is in progress may be held, what is not has failed.
 */
export interface Judgement {
  readonly status: 'Current' | 'InProgress' | 'Unready' | 'Failed';
  /** Which expression decided and why; empty for `Current`. */
  readonly message: string;
}

const CURRENT: Judgement = { status: 'Current', message: '' };
/** From the best to the worst. */
const ORDER = ['Current', 'InProgress', 'Unready', 'Failed'] as const;
/** Longer expressions are cut where they are told. */
const MAX_TOLD = 120;

/**
 * Asks the expressions about an object of their group and kind; the worst answer counts. `undefined` when none is about it.
 * `failed` decides at once; without `current` an object that has not failed is ready; an error is no answer and is told. What
 * an object said of an older generation of itself counts for nothing.
 *
 * @param budget what all of it may cost; when it is spent, what is left cannot be answered.
 */
export function judge(
  expressions: Expressions,
  object: KubeObject,
  budget = new Budget(DEFAULT_COST_LIMIT),
): Judgement | undefined {
  let worst: Judgement | undefined;
  for (const [index, expression] of expressions.entries()) {
    if (!isAbout(expression, object)) continue;
    const judgement = unobserved(object) ?? judgeBy(expression, index, object, budget);
    if (worst === undefined || ORDER.indexOf(judgement.status) > ORDER.indexOf(worst.status)) worst = judgement;
  }
  return worst;
}

/** Versions of one group are the same kind. */
export function isAbout(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  object: Pick<KubeObject, 'apiVersion' | 'kind'>,
): boolean {
  return kind === object.kind && parseApiVersion(apiVersion).group === parseApiVersion(object.apiVersion).group;
}

function unobserved({ metadata, status }: KubeObject): Judgement | undefined {
  const observed = isJsonObject(status) ? own(status, 'observedGeneration') : undefined;
  const { generation } = metadata;
  if (typeof observed !== 'number' || generation === undefined || observed === generation) return undefined;
  return {
    status: 'InProgress',
    message: `its controller has not observed generation ${generation} yet, only ${observed}`,
  };
}

function judgeBy(
  { current = '', inProgress = '', failed = '' }: Expressions[number],
  index: number,
  object: KubeObject,
  budget: Budget,
): Judgement {
  const said = (name: string, text: string, what: string) =>
    `readyChecks.exprs[${index}].${name} ${what}: ${shortened(text)}`;
  if (failed !== '' && askReadyCheck(failed, object, budget).kind === 'true') {
    const message = `readyCheck failed for ${formatRef(refOf(object))}: ${said('failed', failed, 'holds')}`;
    return { status: 'Failed', message };
  }
  if (current === '') return CURRENT;
  const answer = askReadyCheck(current, object, budget);
  if (answer.kind === 'true') return CURRENT;
  if (inProgress !== '' && askReadyCheck(inProgress, object, budget).kind === 'true') {
    return { status: 'InProgress', message: said('inProgress', inProgress, 'holds') };
  }
  return answer.kind === 'false'
    ? { status: 'Unready', message: said('current', current, 'does not hold') }
    : { status: 'Unready', message: `${said('current', current, 'cannot be answered')} (${answer.message})` };
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length <= MAX_TOLD ? line : `${line.slice(0, MAX_TOLD - 1)}…`;
}
