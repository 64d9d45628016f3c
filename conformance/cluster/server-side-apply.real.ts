import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Api, openApi } from '../support/api.ts';
import { randomFrom } from '../support/random.ts';
import { GoldenCollection } from './server-side-apply/golden.ts';
import { type PlayedKind, playedKinds } from './server-side-apply/kinds.ts';
import { Play } from './server-side-apply/play.ts';

/**
 * The library's server-side apply against the server's: random writes by several managers, every answer compared —
 * ownership with its times, objects, status codes, conflicts. `STAGESET_FUZZ_RUNS` sequences (300), the first from the
 * seed `STAGESET_FUZZ_SEED`; a difference names its seed. `STAGESET_GOLDEN=1` keeps a few answers of each sort as the
 * golden files of the library's unit tests.
 */
const runs = Number(process.env['STAGESET_FUZZ_RUNS'] ?? 300);
const firstSeed = Number(process.env['STAGESET_FUZZ_SEED'] ?? 1);
const golden = process.env['STAGESET_GOLDEN'] === '1' ? new GoldenCollection(1) : undefined;
const STEPS = 12;
/** Every tenth sequence is a long one, in which owners pile up. */
const MANY_STEPS = 60;
const NAMESPACE = `ssa-${process.pid}`;

let api: Api;
let kinds: PlayedKind[];

beforeAll(async () => {
  api = await openApi(inject('kubeconfig'));
  await api.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  kinds = await playedKinds(api);
});

afterAll(() => api.close());

test(`${runs} sequences of writes from seed ${firstSeed}`, { timeout: 60_000 + runs * 1000 }, async () => {
  let played = 0;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const random = randomFrom(seed);
    const play = new Play(api, random.pick(kinds), random, NAMESPACE, `object-${seed}`);
    const difference = await play.run(seed % 10 === 0 ? MANY_STEPS : STEPS);
    await play.cleanUp();
    played += play.steps.length;
    for (const step of play.steps) golden?.add(step);
    if (difference !== undefined) {
      const { what, kind, request, want, got } = difference;
      const told = JSON.stringify({ ...request, schema: undefined, empty: undefined });
      expect(got, `seed ${seed}, step ${play.steps.length}: ${what} of a ${kind}: ${told}`).toEqual(want);
    }
  }
  expect(played).toBeGreaterThan(runs);
  for (const [kind, file] of golden?.files() ?? []) {
    const name = new URL(`../../packages/k8s/src/apply/golden/${kind.toLowerCase()}.json`, import.meta.url);
    await writeFile(name, `${JSON.stringify(file)}\n`);
  }
});
