import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readScenarioFile } from './scenario.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-scenario-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const head = 'apiVersion: stages.metio.wtf/v1\nkind: Scenario\n';

test('reads a scenario beside where it is called', async () => {
  await writeFile(join(folder, 'good.yaml'), `${head}rules:\n- match: {kind: Job}\n  simulate: fail times=1\n`);
  expect(await readScenarioFile('good.yaml', folder)).toMatchObject({ rules: [{ simulate: 'fail times=1' }] });
});

test('names the file and all that is wrong with it', async () => {
  await writeFile(join(folder, 'bad.yaml'), `${head}seed: x\nrules:\n- match: {kind: Job}\n  simulate: explode\n`);
  await expect(readScenarioFile('bad.yaml', folder)).rejects.toThrow(
    /^--scenario bad.yaml: the scenario is not valid:\n {2}seed: expected a whole number, zero or above\n {2}rules\[0\].simulate: "explode" is none of: run, /,
  );
});

test('names a file that is not there', async () => {
  await expect(readScenarioFile('none.yaml', folder)).rejects.toThrow(/^--scenario none.yaml cannot be read: ENOENT/);
});
