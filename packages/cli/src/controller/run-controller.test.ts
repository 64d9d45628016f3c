import { expect, test } from 'vitest';
import type { ControllerFlags } from '../commands/controller.ts';
import { controllerOptions } from './run-controller.ts';

const flags: ControllerFlags = {
  defaultInterval: '10m',
  maxTeardownWait: '1h',
  inventoryShardCap: '5000',
  crossNamespaceRefs: true,
  leaderElect: false,
  tracingInsecure: false,
  tracingSampleRatio: '1.0',
  leaderElectionLeaseDuration: '15s',
  allowedClusterHosts: [],
  allowedArtifactHosts: [],
  allowedActionHosts: [],
  metricsBindAddress: ':8080',
  metricsAuthentication: true,
  healthProbeBindAddress: ':8081',
  logLevel: 'info',
  logFormat: 'json',
};

test.each([
  { name: 'of the flag', flag: ' prod , ,staging', env: 'other', want: ['prod', 'staging'] },
  { name: 'of the environment where the flag is empty', flag: '', env: 'prod', want: ['prod'] },
  { name: 'of the environment without the flag', flag: undefined, env: 'prod,staging', want: ['prod', 'staging'] },
  { name: 'all of them', flag: undefined, env: undefined, want: [] },
  { name: 'all of them when nothing is named', flag: ' , ', env: undefined, want: [] },
])('the namespaces that are looked into are those $name', ({ flag, env, want }) => {
  const given = flag === undefined ? flags : { ...flags, watchNamespaces: flag };
  expect(controllerOptions(given, { STAGESET_WATCH_NAMESPACES: env }).watchNamespaces).toEqual(want);
});

test('a teardown wait of zero asks for the default', () => {
  expect(controllerOptions({ ...flags, maxTeardownWait: '0' }, {})).not.toHaveProperty('maxTeardownWaitMs');
  expect(controllerOptions({ ...flags, maxTeardownWait: '90s' }, {}).maxTeardownWaitMs).toBe(90_000);
  expect(() => controllerOptions({ ...flags, maxTeardownWait: '-1s' }, {})).toThrow('--max-teardown-wait -1s');
});
