import { SubstitutionError, substituteText } from '../../packages/kustomize/src/envsubst/index.ts';
import type { Oracle, OracleAnswer } from '../oracles/oracle.ts';
import type { Random } from '../support/random.ts';
import { type Comparison, type Fuzzer, runFuzz, type Subject, shorterTexts } from './fuzzer.ts';

/** A text with expressions, the variables and the mode. */
export interface Substitution {
  readonly text: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly strict: boolean;
}

const NAMES = ['a', 'b', 'app', 'ENV', '_x', 'n1', '1n', 'é', 'µλ', 'miss', 'gone', 'x_y'] as const;
const VALUES = [
  '',
  '',
  'prod',
  'Shop-API',
  'eu-west-1b',
  'https://reg.acme.io/team/web:2.4.1',
  'a/b/c.d.e',
  'aaa',
  'abcabcabc',
  '007',
  '-3',
  '2',
  '+1',
  '9223372036854775807',
  'x[1]y',
  'straße',
  'ß',
  'İıǆᾳΣς',
  '😀é日本',
  'b*',
  '*/',
  '?',
  '[a-c]',
  '[^b]*',
  '\\*',
  '${env}',
  '$$',
  'a b\tc',
  '"q"',
  'line1\nline2\n',
  '}{',
  '//',
] as const;
const LITERALS = [
  '',
  'x',
  'dev',
  ' ',
  'a:b=c/d e',
  '-',
  '.',
  '#',
  '"',
  "'",
  '\n',
  'é',
  '😀',
  '\\',
  '\\/',
  '\\\\',
  '$',
  '$$',
];
const PATTERNS = [
  '*',
  '*/',
  '/*',
  '?',
  'a',
  'aa',
  '*a',
  'a*',
  '[a-z]',
  '[^a]',
  '*.*',
  'b?c',
  '\\x',
  'é',
  '[é-ü]',
  '??',
  '*[',
  ']a[',
  '[]',
  'a*b*c',
  '*-*',
];
const NOISE = [...'${}:/#%^,=-+?\\*[]!@ aA1_é😀\n"\'.', '${', '$${', '}', '}', 'a', 'b'];

function expression(random: Random, depth: number): string {
  const name = random.pick(NAMES);
  const nested = (): string => (depth > 0 && random.chance(0.3) ? expression(random, depth - 1) : '');
  const literal = (): string => random.pick(LITERALS);
  const pattern = (): string => nested() || random.pick(PATTERNS);
  const number = (): string =>
    nested() ||
    random.pick(['0', '1', '2', '3', '-1', '-2', ' -2', '50', 'abc', '+2', '1_0', '99999999999999999999', '1e3', '']);
  switch (random.below(10)) {
    case 0:
    case 1:
      return `\${${name}}`;
    case 2:
    case 3: {
      const words = Array.from({ length: random.below(4) }, () => nested() || literal());
      return `\${${name}${random.pick([':-', ':=', ':?', ':+', '=', '-', '+', '?'])}${words.join('')}}`;
    }
    case 4:
      return `\${#${name}}`;
    case 5:
      return `\${${name}${random.pick([',', ',,', '^', '^^', '^,', ',^', '^^^'])}}`;
    case 6:
      return `\${${name}:${number()}${random.chance(0.5) ? `:${number()}` : ''}}`;
    case 7:
      return `\${${name}${random.pick(['#', '##', '%', '%%', '###'])}${pattern()}}`;
    case 8:
      return `\${${name}${random.pick(['/', '//', '/#', '/%'])}${nested() || random.pick([...PATTERNS, ...LITERALS])}/${random.chance(0.7) ? nested() || literal() : ''}}`;
    default:
      return `\${${name}${random.pick(['//', '/', ':'])}${literal()}${random.pick(['/', ':', '', '}'])}${literal()}}`;
  }
}

/** Mostly expressions that read well, some with a character added, lost or changed, some nothing but noise. */
function generate(random: Random): Substitution {
  const parts: string[] = [];
  if (random.chance(0.1)) {
    for (let i = random.below(14); i >= 0; i--) parts.push(random.pick(NOISE));
  } else {
    for (let i = random.below(3); i >= 0; i--) parts.push(random.pick(LITERALS), expression(random, 2));
    if (random.chance(0.5)) parts.push(random.pick(LITERALS));
  }
  let text = parts.join('');
  while (random.chance(0.3)) {
    const at = random.below(text.length + 1);
    const noise = random.chance(0.6) ? random.pick(NOISE) : '';
    text = text.slice(0, at) + noise + text.slice(at + random.below(2));
  }
  const vars: Record<string, string> = {};
  for (const name of NAMES) {
    if (name !== 'miss' && random.chance(0.7)) vars[name] = random.pick(VALUES);
  }
  return { text: wellFormed(text), vars, strict: random.chance(0.5) };
}

/** Our answer: the text, or the first error by its kind. */
export function substituteHere({ text, vars, strict }: Substitution): { out: string } | { error: string } {
  const lookup = (name: string): string | undefined => (Object.hasOwn(vars, name) ? vars[name] : undefined);
  try {
    return readable(substituteText(text, lookup, { strict }));
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    const [first] = error.problems;
    switch (first?.fault) {
      case 'negative-length':
        return { error: 'crash' };
      case 'split-character':
        return { error: 'not UTF-8' };
      default:
        return { error: first?.message ?? '' };
    }
  }
}

/** The reference's answer in the same form: it crashes where we refuse, and prints what is no UTF-8. */
export function substitutionOf({ out, error }: OracleAnswer): { out: string } | { error: string } {
  if (error !== undefined) return { error: error.startsWith('panic: ') ? 'crash' : error };
  return readable(String(out));
}

/** The reference's bytes come as JSON, where what is no UTF-8 is U+FFFD. */
function readable(text: string): { out: string } | { error: string } {
  return text.includes('\ufffd') ? { error: 'not UTF-8' } : { out: text };
}

function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('\ufffd', '');
}

function subject(oracle: Oracle): Subject<Substitution> {
  return {
    generate,
    async compare(given): Promise<Comparison> {
      const ours = substituteHere(given);
      const theirs = substitutionOf(await oracle.ask({ op: 'envsubst', ...given }));
      return { ours, theirs, outcome: 'out' in ours ? 'text' : 'error' };
    },
    *shrink(given) {
      for (const text of shorterTexts(given.text)) yield { ...given, text: wellFormed(text) };
      for (const [name, value] of Object.entries(given.vars)) {
        const { [name]: _, ...vars } = given.vars;
        yield { ...given, vars };
        for (const shorter of shorterTexts(value)) yield { ...given, vars: { ...vars, [name]: wellFormed(shorter) } };
      }
    },
  };
}

export const envsubst: Fuzzer = {
  says: "substitution: expressions, malformed ones included, against Flux's envsubst",
  part: 20_000,
  full: 200_000,
  needsOracle: true,
  run(options) {
    if (options.oracle === undefined) throw new Error('needs the oracles');
    return runFuzz(subject(options.oracle), options);
  },
};
