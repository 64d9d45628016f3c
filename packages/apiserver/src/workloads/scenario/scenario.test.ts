import { expect, test } from 'vitest';
import { parseScenario, readScenario, ScenarioError } from './scenario.ts';

const head = { apiVersion: 'stages.metio.wtf/v1', kind: 'Scenario' };

function problemsOf(document: unknown): readonly string[] {
  try {
    readScenario(document);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
}

test('reads what a file says', () => {
  const document = parseScenario(`
apiVersion: stages.metio.wtf/v1
kind: Scenario
seed: 7
timing: {podReady: 2s}
rules:
- match: {kind: Deployment, name: web*}
  simulate: crash times=2
`);
  expect(readScenario(document)).toEqual({
    seed: 7,
    timing: { podReadyMs: 2000 },
    rules: [{ match: { kind: 'Deployment', name: 'web*' }, behaviour: { word: 'crash', times: 2 } }],
  });
});

const wrong: readonly { name: string; given: unknown; want: readonly string[] }[] = [
  {
    name: 'something else',
    given: 'text',
    want: [
      'scenario: expected an object, found "text"',
      'apiVersion: expected stages.metio.wtf/v1',
      'kind: expected Scenario',
    ],
  },
  {
    name: 'an unknown member',
    given: { ...head, rule: [] },
    want: ['rule: is not known here; known are: apiVersion, kind, seed, timing, rules'],
  },
  {
    name: 'a seed that is no number',
    given: { ...head, seed: 'x' },
    want: ['seed: expected a whole number, zero or above'],
  },
  {
    name: 'times that are none',
    given: { ...head, timing: { podReady: 5, pods: '1s' } },
    want: [
      'timing.pods: is not known here; known are: reaction, podReady, jobPod, podFailure, podStop, address, claim, operator',
      'timing.podReady: expected a duration, for example 300ms or 2m, found 5',
    ],
  },
  { name: 'rules that are no list', given: { ...head, rules: {} }, want: ['rules: expected a list'] },
  {
    name: 'a rule that matches nothing in particular and says nothing',
    given: { ...head, rules: [{ match: {} }] },
    want: [
      'rules[0].match: expected at least one of: group, kind, namespace, name, labels, image',
      'rules[0].simulate: expected text such as "crash times=2", found nothing',
    ],
  },
  {
    name: 'words that are none',
    given: { ...head, rules: [{ match: { group: 'x.io', name: 5, labels: { a: 1 } }, simulate: 'fail twice' }] },
    want: [
      'rules[0].match.kind: goes with group',
      'rules[0].match.name: expected text, found 5',
      'rules[0].match.labels: expected text, found 1',
      'rules[0].simulate: fail takes after, times, exit, stop, reason; it does not take "twice"',
    ],
  },
];
for (const { name, given, want } of wrong) {
  test(`refuses ${name}, and says all that is wrong`, () => expect(problemsOf(given)).toEqual(want));
}

test('refuses text that is no YAML', () => {
  expect(() => parseScenario('a: [')).toThrow(ScenarioError);
});
