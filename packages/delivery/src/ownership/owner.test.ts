import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { asksForAdoption, isOwnedBy, isPruneDisabled, otherOwners, ownerLabels } from './owner.ts';

const key = { namespace: 'prod', name: 'app' };
const object = (metadata: Partial<KubeObject['metadata']>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'prod', ...metadata },
});
const ours = ownerLabels(key, 'web');
const flux = { 'kustomize.toolkit.fluxcd.io/name': 'infra', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };

test('an object is ours by both labels, or not at all', () => {
  expect(isOwnedBy(object({ labels: ours }), key)).toBe(true);
  expect(isOwnedBy(object({}), key)).toBe(false);
  for (const label of ['stages.metio.wtf/name', 'stages.metio.wtf/namespace']) {
    const { [label]: _, ...rest } = ours;
    expect(isOwnedBy(object({ labels: rest }), key)).toBe(false);
    expect(isOwnedBy(object({ labels: { ...ours, [label]: 'other' } }), key)).toBe(false);
  }
});

describe('what is to outlive us says so', () => {
  const cases: readonly { name: string; metadata: Partial<KubeObject['metadata']>; want: boolean }[] = [
    { name: 'in an annotation', metadata: { annotations: { 'stages.metio.wtf/prune': 'disabled' } }, want: true },
    { name: 'in a label', metadata: { labels: { 'stages.metio.wtf/prune': 'disabled' } }, want: true },
    { name: 'in any case', metadata: { annotations: { 'stages.metio.wtf/prune': 'Disabled' } }, want: true },
    { name: 'in no other word', metadata: { annotations: { 'stages.metio.wtf/prune': 'false' } }, want: false },
    { name: 'not by nothing', metadata: {}, want: false },
  ];
  test.each(cases)('$name', ({ metadata, want }) => expect(isPruneDisabled(object(metadata))).toBe(want));
});

describe('others who hold an object', () => {
  const helm = { 'helm.toolkit.fluxcd.io/name': 'chart', 'helm.toolkit.fluxcd.io/namespace': 'apps' };
  const cases: readonly { name: string; labels: Record<string, string>; want: readonly string[] }[] = [
    { name: 'none', labels: {}, want: [] },
    { name: 'none but us', labels: ours, want: [] },
    {
      name: 'a StageSet of the same name elsewhere',
      labels: ownerLabels({ ...key, namespace: 'test' }, 'web'),
      want: ['StageSet test/app'],
    },
    { name: 'another of the namespace', labels: ownerLabels({ ...key, name: 'b' }, 'web'), want: ['StageSet prod/b'] },
    {
      name: 'Flux, beside us',
      labels: { ...ours, ...flux, ...helm },
      want: ['Kustomization flux-system/infra', 'HelmRelease apps/chart'],
    },
    { name: 'half a label is nobody', labels: { 'helm.toolkit.fluxcd.io/name': 'chart' }, want: [] },
  ];
  test.each(cases)('$name', ({ labels, want }) => {
    const owners = otherOwners(object({ labels }), key);
    expect(owners.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)).toEqual(want);
  });

  test.each([
    ['enabled', true],
    ['True', true],
    ['false', false],
    ['', false],
  ])('what the manifest says of taking it, %j', (value, want) => {
    expect(asksForAdoption(object({ annotations: { 'stages.metio.wtf/adopt': value } }))).toBe(want);
  });
});
