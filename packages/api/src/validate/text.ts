/** Checks of one string, each with words that fit what the string is for. */
import { type JsonPath, nearestName, parseDuration } from '@stageset/k8s';
import type { Definition } from '../schema/definition.ts';
import type { Form } from '../schema/kit.ts';
import type { Findings, Remark } from './findings.ts';

/** Whether the value can be used: it is one of the allowed ones and written in its form. */
export function checkText(value: string, definition: Definition, at: JsonPath, findings: Findings): boolean {
  const remark = remarkOn(value, definition);
  if (remark !== undefined) findings.addUnusable(at, { value, ...remark });
  return remark === undefined;
}

function remarkOn(value: string, definition: Definition): Remark | undefined {
  const { enum: allowed, minLength = 0, maxLength = Infinity, pattern } = definition;
  const form = definition['x-stageset']?.form;
  if (allowed !== undefined && !allowed.includes(value)) return notAllowed(value, allowed.map(String));
  // Lengths count characters, as the API server counts them.
  const length = [...value].length;
  if (length < minLength) return { message: 'is empty', fix: 'give it a value, or take the field out' };
  if (length > maxLength) {
    return { message: `has ${length} characters, more than ${maxLength}`, fix: `shorten it to ${maxLength} or less` };
  }
  if (form !== undefined) return FORMS[form](value);
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return { message: `does not match ${pattern}`, fix: 'write it in that form' };
  }
  return undefined;
}

function notAllowed(value: string, allowed: readonly string[]): Remark {
  const nearest = allowed.find((word) => word.toLowerCase() === value.toLowerCase()) ?? nearestName(value, allowed);
  const [only] = allowed;
  return {
    message: 'is not one of the allowed values',
    allowed,
    fix: nearest !== undefined ? `did you mean ${nearest}?` : `write ${allowed.length === 1 ? only : 'one of them'}`,
  };
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DECIMAL = /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/;
/** As lenient as the version of the contract: a leading v, and minor and patch may be left out. */
const VERSION = /^v?\d+(\.\d+){0,2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

const FORMS: Readonly<Record<Form, (value: string) => Remark | undefined>> = {
  duration: (value) => {
    const parsed = parseDuration(value);
    if (parsed.ok) return undefined;
    const fix = /^[-+]?[0-9.]+$/.test(value)
      ? `give it a unit, such as ${value}s`
      : 'write a duration such as 90s, 5m or 1h30m';
    return { message: `is not a duration (${parsed.message})`, fix };
  },
  decimal: (value) =>
    DECIMAL.test(value) && Number.isFinite(Number(value))
      ? undefined
      : { message: 'is not a number', fix: 'write a decimal number in quotes, such as "0.95"' },
  name: (value) =>
    NAME.test(value)
      ? undefined
      : {
          message: 'is not a name',
          fix: 'use lower-case letters, digits and dashes, with a letter or digit at both ends',
        },
  instant: (value) =>
    isInstant(value)
      ? undefined
      : { message: 'is not an instant', fix: 'write it as RFC 3339, such as 2030-01-31T08:00:00Z' },
  // An empty version counts as absent, as in the contract.
  version: (value) =>
    value.trim() === '' || VERSION.test(value.trim())
      ? undefined
      : { message: 'is not a version', fix: 'write a semantic version such as 1.4.0' },
};

/** RFC 3339. The platform's own parser would take the 31st of February for the 3rd of March. */
function isInstant(value: string): boolean {
  const [matched, year, month, day] = INSTANT.exec(value) ?? [];
  if (matched === undefined || !Number.isFinite(Date.parse(value))) return false;
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}
