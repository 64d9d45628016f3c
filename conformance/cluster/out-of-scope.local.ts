import { startCluster } from '@stageset/apiserver';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OUT_OF_SCOPE } from './out-of-scope.ts';
import { readAnswer } from './transcript/normal.ts';
import { fullPath } from './transcript/steps.ts';

let cluster: Awaited<ReturnType<typeof startCluster>>;
beforeAll(async () => {
  cluster = await startCluster({ clock: systemClock, workloads: false });
  for (const [index] of OUT_OF_SCOPE.entries()) {
    cluster.registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `scope-${index}` } });
  }
});
afterAll(() => cluster.stop());

for (const [index, { name, steps, answer }] of OUT_OF_SCOPE.entries()) {
  test(`${name}: the cluster says that it does not do this`, async () => {
    let last: { status: number; warning: string; body: unknown } | undefined;
    for (const { method, path, headers, body } of steps) {
      const response = await cluster.transport({
        method,
        path: fullPath(path, `scope-${index}`),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body: JSON.stringify(body).replaceAll('{ns}', `scope-${index}`) }),
      });
      last = {
        status: response.status,
        warning: response.headers['warning'] ?? '',
        body: await readAnswer(response),
      };
    }
    if ('warns' in answer) expect(last).toMatchObject({ status: 201, warning: expect.stringMatching(answer.warns) });
    else expect(last).toMatchObject({ status: answer.code, body: { message: expect.stringMatching(answer.says) } });
  });
}
