import { describe, expect, test } from 'vitest';
import { SubstitutionError } from './error.ts';
import { substituteText } from './substitute-text.ts';

const VARIABLES = new Map(
  Object.entries({
    env: 'prod',
    app: 'Shop-API',
    zone: 'eu-west-1b',
    url: 'https://reg.acme.io/team/web:2.4.1',
    num: '007',
    empty: '',
    path: 'a/b/c.d.e',
    neg: '-3',
    two: '2',
    pat: 'b*',
    tpl: '${env}',
    s: 'sss',
    glob: 'x[1]y',
    uni: 'straße',
    e: 'ß',
    greek: 'ᾳİ',
  }),
);

type Want = string | { readonly error: string };

/** What a text becomes without strictness, and with it where that differs. */
const EXPRESSIONS: readonly (readonly [text: string, lax: Want, strict?: Want])[] = [
  ['${env}', 'prod'],
  ['x-${env}-y', 'x-prod-y'],
  ['${env}${zone}', 'prodeu-west-1b'],
  ['$env', '$env'],
  ['${ENV}', '', { error: 'variable not set (strict mode): "ENV"' }],
  ['$(env)', '$(env)'],
  ['%%${env}%%', '%%prod%%'],
  ['$$', '$'],
  ['$$$$', '$$'],
  ['$${env}', '${env}'],
  ['$$${env}', '$prod'],
  ['$$$${env}', '$${env}'],
  ['cost: $5 and $$5', 'cost: $5 and $5'],
  ['\\${env}', '\\prod'],
  ['${tpl}', '${env}'],
  ['{{ ${env} }}', '{{ prod }}'],
  ['${env}}', 'prod}'],
  ['text ${', { error: 'unable to parse variable name' }],
  ['${miss}', '', { error: 'variable not set (strict mode): "miss"' }],
  ['${miss:-dev}', 'dev'],
  ['${miss:=dev}', 'dev'],
  ['${miss=dev}', 'dev'],
  ['${miss:+dev}', 'dev'],
  ['${miss:?dev}', 'dev'],
  ['${empty:-dev}', 'dev'],
  ['${empty:=dev}', 'dev'],
  ['${empty=dev}', 'dev'],
  ['${env:-dev}', 'prod'],
  ['${env=dev}', 'prod'],
  ['${env:+dev}', 'prod'],
  ['${env:?dev}', 'prod'],
  ['${miss:-}', ''],
  ['${miss:=}', ''],
  ['${miss-dev}', { error: 'missing closing brace' }],
  ['${miss+dev}', { error: 'missing closing brace' }],
  ['${miss?dev}', { error: 'missing closing brace' }],
  ['${miss:-${env}}', 'prod'],
  ['${miss:-${other:-${two}}}', '2'],
  ['${miss:-a${env}b}', 'aprodb'],
  ['${miss:-a:b=c/d e}', 'a:b=c/d e'],
  ['${miss:-$${env}}', '$prod'],
  ['${miss:-{}}', '{}'],
  ['${miss:-"q"}', '"q"'],
  ['${miss:-#no}', '#no'],
  ['${#env}', '4'],
  ['${#empty}', '0'],
  ['${#miss}', '0', { error: 'variable not set (strict mode): "miss"' }],
  ['${#uni}', '7'],
  ['${# env}', { error: 'bad substitution' }],
  ['${app,}', 'shop-API'],
  ['${app,,}', 'shop-api'],
  ['${env^}', 'Prod'],
  ['${env^^}', 'PROD'],
  ['${uni^^}', 'STRAßE'],
  ['${e^}', 'ß'],
  ['${miss^^}', '', { error: 'variable not set (strict mode): "miss"' }],
  ['${env^^^}', { error: 'bad substitution' }],
  ['${env,^}', 'prod'],
  ['${env^x}', { error: 'bad substitution' }],
  ['${zone:3}', 'west-1b'],
  ['${zone:3:4}', 'west'],
  ['${zone:0:2}', 'eu'],
  ['${zone:50}', ''],
  ['${zone:8:50}', '1b'],
  ['${zone:-2}', 'eu-west-1b'],
  ['${zone: -2}', 'eu-west-1b'],
  ['${zone:${neg}}', '-1b'],
  ['${zone:${neg}:2}', '-1'],
  ['${zone:${two}:2}', '-w'],
  ['${zone:abc}', 'eu-west-1b'],
  ['${zone:1:abc}', 'eu-west-1b'],
  ['${zone:}', { error: 'unable to parse substitution within function' }],
  ['${num:1}', '07'],
  ['${env:4}', ''],
  ['${env:4:0}', ''],
  ['${env:1:0}', ''],
  ['${url#*/}', '/reg.acme.io/team/web:2.4.1'],
  ['${url##*/}', 'web:2.4.1'],
  ['${url%:*}', 'https://reg.acme.io/team/web'],
  ['${url%%:*}', 'https'],
  ['${url#https://}', 'reg.acme.io/team/web:2.4.1'],
  ['${url##*:}', '2.4.1'],
  ['${path%.*}', 'a/b/c.d'],
  ['${path%%.*}', 'a/b/c'],
  ['${path#*.}', 'd.e'],
  ['${path##*.}', 'e'],
  ['${path%/*}', 'a/b'],
  ['${path#zz}', 'a/b/c.d.e'],
  ['${env#*}', 'rod'],
  ['${env##*}', ''],
  ['${env%*}', 'pro'],
  ['${env%%*}', ''],
  ['${env#p?o}', 'd'],
  ['${env#[a-p]}', 'rod'],
  ['${env%[a-z]}', 'prod'],
  ['${env#[^q]}', 'rod'],
  ['${path#${pat}}', 'a/b/c.d.e'],
  ['${path#a/${pat}}', { error: 'bad substitution' }],
  ['${env#}', { error: 'unable to parse substitution within function' }],
  ['${env#\\p}', 'rod'],
  ['${glob#x\\[1}', ']y'],
  ['${s#s}', 'ss'],
  ['${s%%s}', 'ss'],
  ['${zone/-/_}', 'eu_west-1b'],
  ['${zone//-/_}', 'eu_west_1b'],
  ['${zone/#eu/us}', 'us-west-1b'],
  ['${zone/%b/a}', 'eu-west-1a'],
  ['${zone/#west/x}', 'eu-west-1b'],
  ['${zone/-/}', 'euwest-1b'],
  ['${zone//-/}', 'euwest1b'],
  ['${zone/-}', { error: 'bad substitution' }],
  ['${zone/.*/x}', 'eu-west-1b'],
  ['${path/\\//_}', 'a_b/c.d.e'],
  ['${path//\\//_}', 'a_b_c.d.e'],
  ['${path//\\//\\\\}', 'a\\b\\c.d.e'],
  ['${zone/west/${env}}', 'eu-prod-1b'],
  ['${zone/${env}/x}', 'eu-west-1b'],
  ['${zone/#eu-/}', 'eu-west-1b'],
  ['${env/o/a/b}', 'pra/bd'],
  ['${s//s/ss}', 'ssssss'],
  ['${zone/w[a-z]*/x}', 'eu-west-1b'],
  ['${pct/%/pc}', { error: 'unable to parse substitution within function' }],
  ['${env//}', { error: 'bad substitution' }],
  ['${1env}', '', { error: 'variable not set (strict mode): "1env"' }],
  ['${_x}', '', { error: 'variable not set (strict mode): "_x"' }],
  ['${a.b}', { error: 'missing closing brace' }],
  ['${a-b}', { error: 'missing closing brace' }],
  ['${a b}', { error: 'missing closing brace' }],
  ['${ env}', { error: 'unable to parse variable name' }],
  ['${}', { error: 'unable to parse variable name' }],
  ['${!env}', { error: 'unable to parse variable name' }],
  ['${env@U}', { error: 'missing closing brace' }],
  ['${arr[0]}', { error: 'missing closing brace' }],
  ['${arr[@]}', { error: 'missing closing brace' }],
  ['${env:-x', { error: 'unable to parse substitution within function' }],
  ['${é}', '', { error: 'variable not set (strict mode): "é"' }],
  ['${greek^^}', 'ᾼİ'],
  ['${greek,,}', 'ᾳi'],
  ['${url#*:*:}', '2.4.1'],
  ['${url%%[0-9]*}', 'https://reg.acme.io/team/web:2.4.1'],
  ['${uni#stra?}', { error: 'expression of "uni" cuts a character in two: the result is not UTF-8' }],
  ['${uni##stra?}', 'e'],
  ['${uni:0:5}${uni:5:2}', 'straße'],
  ['${zone:2:-1}', { error: 'substring of "zone" ends before it begins' }],
  ['${uni:4:1}', { error: 'expression of "uni" cuts a character in two: the result is not UTF-8' }],
  ['${s/${empty}/x}', 'xsss'],
  ['${s//${empty}/x}', 'xsxsxsx'],
  ['${e//${empty}/x}', 'xßx'],
  ['before\0${unread', 'before'],
];

function outcome(text: string, strict: boolean): Want {
  try {
    return substituteText(text, (name) => VARIABLES.get(name), { strict });
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    return { error: error.problems[0]?.message ?? '' };
  }
}

describe('expressions', () => {
  for (const [text, lax, strict = lax] of EXPRESSIONS) {
    test(text, () => expect([outcome(text, false), outcome(text, true)]).toEqual([lax, strict]));
  }
});

function problems(text: string, limits = {}): SubstitutionError['problems'] {
  try {
    substituteText(text, (name) => VARIABLES.get(name), { strict: true, limits });
  } catch (error) {
    if (error instanceof SubstitutionError) return error.problems;
    throw error;
  }
  return [];
}

test('every missing variable of a text is told, with its place', () => {
  const found = problems('a: ${miss}\nb: ${env} ${gone^^}\nc: ${miss:-${lost}}\n');
  expect(found.map(({ variable, line, column }) => [variable, line, column])).toEqual([
    ['miss', 1, 4],
    ['gone', 2, 11],
    ['lost', 3, 12],
  ]);
});

test('a malformed expression is told with its place, its variable and what to write', () => {
  expect(problems('x\n  echo ${arr[@]}')).toEqual([
    {
      fault: 'syntax',
      message: 'missing closing brace',
      suggestion: 'write $${ where the text itself shall hold ${',
      variable: 'arr',
      offset: 9,
      line: 2,
      column: 8,
    },
  ]);
});

test('no value is in a message', () => {
  const secret = new Map([['password', 'hunter2-ß']]);
  for (const text of ['${password:0:9}', '${password:3:-2}', '${password/${none}/x}', '${password']) {
    try {
      substituteText(text, (name) => secret.get(name), { strict: true });
      throw new Error(`no error for ${text}`);
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
    }
  }
});

describe('limits end a substitution that would grow or run on', () => {
  test('nesting', () => {
    expect(problems('${a:-'.repeat(200) + '}'.repeat(200))).toMatchObject([{ fault: 'limit' }]);
  });
  test('the length of the result', () => {
    expect(problems('${url}'.repeat(100), { outputBytes: 1000 })).toMatchObject([{ fault: 'limit' }]);
  });
  test('growth inside one expression', () => {
    const wide = 's'.repeat(1000);
    const lookup = (): string => wide;
    const text = '${a//s/${b//s/${c//s/${d}}}}';
    expect(() => substituteText(text, lookup, { strict: true })).toThrow(SubstitutionError);
  });
  test('patterns with many stars', () => {
    const given = new Map([
      ['v', `${'a'.repeat(200_000)}é`],
      ['p', `${'*[a]'.repeat(50)}*b`],
    ]);
    const began = process.cpuUsage();
    expect(() => substituteText('${v##${p}}', (name) => given.get(name), { strict: true })).toThrow('limit');
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2_000);
  });
});

test('long texts and values take time in proportion', () => {
  const lines = Array.from({ length: 50_000 }, (_, i) => `echo $$ "${'${zone}'}" $((1 + ${i}))\n`).join('');
  expect(problems(lines)).toEqual([]);
  const long = new Map([['v', `${'segment/'.repeat(100_000)}end`]]);
  for (const [text, want] of [
    ['${v##*/}', 3],
    ['${v#*/}', 799_995],
    ['${v%%/*}', 7],
    ['${v%/*}', 799_999],
    ['${v//seg/}', 500_003],
  ] as const) {
    expect(substituteText(text, (name) => long.get(name), { strict: true })).toHaveLength(want);
  }
});
