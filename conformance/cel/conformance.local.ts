import { describe, expect, test } from 'vitest';
import { conformanceCases, needsMessages, SECTIONS } from './cases.ts';
import { runOurs, shown, wanted } from './ours.ts';

/** Cases of the official data that are not met, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'namespace/self_eval_container_lookup': 'expressions of Kubernetes have no container',
  'namespace/self_eval_container_lookup_unchecked': 'expressions of Kubernetes have no container',
};

const cases = conformanceCases().filter((each) => !needsMessages(each) && !each.checkOnly);

describe('the official conformance data', () => {
  test.each(SECTIONS)('%s', (section) => {
    const found = cases.filter((each) => each.section === section && !(`${section}/${each.name}` in LEFT_OUT));
    expect(found.length).toBeGreaterThan(0);
    const answers = found.map((each) => {
      const outcome = runOurs(each);
      return `${each.name}: ${each.expr} = ${'error' in outcome ? 'error' : shown(outcome.value)}`;
    });
    expect(answers).toEqual(found.map(({ name, expr, want }) => `${name}: ${expr} = ${wanted(want)}`));
  });
});
