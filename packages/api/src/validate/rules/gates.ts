/** Update windows, error budgets and promotion. */
import { type JsonPath, labelSelectorOf, parseDuration, SelectorError } from '@stageset/k8s';
import type { ErrorBudget, MetricSource, Promotion, UpdateWindow } from '../../kinds.ts';
import type { Loose } from '../loose.ts';
import { checkUrl } from './actions.ts';
import { each, exactlyOne, type Report, type Rule } from './rule.ts';

export const gates: Rule = (spec, report) => {
  for (const [i, window] of each(spec.updateWindows)) checkWindow(window, ['spec', 'updateWindows', i], report);
  checkBudget(spec.errorBudget, ['spec', 'errorBudget'], report);
  for (const [i, stage] of each(spec.stages)) {
    checkBudget(stage.errorBudget, ['spec', 'stages', i, 'errorBudget'], report);
    checkPromotion(stage.promotion, ['spec', 'stages', i, 'promotion'], report);
  }
};

function millisecondsOf(duration: string): number {
  const parsed = parseDuration(duration);
  return parsed.ok ? parsed.ms : Number.NaN;
}

function checkWindow(window: Loose<UpdateWindow>, at: JsonPath, report: Report): void {
  const { schedule, duration, timeZone, from, to } = window;
  checkHalves(window, at, report);
  if (duration !== undefined && millisecondsOf(duration) <= 0) {
    report([...at, 'duration'], { value: duration, message: 'is not above zero', fix: 'write a duration such as 4h' });
  }
  if (from !== undefined && to !== undefined && Date.parse(to) <= Date.parse(from)) {
    report([...at, 'to'], { value: to, message: 'is not after from', fix: 'write a later instant' });
  }
  if (schedule !== undefined) checkSchedule(schedule, [...at, 'schedule'], report);
  if (timeZone && !isTimeZone(timeZone)) {
    report([...at, 'timeZone'], {
      value: timeZone,
      message: 'is not a time zone',
      fix: 'write an IANA name such as Europe/Berlin',
    });
  }
}

/** A window is either recurring or absolute, and then in full. */
function checkHalves({ schedule, duration, from, to }: Loose<UpdateWindow>, at: JsonPath, report: Report): void {
  const recurring = schedule !== undefined || duration !== undefined;
  const absolute = from !== undefined || to !== undefined;
  const lacking = ['schedule', 'duration', 'from', 'to'].map((field) => [...at, field]);
  if (recurring && absolute) {
    report(at, { message: 'is both recurring and absolute', fix: 'set schedule and duration, or from and to' });
  } else if (!recurring && !absolute) {
    const message = 'says neither when it recurs nor from when to when it is';
    report(at, { message, fix: 'set schedule and duration, or from and to' }, lacking);
  } else if (recurring && (schedule === undefined || duration === undefined)) {
    report(at, { message: 'is only half of a recurring window', fix: 'set both schedule and duration' }, lacking);
  } else if (absolute && (from === undefined || to === undefined)) {
    report(at, { message: 'is only half of an absolute window', fix: 'set both from and to' }, lacking);
  }
}

/** The outline of a schedule: its zone, and five fields or a descriptor. */
function checkSchedule(schedule: string, at: JsonPath, report: Report): void {
  const [, zone, rest = schedule] = /^(?:CRON_)?TZ=(\S*)(?:\s+(.*))?$/.exec(schedule) ?? [];
  const text = zone === undefined ? schedule : rest;
  const usable =
    (zone === undefined || (isTimeZone(zone) && rest !== schedule)) &&
    (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(text) ||
      /^[-\d*/,?A-Za-z]+(\s+[-\d*/,?A-Za-z]+){4}$/.test(text.trim()));
  if (usable) return;
  report(at, {
    value: schedule,
    message: 'is not a schedule',
    fix: 'write five fields (minute, hour, day of month, month, day of week) such as "0 22 * * SUN", or @daily',
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function checkMetric(source: Loose<MetricSource> | undefined, at: JsonPath, report: Report): void {
  if (source === undefined) return;
  exactlyOne(source, ['prometheus', 'webhook'], at, report);
  const { prometheus, webhook } = source;
  if (prometheus?.address !== undefined) checkUrl(prometheus.address, [...at, 'prometheus', 'address'], report);
  if (webhook?.url !== undefined) checkUrl(webhook.url, [...at, 'webhook', 'url'], report);
}

function checkBudget(budget: Loose<ErrorBudget> | undefined, at: JsonPath, report: Report): void {
  if (budget === undefined) return;
  checkMetric(budget.source, [...at, 'source'], report);
  const { freezeThreshold: freeze, resumeThreshold: resume } = budget;
  if (freeze !== undefined && resume !== undefined && Number(resume) < Number(freeze)) {
    report([...at, 'resumeThreshold'], {
      value: resume,
      message: 'is below freezeThreshold',
      fix: `write "${freeze}" or more`,
    });
  }
}

function checkPromotion(promotion: Loose<Promotion> | undefined, at: JsonPath, report: Report): void {
  if (promotion === undefined) return;
  const { soak, fastTrack, analysis } = promotion;
  const soakMs = soak === undefined ? 0 : millisecondsOf(soak);
  if (soak !== undefined && soakMs < 0) {
    report([...at, 'soak'], { value: soak, message: 'is below zero', fix: 'write a duration such as 30m' });
  }
  if (fastTrack !== undefined) {
    if (soakMs === 0) {
      const remark = { message: 'has no soak that it could end early', fix: 'set soak, or take it out' };
      report([...at, 'fastTrack'], remark, [[...at, 'soak']]);
    }
    checkMetric(fastTrack.source, [...at, 'fastTrack', 'source'], report);
  }
  for (const [i, check] of each(analysis?.checks)) {
    const inside = [...at, 'analysis', 'checks', i];
    checkMetric(check.source, [...inside, 'source'], report);
    checkThreshold(check.threshold ?? {}, [...inside, 'threshold'], report);
  }
  for (const gate of ['restartGate', 'eventGate'] as const) {
    for (const [i, { selector }] of each<PodCheck>(promotion[gate]?.checks)) {
      if (selector !== undefined) checkSelector(selector, [...at, gate, 'checks', i, 'selector'], report);
    }
  }
}

function checkThreshold(
  { min, max }: { readonly min?: string | undefined; readonly max?: string | undefined },
  at: JsonPath,
  report: Report,
): void {
  if (min === undefined && max === undefined) {
    report(at, { message: 'has no bound', fix: 'set min, max or both' }, [
      [...at, 'min'],
      [...at, 'max'],
    ]);
  } else if (min !== undefined && max !== undefined && Number(min) > Number(max)) {
    report([...at, 'min'], { value: min, message: 'is above max', fix: `write "${max}" or less` });
  }
}

interface PodCheck {
  readonly selector?: LooseSelector | undefined;
}
type LooseSelector = NonNullable<
  NonNullable<NonNullable<NonNullable<Loose<Promotion>['restartGate']>['checks']>[number]>['selector']
>;

function checkSelector(selector: LooseSelector, at: JsonPath, report: Report): void {
  const matchLabels = Object.entries(selector.matchLabels ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  const matchExpressions = [...each(selector.matchExpressions)].map(([, { key = '', operator = '', values }]) => ({
    key,
    operator,
    values: [...each(values)].map(([, value]) => value),
  }));
  if (matchLabels.length + matchExpressions.length === 0) {
    const remark = { message: 'is empty, and would select every pod', fix: 'set matchLabels or matchExpressions' };
    report(at, remark, [
      [...at, 'matchLabels'],
      [...at, 'matchExpressions'],
    ]);
    return;
  }
  try {
    labelSelectorOf({ matchLabels: Object.fromEntries(matchLabels), matchExpressions });
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    report(at, { message: `is not a selector (${error.message})`, fix: 'correct it' });
  }
}
