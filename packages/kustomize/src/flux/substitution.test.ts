import { describe, expect, test } from 'vitest';
import type { BuildResult } from '../api.ts';
import { buildStage } from '../build.ts';

const HEAD = 'apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\n';

function substituted(text: string, variables: Readonly<Record<string, string>>): BuildResult {
  return buildStage(new Map([['w.yaml', text]]), { variables: new Map(Object.entries(variables)) });
}

const indented = (spec: string): string => spec.replaceAll(/^(?=.)/gm, '  ');

interface FieldCase {
  readonly name: string;
  readonly spec: string;
  readonly given: Readonly<Record<string, string>>;
  /** The spec of the built object, or words of the problem. */
  readonly want: unknown;
}

const FIELDS: readonly FieldCase[] = [
  { name: 'quotes of the source are gone', spec: 'a: "${n}"', given: { n: '42' }, want: { a: 42 } },
  { name: 'a variable holds the quotes', spec: 'a: ${q}${n}${q}', given: { q: '"', n: '42' }, want: { a: '42' } },
  { name: 'text around keeps it text', spec: 'a: x${n}', given: { n: '42' }, want: { a: 'x42' } },
  { name: 'a boolean', spec: 'a: "${b}"', given: { b: 'true' }, want: { a: true } },
  { name: 'yes is true', spec: 'a: ${v}', given: { v: 'yes' }, want: { a: true } },
  { name: 'an octal number', spec: 'a: ${v}', given: { v: '0123' }, want: { a: 83 } },
  { name: 'a hexadecimal number', spec: 'a: ${v}', given: { v: '0x10' }, want: { a: 16 } },
  { name: 'a version of two parts is a number', spec: 'a: ${v}', given: { v: '1.10' }, want: { a: 1.1 } },
  { name: 'a version of three parts is text', spec: 'a: ${v}', given: { v: '1.2.3' }, want: { a: '1.2.3' } },
  { name: 'a date is text', spec: 'a: ${v}', given: { v: '2024-01-02' }, want: { a: '2024-01-02' } },
  { name: 'an empty default is null', spec: 'a: "${x:-}"', given: { n: '' }, want: { a: null } },
  { name: 'a comment', spec: 'a: ${c}', given: { c: 'a #b' }, want: { a: 'a' } },
  { name: 'a list', spec: 'a: ${c}', given: { c: '[1, 2]' }, want: { a: [1, 2] } },
  { name: 'a map', spec: 'a: ${c}', given: { c: '{x: 1}' }, want: { a: { x: 1 } } },
  { name: 'a key', spec: '${k}: v', given: { k: 'key' }, want: { key: 'v' } },
  {
    name: 'escapes in a block',
    spec: 'a: |\n  $$x $${keep}\n',
    given: { x: '1' },
    want: { a: '$x ${keep}\n' },
  },
  { name: 'quotes of a default', spec: 'b: ${y:="quoted"}', given: { x: '' }, want: { b: 'quoted' } },
  { name: 'beyond ASCII', spec: 'a: "${e}"', given: { e: '😀 é' }, want: { a: '😀 é' } },
  { name: 'a backslash', spec: 'a: ${p}', given: { p: 'C:\\dir' }, want: { a: 'C:\\dir' } },
  { name: 'an expression in a value stays text', spec: 'a: x${v}', given: { v: '${n}', n: '1' }, want: { a: 'x${n}' } },
  {
    name: 'a folded line',
    spec: `a: ${'word '.repeat(20)}\${v} end`,
    given: { v: 'value' },
    want: { a: `${'word '.repeat(20)}value end` },
  },
  {
    name: 'keys of JavaScript',
    spec: '${k}: {a: 1}',
    given: { k: '__proto__' },
    want: JSON.parse('{"__proto__":{"a":1}}'),
  },
];

describe('a field of one object', () => {
  for (const { name, spec, given, want } of FIELDS) {
    test(name, () => {
      const result = substituted(`${HEAD}spec:\n${indented(spec)}\n`, given);
      if (!result.ok) throw new Error(result.problems[0]?.message);
      expect(result.resources[0]?.toObject()['spec']).toEqual(want);
    });
  }
});

const REFUSED: readonly { name: string; spec: string; given: Readonly<Record<string, string>>; want: object }[] = [
  {
    name: 'a missing variable is told with object, field and variable',
    spec: 'deep: [{a: x}, {a: "${GONE}"}]',
    given: { x: '' },
    want: { object: 'Widget w', field: 'spec.deep[1].a', variable: 'GONE', file: 'w.yaml', line: 6 },
  },
  {
    name: 'an expression of a shell',
    spec: 'script: |\n  echo ${arr[@]}\n',
    given: { x: '' },
    want: { object: 'Widget w', field: 'spec.script', variable: 'arr' },
  },
  { name: 'a value with a colon', spec: 'a: ${c}', given: { c: 'hunter2: b' }, want: { field: 'spec.a' } },
  { name: 'a value with an alias', spec: 'a: ${c}', given: { c: '*hunter2' }, want: { field: 'spec.a' } },
  {
    name: 'a value that cuts a quote',
    spec: 'b: "x\\ty ${p}"',
    given: { p: 'hunter2 "hi"' },
    want: { field: 'spec.b' },
  },
  {
    name: 'a value that begins another document',
    spec: 'a: ${p}\nb: 1',
    given: { p: 'x\n---\nhunter2: x' },
    want: { object: 'Widget w' },
  },
  {
    name: 'a value that ends the document',
    spec: 'a: ${p}\nb: 1',
    given: { p: 'x\n...\nhunter2: x' },
    want: { object: 'Widget w' },
  },
];

describe('is refused, and no value is told', () => {
  for (const { name, spec, given, want } of REFUSED) {
    test(name, () => {
      const result = substituted(`${HEAD}spec:\n${indented(spec)}\n`, given);
      if (result.ok) throw new Error(`built ${result.resources[0]?.yaml}`);
      expect(result.problems[0]).toMatchObject(want);
      expect(JSON.stringify(result.problems)).not.toContain('hunter2');
    });
  }
});

test('every missing variable of an object is told at once', () => {
  const result = substituted(`${HEAD}spec: {a: "\${A}", b: "\${B:-x}", c: "\${C} \${D}"}\n`, { x: '' });
  expect(result.ok ? [] : result.problems.map(({ variable }) => variable)).toEqual(['A', 'C', 'D']);
});

test('a name that becomes a number is refused', () => {
  const result = substituted(`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \${n}\n`, { n: '123' });
  expect(result.ok ? [] : result.problems).toMatchObject([{ field: 'metadata.name' }]);
});

for (const where of ['labels', 'annotations']) {
  test(`an object opts out by ${where}, others do not`, () => {
    const opted = `${HEAD}  ${where}: {kustomize.toolkit.fluxcd.io/substitute: disabled}\nspec: {a: "\${A} $$"}\n`;
    const result = substituted(`${opted}---\n${HEAD.replace('name: w', 'name: v')}spec: {a: "\${A} $$"}\n`, { A: 'x' });
    expect(result.ok && result.resources.map((r) => r.toObject()['spec'])).toEqual([{ a: '${A} $$' }, { a: 'x $' }]);
  });
}

test('a variable cannot switch the opt-out', () => {
  const text = `${HEAD}  labels: {kustomize.toolkit.fluxcd.io/substitute: "\${V}"}\nspec: {a: "\${V}"}\n`;
  const result = substituted(text, { V: 'disabled' });
  expect(result.ok && result.resources[0]?.toObject()['spec']).toEqual({ a: 'disabled' });
});

test('without variables the text stays', () => {
  const result = buildStage(new Map([['w.yaml', `${HEAD}spec: {a: "\${A} $$"}\n`]]));
  expect(result.ok && result.resources[0]?.toObject()['spec']).toEqual({ a: '${A} $$' });
});
