import { expect } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly creationTimestamp: string };
    readonly status?: {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
        readonly lastTransitionTime: string;
      }[];
    };
  }[];
}

/** When a condition turned True, in epoch milliseconds (the API keeps whole seconds). */
function since(list: Listed, name: string, type: string): number {
  const item = list.items.find(({ metadata }) => metadata.name === name);
  const condition = item?.status?.conditions?.find((entry) => entry.type === type && entry.status === 'True');
  if (condition === undefined) throw new Error(`${name} is not ${type}`);
  return Date.parse(condition.lastTransitionTime);
}

/** What the release of examples/platform leaves in a cluster, asked with the real kubectl. */
export async function expectPlatformRelease(kubeconfig: string): Promise<void> {
  const get = async (...args: readonly string[]) =>
    JSON.parse(await kubectlOk(kubeconfig, ['get', ...args, '-o', 'json'])) as Listed;
  await kubectlOk(kubeconfig, [
    'wait',
    '--for=condition=Ready',
    'stageset/platform',
    '-n',
    'releases',
    '--timeout=100s',
  ]);

  const crds = await get('crd');
  const operator = await get('deployments', '-n', 'platform-system');
  const workloads = await get(
    'deployments,databases.platform.example.com,websites.platform.example.com,configmaps',
    '-n',
    'shop',
    '-l',
    'stages.metio.wtf/name=platform',
  );
  expect(workloads.items.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
    expect.stringMatching(/^ConfigMap\/storefront-config-[0-9a-z]{10}$/),
    'Database/orders',
    'Deployment/storefront',
    'Website/storefront',
  ]);

  // The operator came after the definitions were Established, the workloads after the operator was Available.
  const defined = Math.max(
    ...['databases', 'websites'].map((name) => since(crds, `${name}.platform.example.com`, 'Established')),
  );
  const [{ metadata } = { metadata: { creationTimestamp: '' } }] = operator.items;
  expect(Date.parse(metadata.creationTimestamp)).toBeGreaterThanOrEqual(defined);
  const available = since(operator, 'platform-operator', 'Available');
  for (const { metadata: workload } of workloads.items)
    expect(Date.parse(workload.creationTimestamp)).toBeGreaterThanOrEqual(available);

  // Patches, images and substitution arrived.
  const deployment = JSON.parse(
    await kubectlOk(kubeconfig, ['get', 'deployment', 'storefront', '-n', 'shop', '-o', 'json']),
  ) as {
    readonly spec: {
      readonly replicas: number;
      readonly template: { readonly spec: { readonly containers: readonly Record<string, unknown>[] } };
    };
  };
  expect(deployment.spec.replicas).toBe(3);
  expect(deployment.spec.template.spec.containers[0]).toMatchObject({
    image: 'example.com/shop/storefront:2.7.1',
    resources: { limits: { memory: '256Mi' } },
  });
  const config = workloads.items.find(({ kind }) => kind === 'ConfigMap') as unknown as {
    readonly data: Readonly<Record<string, string>>;
  };
  expect(config.data).toEqual({ LOG_LEVEL: 'info', PUBLIC_URL: 'https://shop.example.com' });
}
