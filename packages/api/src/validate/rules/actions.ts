/** Actions: one verb each, names that identify them, and scopes where there is something to count by. */
import type { JsonPath } from '@stageset/k8s';
import type { Action } from '../../kinds.ts';
import { VERBS } from '../../schema/actions.ts';
import type { Loose } from '../loose.ts';
import { checkPatch } from './patch-text.ts';
import { each, exactlyOne, type LooseSpec, type Report, type Rule } from './rule.ts';

export type LooseAction = Loose<Action>;

/** Which scopes may stand where. Only what runs before and after a stage is counted by scope. */
type Scopes = 'any' | 'any-but-version' | 'none';

/** Where an action of a StageSet stands. */
export interface PlacedAction {
  readonly at: JsonPath;
  readonly action: LooseAction;
}

/** All actions of the spec with their place. */
export function* actionsOf(spec: LooseSpec): Iterable<PlacedAction> {
  for (const [i, action] of each(spec.onRollback)) yield { at: ['spec', 'onRollback', i], action };
  for (const [i, migration] of each(spec.migrations)) {
    for (const list of ['actions', 'down'] as const) {
      for (const [j, action] of each(migration[list])) yield { at: ['spec', 'migrations', i, list, j], action };
    }
  }
  for (const [i, stage] of each(spec.stages)) {
    for (const list of ['pre', 'post', 'onFailure'] as const) {
      for (const [j, action] of each(stage.actions?.[list])) {
        yield { at: ['spec', 'stages', i, 'actions', list, j], action };
      }
    }
  }
}

function scopesAt(at: JsonPath, spec: LooseSpec): Scopes {
  if (!at.includes('pre') && !at.includes('post')) return 'none';
  return spec.version === undefined ? 'any-but-version' : 'any';
}

export const actions: Rule = (spec, report) => {
  for (const { at, action } of actionsOf(spec)) {
    exactlyOne(action, VERBS, at, report);
    checkScope(action, scopesAt(at, spec), at, report);
    checkVerb(action, at, report);
  }
  for (const [i, stage] of each(spec.stages)) checkNamesAcrossLists(stage.actions ?? {}, i, report);
};

function checkScope({ scope, completionAnchor }: LooseAction, scopes: Scopes, at: JsonPath, report: Report): void {
  if (scopes === 'none') {
    const why = 'is only for actions in pre and post of a stage';
    if (scope !== undefined) report([...at, 'scope'], { value: scope, message: why, fix: 'take it out' });
    if (completionAnchor !== undefined) report([...at, 'completionAnchor'], { message: why, fix: 'take it out' });
    return;
  }
  if (scope === 'Version' && scopes === 'any-but-version') {
    report(
      [...at, 'scope'],
      {
        value: scope,
        message: 'counts by version, but the StageSet has none',
        fix: 'set spec.version, or use scope Revision',
      },
      [['spec', 'version']],
    );
  }
  if (completionAnchor !== undefined && scope !== 'Lifetime') {
    report(
      [...at, 'completionAnchor'],
      { message: 'is only for actions of scope Lifetime', fix: 'set scope: Lifetime, or take it out' },
      [[...at, 'scope']],
    );
  }
}

function checkVerb({ patch, http, wait }: LooseAction, at: JsonPath, report: Report): void {
  const target = patch?.target;
  if (target !== undefined) exactlyOne(target, ['name', 'selector'], [...at, 'patch', 'target'], report);
  if (patch !== undefined) checkPatch(patch, [...at, 'patch'], report);
  for (const [i, { key }] of each(http?.headersFrom))
    checkHeader(key, [...at, 'http', 'headersFrom', i, 'key'], report);
  if (http?.url !== undefined) checkUrl(http.url, [...at, 'http', 'url'], report);
  if (wait !== undefined) checkWait(wait, [...at, 'wait'], report);
}

/** The key of the Secret is the name of the header. */
function checkHeader(key: string | undefined, at: JsonPath, report: Report): void {
  if (key !== undefined && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(key)) return;
  const fix = 'name the key of the Secret as the header, such as Authorization';
  report(at, { ...(key === undefined ? {} : { value: key }), message: 'is no name of a header', fix });
}

function checkWait({ duration, expr, target }: NonNullable<LooseAction['wait']>, at: JsonPath, report: Report): void {
  if (duration === undefined && expr === undefined) {
    const remark = { message: 'says neither how long nor what for', fix: 'set duration, or expr and target' };
    report(at, remark, [
      [...at, 'duration'],
      [...at, 'expr'],
    ]);
  }
  if (expr !== undefined && target === undefined) {
    report(at, { message: 'has an expr that looks at no object', fix: 'set target' }, [[...at, 'target']]);
  }
}

/** Host rules depend on flags of the controller; here only what can never be a URL of ours. */
export function checkUrl(url: string, at: JsonPath, report: Report): void {
  if (URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return;
  report(at, { value: url, message: 'is not an http or https URL', fix: 'write it such as https://example.com/hook' });
}

type LooseStageActions = NonNullable<NonNullable<NonNullable<LooseSpec['stages']>[number]>['actions']>;

/** Within one list the schema sees to it; what is done already is remembered by name alone, whatever the list. */
function checkNamesAcrossLists(lists: LooseStageActions, stage: number, report: Report): void {
  const homes = new Map<string, string>();
  for (const list of ['pre', 'post', 'onFailure'] as const) {
    for (const [i, { name }] of each(lists[list])) {
      if (name === undefined) continue;
      const home = homes.get(name);
      if (home === undefined) homes.set(name, list);
      else if (home !== list) {
        report(['spec', 'stages', stage, 'actions', list, i, 'name'], {
          value: name,
          message: `is also the name of an action in ${home}, but must be unique in the stage`,
          fix: 'give it another name',
        });
      }
    }
  }
}
