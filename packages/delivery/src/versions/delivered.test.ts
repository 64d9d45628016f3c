import { expect, test } from 'vitest';
import { aStageSet } from '../testing/facts.ts';
import { deliveredVersion } from './delivered.ts';

const cases: readonly { name: string; value: string; before?: string; allowDowngrade?: boolean; want: string }[] = [
  { name: 'the first', value: ' v1.2.0 ', want: 'v1.2.0' },
  { name: 'a higher one', value: '2', before: '1.9.9', want: '2' },
  { name: 'the same', value: 'v1.0.0', before: '1.0.0', want: 'v1.0.0' },
  { name: 'a lower one', value: '1.0.0', before: '1.0.1', want: 'DowngradeNotAllowed' },
  { name: 'a lower one that is meant', value: '1.0.0', before: '1.0.1', allowDowngrade: true, want: '1.0.0' },
  { name: 'none that can be read', value: '1.0.0', before: 'latest', want: 'InvalidVersion' },
  { name: 'nothing', value: '', want: 'none' },
];
for (const { name, value, before, allowDowngrade = false, want } of cases) {
  test(name, () => {
    const status = before === undefined ? {} : { version: before };
    const fact = deliveredVersion(aStageSet({ spec: { version: { value, allowDowngrade } }, status }));
    const told = fact.state === 'known' ? fact.version : fact.state === 'invalid' ? fact.failure.reason : fact.state;
    expect(told).toBe(want);
  });
}
