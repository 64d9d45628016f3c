/** What only CEL rules of our definitions refuse, by every server and by us. */
import { crds, validateStageSet } from '@stageset/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

let suite: SuiteCluster;
let namespace: string;

beforeAll(async () => {
  suite = await suiteCluster();
  namespace = await suite.namespace();
  for (const crd of crds()) await suite.cluster.apply(crd, { fieldManager: 'rules-suite', force: true });
  const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  await eventually(suite.cluster, kind, 'StageSet is served', (found) =>
    found.some(
      (crd) => crd.metadata.name === 'stagesets.stages.metio.wtf' && JSON.stringify(crd).includes('Established'),
    ),
  );
  await suite.cluster.resource({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet' }, { refresh: true });
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
