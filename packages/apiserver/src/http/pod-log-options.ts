import type { StatusCause } from '@stageset/k8s';
import { forbiddenValue, invalidValue } from '../registry/metadata.ts';
import { badRequest, invalid } from '../registry/status-error.ts';

/** What `kubectl logs` may ask of a log. */
export interface LogOptions {
  /** Empty when it is not said. */
  readonly container: string;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Lines before this are left out (epoch milliseconds, reckoned from now). */
  readonly sinceMs: ((nowMs: number) => number) | undefined;
}

const SECOND_MS = 1000;

/** @throws 400 for what is no number or time, 422 for numbers that make no sense, as the real server says it. */
export function logOptions(query: URLSearchParams, pod: string): LogOptions {
  const tailLines = numberOf(query, 'tailLines');
  const limitBytes = numberOf(query, 'limitBytes');
  const sinceSeconds = numberOf(query, 'sinceSeconds');
  const sinceTime = timeOf(query);
  const causes: StatusCause[] = [
    ...least('tailLines', tailLines, 0, 'must be greater than or equal to 0'),
    ...least('limitBytes', limitBytes, 1, 'must be greater than 0'),
    ...(sinceSeconds !== undefined && sinceTime !== undefined
      ? [forbiddenValue('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')]
      : least('sinceSeconds', sinceSeconds, 1, 'must be greater than 0')),
  ];
  if (causes.length > 0) throw invalid({ group: '', name: 'PodLogOptions' }, pod, causes);
  const sinceMs =
    sinceSeconds === undefined
      ? sinceTime === undefined
        ? undefined
        : () => sinceTime
      : (nowMs: number) => nowMs - sinceSeconds * SECOND_MS;
  return {
    container: query.get('container') ?? '',
    previous: query.get('previous') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines,
    limitBytes,
    sinceMs,
  };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function timeOf(query: URLSearchParams): number | undefined {
  const text = query.get('sinceTime');
  if (text === null) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw badRequest(`sinceTime ${JSON.stringify(text)} is no time as RFC 3339 has it`);
  return time;
}

function least(field: string, value: number | undefined, most: number, why: string): readonly StatusCause[] {
  return value === undefined || value >= most ? [] : [invalidValue(field, value, why)];
}
