import type { Action, ActionList, ActionScope, ActionVerb, Stage, StageSet } from '@stageset/api';
import { VERBS } from '@stageset/api';
import { isJsonArray, isJsonObject, sha256Hex } from '@stageset/k8s';

/** What an action does. Validation sees to it that there is exactly one verb. */
export function verbOf(action: Action): ActionVerb {
  return VERBS.find((verb) => action[verb] !== undefined) ?? 'wait';
}

/** What an action is counted by. Those of `onFailure` are counted by the failure, which a revision has one of at a time. */
export function scopeOf(action: Action, list: ActionList): ActionScope {
  return list === 'onFailure' ? 'Revision' : (action.scope ?? 'Revision');
}

export function actionsOf(stage: Stage, list: ActionList): readonly Action[] {
  return stage.actions?.[list] ?? [];
}

export function hasLifetimeActions({ spec }: Pick<StageSet, 'spec'>): boolean {
  return spec.stages.some((stage) => lifetimeActions(stage).length > 0);
}

export function lifetimeActions(stage: Stage): readonly Action[] {
  return [...actionsOf(stage, 'pre'), ...actionsOf(stage, 'post')].filter(({ scope }) => scope === 'Lifetime');
}

const DIGEST_LENGTH = 16;
const KEY_LENGTH = 32;

/** Identifies the content of an action, whatever the order in which its fields are written. */
export function actionDigest(action: Action): string {
  return sha256Hex(canonical(action)).slice(0, DIGEST_LENGTH);
}

function canonical(value: unknown): string {
  if (isJsonArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${fields.join(',')}}`;
}

export interface EffectIdentity {
  /** UID of the StageSet. */
  readonly owner: string;
  readonly stage: string;
  readonly action: string;
  readonly scope: ActionScope;
  /** The revision or the version that it is done for; empty for scope Lifetime. */
  readonly of: string;
  readonly digest: string;
  /** How often it has ended in a way that is known: what is tried again after that is another effect. */
  readonly attempts: number;
}

/**
 * The idempotency key of an effect. It stays the same as long as nobody knows what came of the effect, through crashes and
 * time-outs; once an answer is known, the next attempt has another key.
 */
export function effectKey({ owner, stage, action, scope, of, digest, attempts }: EffectIdentity): string {
  return sha256Hex(JSON.stringify([owner, stage, action, scope, of, digest, attempts])).slice(0, KEY_LENGTH);
}
