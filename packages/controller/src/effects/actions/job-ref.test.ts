import { expect, test } from 'vitest';
import { jobRef, namedJob } from './job-ref.ts';

const job = (namespace: string) => ({ apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'migrate' });

test.each([
  { name: 'at home, by its name', given: job('releases'), want: 'migrate' },
  { name: 'elsewhere, with its namespace', given: job('shop'), want: 'shop/migrate' },
])('status names a Job $name', ({ given, want }) => {
  expect(namedJob(given, 'releases')).toBe(want);
  expect(jobRef(want, 'releases')).toEqual(given);
});
