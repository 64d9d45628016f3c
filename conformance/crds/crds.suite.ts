import { type StageSet, validateStageSet } from '@stageset/api';
import { ApiError, isJsonArray, isJsonObject, type KubeObject } from '@stageset/k8s';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LITERAL_VERSION, VALID } from '../../packages/api/src/every-field.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { kubectl } from '../support/kubectl.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

let suite: SuiteCluster;
let namespace: string;
const NAMES = ['stageinventories', 'stageledgers', 'stagesets'].map((plural) => `${plural}.stages.metio.wtf`);

beforeAll(async () => {
  suite = await suiteCluster();
  namespace = await suite.namespace();
});
afterAll(() => suite.stop());

test('the definitions are applied without a warning and become established', async () => {
  const applied = await kubectl(suite.kubeconfig, ['apply', '--server-side', '-f', 'deploy/crds', '--recursive']);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  await eventually(suite.cluster, kind, 'the definitions are established', (crds) =>
    NAMES.every((name) => crds.some((crd) => crd.metadata.name === name && isEstablished(crd))),
  );
  for (const kind of ['StageInventory', 'StageLedger', 'StageSet']) {
    await suite.cluster.resource({ apiVersion: 'stages.metio.wtf/v1', kind }, { refresh: true });
  }
});

function isEstablished({ status }: KubeObject): boolean {
  const conditions = isJsonObject(status) && isJsonArray(status['conditions']) ? status['conditions'] : [];
  // Structural schemas that the server cannot serve are told by NonStructuralSchema.
  const types = conditions.flatMap((condition) =>
    isJsonObject(condition) && condition['status'] === 'True' ? [condition['type']] : [],
  );
  return types.includes('Established') && !types.includes('NonStructuralSchema');
}

function inNamespace(stageSet: StageSet): KubeObject {
  return { ...stageSet, metadata: { ...stageSet.metadata, namespace } };
}

function send(object: KubeObject): Promise<KubeObject> {
  return suite.cluster.create(object, { dryRun: true, fieldValidation: 'Strict' });
}

describe('StageSets', () => {
  for (const stageSet of VALID) {
    test(`${stageSet.metadata.name} is accepted, and stored as it was written`, async () => {
      const stored = await send(inNamespace(stageSet));
      expect(stored['spec']).toEqual(stageSet.spec);
    });
  }

  test('begin with a generation that nobody has observed, so that kstatus sees them in progress', async () => {
    const stored = await suite.cluster.create(inNamespace(LITERAL_VERSION));
    expect(stored['status']).toEqual({ observedGeneration: -1 });
  });

  test('get the default of a conflict policy from the server', async () => {
    const stored = await send(
      inNamespace({
        ...LITERAL_VERSION,
        metadata: { name: 'defaulted' },
        spec: { stages: [{ name: 'app', sourceRef: { name: 'app' }, conflictPolicy: {} }] },
      }),
    );
    expect(stored['spec']).toMatchObject({ stages: [{ conflictPolicy: { default: 'Fail' } }] });
  });

  const app = { name: 'app', sourceRef: { name: 'app' } };
  const refused: readonly { name: string; spec: unknown; says: RegExp }[] = [
    { name: 'no stages', spec: { stages: [] }, says: /spec\.stages/ },
    { name: 'two stages of one name', spec: { stages: [app, app] }, says: /Duplicate value/ },
    {
      name: 'a stage name that no label can have',
      spec: { stages: [{ ...app, name: 'App' }] },
      says: /stages\[0\]\.name/,
    },
    { name: 'a stage name that is too long', spec: { stages: [{ ...app, name: 'a'.repeat(64) }] }, says: /63/ },
    { name: 'something else than a duration', spec: { interval: '5 minutes', stages: [app] }, says: /spec\.interval/ },
    { name: 'an unknown field', spec: { intervall: '5m', stages: [app] }, says: /intervall/ },
  ];
  for (const { name, spec, says } of refused) {
    test(`${name}: refused by the server, and by us`, async () => {
      const object = {
        apiVersion: 'stages.metio.wtf/v1',
        kind: 'StageSet',
        metadata: { name: 'refused', namespace },
        spec,
      };
      await expect(send(object)).rejects.toThrow(says);
      expect(validateStageSet(object)).not.toEqual([]);
    });
  }

  test('whatever we find valid, the server accepts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...VALID).chain(mutated), async (object) => {
        const accepted = await send(object).then(
          () => true,
          (error: unknown) => {
            if (error instanceof ApiError && (error.code === 400 || error.code === 422)) return false;
            throw error;
          },
        );
        if (!accepted) expect(validateStageSet(object)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** The StageSet with one value somewhere in its spec replaced by something else, or taken out. */
function mutated(stageSet: StageSet): fc.Arbitrary<KubeObject> {
  const junk = fc.constantFrom<unknown>(
    ...['', 'x', 'X_y', '5m', '-1', '1.5.0', 'true', 'a'.repeat(300), '2030-02-31T00:00:00Z', '2030-01-01t00:00:00z'],
    ...[0, -1, 1.5, 600, 2 ** 31, true, false, null, undefined, [], {}, [{}], ['a'], { a: 'b' }, { name: 'a' }],
  );
  return fc.tuple(fc.constantFrom(...placesIn(stageSet.spec)), junk).map(([place, value]) => {
    const copy = inNamespace({ ...structuredClone(stageSet), metadata: { name: 'mutated' } });
    let parent = copy['spec'] as Record<string, unknown>;
    for (const step of place.slice(0, -1)) parent = parent[step] as Record<string, unknown>;
    const last = place.at(-1) ?? '';
    if (value !== undefined) parent[last] = value;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
    return copy;
  });
}

function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [[key], ...placesIn(child).map((place) => [key, ...place])]);
}
