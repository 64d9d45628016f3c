import { getAt } from '../json/path.ts';
import type { KubeObject } from '../object.ts';
import { MAX_SELECTOR_LENGTH } from './label-selector.ts';
import { SelectorError } from './selector-error.ts';

export interface FieldRequirement {
  /** `metadata.name`, `status.phase`: keys joined by dots. */
  readonly path: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All requirements must hold; no requirement matches everything. */
export type FieldSelector = readonly FieldRequirement[];

/**
 * Kubernetes' field selector syntax: `path=value`, `path==value` and `path!=value` joined by commas; in values `\`, `,`
 * and `=` are escaped with a `\`. Which paths a kind supports is for the server to say. Throws {@link SelectorError}.
 */
export function parseFieldSelector(text: string): FieldSelector {
  if (text.length > MAX_SELECTOR_LENGTH) {
    throw new SelectorError(
      text,
      MAX_SELECTOR_LENGTH,
      `a field selector may have at most ${MAX_SELECTOR_LENGTH} characters`,
    );
  }
  const requirements: FieldRequirement[] = [];
  let start = 0;
  for (const term of splitTerms(text)) {
    if (term !== '') requirements.push(parseTerm(text, start, term));
    start += term.length + 1;
  }
  return requirements;
}

function splitTerms(text: string): string[] {
  return [...text.matchAll(/(?:^|,)((?:\\[\s\S]|[^,\\]|\\$)*)/g)].map((match) => match[1] ?? '');
}

function parseTerm(text: string, start: number, term: string): FieldRequirement {
  const match = /!=|==?/.exec(term);
  if (match === null) {
    throw new SelectorError(text, start, `invalid selector: '${text}'; can't understand '${term}'`);
  }
  const [operator] = match;
  const from = match.index + operator.length;
  return {
    path: term.slice(0, match.index),
    operator: operator === '!=' ? '!=' : '=',
    value: unescapeValue(text, start + from, term.slice(from)),
  };
}

function unescapeValue(text: string, start: number, escaped: string): string {
  let value = '';
  for (let i = 0; i < escaped.length; i++) {
    const character = escaped.charAt(i);
    if (character === '\\') {
      const next = escaped.charAt(++i);
      if (next === '' || !'\\,='.includes(next)) {
        throw new SelectorError(text, start + i - 1, `invalid field selector: invalid escape sequence: \\${next}`);
      }
      value += next;
    } else if (character === '=') {
      throw new SelectorError(
        text,
        start + i,
        `invalid field selector: unescaped = in value at ${start + i}; write \\=`,
      );
    } else {
      value += character;
    }
  }
  return value;
}

/** The text form, which parses back to the same selector. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector
    .map(({ path, operator, value }) => `${path}${operator}${value.replaceAll(/[\\,=]/g, '\\$&')}`)
    .join(',');
}

/** Whether an object meets every requirement. A field that is not there, or is no scalar, is the empty string. */
export function matchesFields(selector: FieldSelector, object: KubeObject): boolean {
  return selector.every(({ path, operator, value }) => (fieldText(object, path) === value) === (operator === '='));
}

function fieldText(object: KubeObject, path: string): string {
  const value = getAt(object, path.split('.'));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
