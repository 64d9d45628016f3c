import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KubectlResult, kubectl, kubectlOk } from '../support/kubectl.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** What people type, as they type it: the real kubectl with no flags of its own changed. */
let cluster: SuiteCluster;
let namespace: string;
let group: string;

beforeAll(async () => {
  cluster = await suiteCluster();
  namespace = await cluster.namespace();
  group = `${namespace}.example.com`;
});
afterAll(() => cluster.stop());

const ok = (args: string, stdin?: string): Promise<string> =>
  kubectlOk(cluster.kubeconfig, ['-n', namespace, ...args.split(' ')], stdin);
const run = (args: string, stdin?: string): Promise<KubectlResult> =>
  kubectl(cluster.kubeconfig, ['-n', namespace, ...args.split(' ')], stdin);

const configMap = (name: string, value: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, labels: {app: demo}}
data: {k: ${value}}
`;

describe('objects', () => {
  test('apply creates, leaves alone, and configures', async () => {
    expect(await ok('apply -f -', configMap('a', 'one'))).toBe('configmap/a created\n');
    expect(await ok('apply -f -', configMap('a', 'one'))).toBe('configmap/a unchanged\n');
    expect(await ok('apply -f -', configMap('a', 'two'))).toBe('configmap/a configured\n');
    expect(await ok('get cm a -o jsonpath={.data.k}')).toBe('two');
  });

  test('server-side apply tells whose field it is', async () => {
    expect(await ok('apply --server-side -f -', configMap('ssa', 'one'))).toBe('configmap/ssa serverside-applied\n');
    const conflict = await run('apply --server-side --field-manager=other -f -', configMap('ssa', 'two'));
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toContain('Apply failed with 1 conflict: conflict with "kubectl": .data.k');
    await ok('apply --server-side --field-manager=other --force-conflicts -f -', configMap('ssa', 'two'));
    expect(await ok('get cm ssa -o jsonpath={.data.k}')).toBe('two');
  });

  test('create, label, annotate, patch and delete', async () => {
    expect(await ok('create configmap made --from-literal=k=v')).toBe('configmap/made created\n');
    expect(await ok('label cm made tier=web')).toBe('configmap/made labeled\n');
    expect(await ok('annotate cm made note=1')).toBe('configmap/made annotated\n');
    expect(await ok('patch cm made -p {"data":{"z":"1"}}')).toBe('configmap/made patched\n');
    expect(await ok('get cm -l tier=web -o name')).toBe('configmap/made\n');
    expect(await ok('delete cm made')).toContain('configmap "made" deleted');
    const gone = await run('get cm made');
    expect(gone).toMatchObject({ code: 1, stderr: 'Error from server (NotFound): configmaps "made" not found\n' });
  });

  test('a field that nobody knows is refused', async () => {
    const answer = await run('apply -f -', `${configMap('bad', 'x')}\ndat: {}\n`);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('strict decoding error: unknown field "dat"');
  });

  test("a kind that nobody knows is refused in kubectl's own words", async () => {
    const unknown = 'apiVersion: nope.example.com/v1\nkind: Nope\nmetadata: {name: x}\n';
    const answer = await run('apply -f -', unknown);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('no matches for kind "Nope" in version "nope.example.com/v1"');
  });

  test('diff shows what an apply would change', async () => {
    await ok('apply -f -', configMap('d', 'one'));
    const { code, stdout } = await run('diff -f -', configMap('d', 'two'));
    expect(code).toBe(1);
    expect(stdout).toContain('-  k: one');
    expect(stdout).toContain('+  k: two');
  });

  test('describe reads a Secret, and keeps its content to itself', async () => {
    await ok('create secret generic s --from-literal=password=hidden');
    const text = await ok('describe secret s');
    expect(text).toContain('password:  6 bytes');
    expect(text).not.toContain('hidden');
  });
});

describe('custom kinds', () => {
  test('a definition is served, its objects validated, defaulted, listed and explained', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['gdg'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    required: ['size'],
                    properties: {
                      size: { type: 'integer', minimum: 1, description: 'How large it is.' },
                      color: { type: 'string', default: 'red' },
                    },
                  },
                },
              },
            },
            additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          },
        ],
      },
    };
    const gadget = (size: number) =>
      JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'g' }, spec: { size } });
    await ok('apply -f -', JSON.stringify(definition));
    await ok(`wait --for=condition=Established crd/gadgets.${group} --timeout=100s`);
    expect(await ok('apply -f -', gadget(3))).toBe(`gadget.${group}/g created\n`);
    expect(await ok(`get gadgets.${group} g -o jsonpath={.spec.color}`)).toBe('red');
    expect(await ok(`get gadgets.${group}`)).toMatch(/^NAME +SIZE\ng +3\n$/);
    const invalid = await run('apply -f -', gadget(0));
    expect(invalid.stderr).toContain(
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    );
    expect(await ok(`delete crd gadgets.${group}`)).toContain('deleted');
  });
});

describe('the cluster', () => {
  test('lists its kinds and its namespaces', async () => {
    const kinds = await ok('api-resources');
    for (const kind of ['ConfigMap', 'Deployment', 'Lease', 'CustomResourceDefinition', 'ClusterRole']) {
      expect(kinds).toMatch(new RegExp(` ${kind}\n`));
    }
    expect(await ok(`get ns ${namespace} -o jsonpath={.status.phase}`)).toBe('Active');
    expect(await ok('explain deployment.spec.strategy')).toContain('rollingUpdate');
  });

  test('says who is asking, and what they may do', async () => {
    expect(await ok('auth can-i create deployments')).toBe('yes\n');
    await ok('create serviceaccount bob');
    const may = `auth can-i list configmaps --as=system:serviceaccount:${namespace}:bob`;
    expect((await run(may)).stdout).toBe('no\n');
    await ok('create role reader --verb=get,list --resource=configmaps');
    await ok(`create rolebinding reader --role=reader --serviceaccount=${namespace}:bob`);
    // What may be done is known from watches of roles and bindings.
    await vi.waitFor(async () => expect(await ok(may)).toBe('yes\n'), { timeout: 30_000, interval: 100 });
    expect((await ok('create token bob')).trim().split('.')).toHaveLength(3);
  });
});
