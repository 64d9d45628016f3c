import { PatternError } from './pattern-error.ts';

type Ranges = readonly (readonly [number, number])[];

/** What `\d`, `\pL` and `[[:alpha:]]` add to a set. */
export interface ClassItem {
  readonly ranges: Ranges;
  readonly properties: readonly RegExp[];
}

const LAST = 0x10ffff;
const DIGIT: Ranges = [[0x30, 0x39]];
const UPPER: Ranges = [[0x41, 0x5a]];
const LOWER: Ranges = [[0x61, 0x7a]];
const WORD: Ranges = [...DIGIT, ...UPPER, [0x5f, 0x5f], ...LOWER];
/** ASCII alone, and without the vertical tab: not what JavaScript calls a space. */
const SPACE: Ranges = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const PERL: ReadonlyMap<string, Ranges> = new Map([
  ['d', DIGIT],
  ['s', SPACE],
  ['w', WORD],
]);
const POSIX: ReadonlyMap<string, Ranges> = new Map<string, Ranges>([
  ['alnum', [...DIGIT, ...UPPER, ...LOWER]],
  ['alpha', [...UPPER, ...LOWER]],
  ['ascii', [[0, 0x7f]]],
  [
    'blank',
    [
      [0x09, 0x09],
      [0x20, 0x20],
    ],
  ],
  [
    'cntrl',
    [
      [0, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ['digit', DIGIT],
  ['graph', [[0x21, 0x7e]]],
  ['lower', LOWER],
  ['print', [[0x20, 0x7e]]],
  [
    'punct',
    [
      [0x21, 0x2f],
      [0x3a, 0x40],
      [0x5b, 0x60],
      [0x7b, 0x7e],
    ],
  ],
  [
    'space',
    [
      [0x09, 0x0d],
      [0x20, 0x20],
    ],
  ],
  ['upper', UPPER],
  ['word', WORD],
  [
    'xdigit',
    [
      [0x30, 0x39],
      [0x41, 0x46],
      [0x61, 0x66],
    ],
  ],
]);

/** `d`, `D`, `s`, `S`, `w`, `W`; `undefined` for any other letter. */
export function perlClass(letter: string): ClassItem | undefined {
  const lower = letter.toLowerCase();
  const ranges = PERL.get(lower);
  return ranges === undefined ? undefined : { ranges: letter === lower ? ranges : complement(ranges), properties: [] };
}

/** `[:alpha:]`, `[:^alpha:]` by its name without colons. */
export function posixClass(pattern: string, name: string): ClassItem {
  const negated = name.startsWith('^');
  const ranges = POSIX.get(negated ? name.slice(1) : name);
  if (ranges === undefined) throw rangeError(pattern, `[:${name}:]`);
  return { ranges: negated ? complement(ranges) : ranges, properties: [] };
}

/** `\pL`, `\p{Greek}`, `\P{^Lu}`: a general category or a script. */
export function propertyClass(pattern: string, text: string, name: string, negated: boolean): ClassItem {
  const inverted = name.startsWith('^');
  const property = inverted ? name.slice(1) : name;
  const letter = negated !== inverted ? 'P' : 'p';
  if (property === 'Any') return { ranges: letter === 'p' ? [[0, LAST]] : [], properties: [] };
  if (/^\w+$/.test(property)) {
    for (const form of [`gc=${property}`, `sc=${property}`]) {
      try {
        return { ranges: [], properties: [new RegExp(`^\\${letter}{${form}}$`, 'u')] };
      } catch {
        // Not a name of this kind; the next one, or the error below.
      }
    }
  }
  throw rangeError(pattern, text);
}

export function rangeError(pattern: string, text: string): PatternError {
  return new PatternError(pattern, `error parsing regexp: invalid character class range: \`${text}\``);
}

function complement(ranges: Ranges): Ranges {
  const result: [number, number][] = [];
  let from = 0;
  for (const [first, last] of ranges) {
    if (first > from) result.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= LAST) result.push([from, LAST]);
  return result;
}
