import { describe, expect, test } from 'vitest';
import { formatInputProblem } from './document.ts';
import { parseInputs } from './parse.ts';

const problems = (text: string) => parseInputs('release.yaml', text).problems.map(formatInputProblem);

describe('input files', () => {
  test('hold any number of documents, each with its line', () => {
    const { documents } = parseInputs(
      'release.yaml',
      '# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n\napiVersion: v1\nkind: Secret\nmetadata:\n  name: b\ndata:\n  key: dg==\n',
    );
    expect(documents.map(({ object, line }) => [object.kind, object.metadata.name, line])).toEqual([
      ['ConfigMap', 'a', 2],
      ['Secret', 'b', 7],
    ]);
    expect(documents[1]?.lineOf(['data', 'key'])).toBe(12);
    expect(documents[1]?.lineOf(['data', 'absent', 'deeper'])).toBe(11);
  });

  test('a list stands for its items', () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}\n';
    expect(parseInputs('list.yaml', text).documents.map(({ object, line }) => [object.kind, line])).toEqual([
      ['ConfigMap', 4],
    ]);
  });

  const faults: readonly { name: string; text: string; want: RegExp }[] = [
    {
      name: 'broken YAML, with line and column',
      text: 'a: 1\nb: [1, 2\nc: 3\n',
      want: /^release\.yaml:\d+:\d+: not valid YAML: /,
    },
    { name: 'a scalar', text: 'hello\n', want: /^release\.yaml:1: not a Kubernetes object: expected a mapping/ },
    {
      name: 'a manifest without kind',
      text: '\napiVersion: v1\nmetadata: {name: a}\n',
      want: /^release\.yaml:2: not a Kubernetes object: kind missing$/,
    },
    { name: 'a values file', text: 'replicas: 1\n', want: /apiVersion, kind, metadata\.name missing/ },
    {
      name: 'a bomb of aliases',
      text: `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      want: /alias/i,
    },
  ];
  for (const { name, text, want } of faults)
    test(`refuses ${name}`, () => expect(problems(text)).toEqual([expect.stringMatching(want)]));

  test('empty documents are nothing', () =>
    expect(parseInputs('a.yaml', '---\n# only a comment\n---\n').documents).toEqual([]));
});
