import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';
import { expectPlatformRelease } from './platform-release.ts';
import { start } from './process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the very same files roll out on a real kube-apiserver', async () => {
  const kubeconfig = inject('kubeconfig');
  const args = [
    'packages/cli/bin/stageset.js',
    'up',
    'examples/platform',
    '--kubeconfig',
    kubeconfig,
    '--timeout',
    '90s',
  ];
  const { code, stdout, stderr } = await start(process.execPath, args, root).ended;
  expect(`${stdout}${stderr}`).toContain('releases/platform is ready: 3 stages');
  expect(code).toBe(0);
  await expectPlatformRelease(kubeconfig);
  // The controller went with the command: what it guards is taken down by hand here.
  await kubectlOk(kubeconfig, [
    'patch',
    'stageset',
    'platform',
    '-n',
    'releases',
    '--type=merge',
    '-p',
    '{"metadata":{"finalizers":null}}',
  ]);
  await kubectlOk(kubeconfig, ['delete', 'namespace', 'releases', 'shop', 'platform-system', '--wait=false']);
  await kubectlOk(kubeconfig, ['delete', 'crd', 'databases.platform.example.com', 'websites.platform.example.com']);
});
