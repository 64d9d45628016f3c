/** What only CEL rules of our definitions refuse, by every server and by us. */
import { crds, validateStageSet } from '@stageset/api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

let suite: SuiteCluster;
let namespace: string;

beforeAll(async () => {
  suite = await suiteCluster();
  namespace = await suite.namespace();
  for (const crd of crds()) await suite.cluster.apply(crd, { fieldManager: 'rules-suite', force: true });
  const kind = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet' };
  const isServed = async () => expect(await suite.cluster.resource(kind, { refresh: true })).toBeDefined();
  await vi.waitFor(isServed, { timeout: 20_000, interval: 200 });
});
afterAll(() => suite.stop());

const app = { name: 'app', sourceRef: { name: 'app' } };
const refused: readonly { name: string; spec: unknown; says: RegExp; metadata?: { name: string } }[] = [
  {
    name: 'two kubeconfigs',
    spec: { kubeConfig: { secretRef: { name: 'a' }, configMapRef: { name: 'b' } }, stages: [app] },
    says: /exactly one of secretRef and configMapRef/,
  },
  {
    name: 'an action with two verbs',
    spec: { stages: [{ ...app, actions: { pre: [{ name: 'a', wait: {}, job: { sourceRef: { name: 'b' } } }] } }] },
    says: /exactly one of patch, http/,
  },
  {
    name: 'a name that is too long for a label',
    metadata: { name: 'a'.repeat(64) },
    spec: { stages: [app] },
    says: /63 characters/,
  },
];

for (const { name, spec, says, metadata = { name: 'refused' } } of refused) {
  test(`${name}: refused by the server, and by us`, async () => {
    const object = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', metadata: { ...metadata, namespace }, spec };
    await expect(suite.cluster.create(object, { dryRun: true })).rejects.toThrow(says);
    expect(validateStageSet(object)).not.toEqual([]);
  });
}
