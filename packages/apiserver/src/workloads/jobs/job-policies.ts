import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../../builtin/fields.ts';
import { countIndexes, namesIndex } from './indexes.ts';

/** A pod of a job, as far as its job looks at it. */
export interface JobPod {
  readonly name: string;
  readonly namespace: string;
  /** Its completion index; `undefined` in a job without. */
  readonly index: number | undefined;
  readonly state: 'active' | 'terminating' | 'succeeded' | 'failed';
  /** How often its containers have been started again. */
  readonly restarts: number;
  /** When its last container ended, in epoch milliseconds; when it was made, while none has. */
  readonly endedMs: number;
  readonly exits: readonly { readonly container: string; readonly exitCode: number }[];
  readonly conditions: readonly Fields[];
}

export interface FailureAction {
  readonly action: 'FailJob' | 'Ignore' | 'Count' | 'FailIndex';
  readonly message: string;
}

const COUNTED: FailureAction = { action: 'Count', message: '' };

/** What the failure policy of a job makes of a failed pod: the first rule that fits it decides. */
export function failureAction(spec: Fields, pod: JobPod): FailureAction {
  for (const [index, rule] of listAt(fieldsAt(spec, 'podFailurePolicy'), 'rules').entries()) {
    const match = matchOf(rule, pod);
    if (match === undefined) continue;
    const action = textAt(rule, 'action') as FailureAction['action'];
    return { action, message: `${match} matching ${action} rule at index ${index}` };
  }
  return COUNTED;
}

function matchOf(rule: Fields, pod: JobPod): string | undefined {
  const place = `${pod.namespace}/${pod.name}`;
  if (rule['onExitCodes'] !== undefined) {
    const { containerName, operator, values } = fieldsAt(rule, 'onExitCodes');
    const wanted = new Set(Array.isArray(values) ? values : []);
    const found = pod.exits.find(
      ({ container, exitCode }) =>
        exitCode !== 0 &&
        (containerName === undefined || containerName === container) &&
        wanted.has(exitCode) === (operator === 'In'),
    );
    return found && `Container ${found.container} for pod ${place} failed with exit code ${found.exitCode}`;
  }
  for (const { type, status = 'True' } of listAt(rule, 'onPodConditions')) {
    if (pod.conditions.some((one) => one['type'] === type && one['status'] === status))
      return `Pod ${place} has condition ${String(type)}`;
  }
  return undefined;
}

/** The index of the first rule of a success policy that these indexes fulfil; `undefined` when none is. */
export function fulfilledRule(spec: Fields, succeeded: ReadonlySet<number>): number | undefined {
  const rules = listAt(fieldsAt(spec, 'successPolicy'), 'rules');
  const found = rules.findIndex((rule) => {
    const indexes = textAt(rule, 'succeededIndexes');
    const counted = [...succeeded].filter((index) => indexes === undefined || namesIndex(indexes, index)).length;
    const wanted = numberAt(rule, 'succeededCount') ?? countIndexes(indexes ?? '');
    return counted >= wanted;
  });
  return found === -1 ? undefined : found;
}
