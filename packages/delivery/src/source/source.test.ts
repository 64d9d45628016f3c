import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { lookupOf, producerKeyOf, readSource, unready } from './source.ts';

const artifact = { url: 'http://s/a.tar.gz', digest: 'sha256:1', revision: 'main@1' };
const readyNow = [{ type: 'Ready', status: 'True' }];

function source(status: Record<string, unknown>, parts: Partial<KubeObject> = {}): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'ExternalArtifact',
    metadata: { name: 'web', namespace: 'prod', generation: 2 },
    status,
    ...parts,
  };
}

describe('lookup', () => {
  const cases = [
    { ref: { name: 'x' }, want: { by: 'name', kind: 'ExternalArtifact', namespace: 'prod' } },
    { ref: { kind: 'GitRepository', name: 'x', namespace: 'flux' }, want: { by: 'name', namespace: 'flux' } },
    { ref: { apiVersion: 'source.toolkit.fluxcd.io/v1beta2', kind: 'Bucket', name: 'x' }, want: { by: 'name' } },
    {
      ref: { apiVersion: 'jaas.metio.wtf/v1', kind: 'JsonnetSnippet', name: 'x' },
      want: { by: 'producer', group: 'jaas.metio.wtf' },
    },
    {
      ref: { apiVersion: 'example.com/v1', kind: 'Bucket', name: 'x' },
      want: { by: 'producer', group: 'example.com' },
    },
  ];
  for (const { ref, want } of cases) {
    test(JSON.stringify(ref), () => expect(lookupOf(ref, 'prod')).toMatchObject(want));
  }
});

describe('what a source says', () => {
  const context = { stage: 'a', lookup: lookupOf({ name: 'web' }, 'prod'), namespace: 'prod' };
  const cases: readonly { name: string; found: readonly KubeObject[]; want: object }[] = [
    {
      name: 'ready',
      found: [source({ artifact, conditions: readyNow })],
      want: { state: 'pinned', pin: { revision: 'main@1' } },
    },
    { name: 'missing', found: [], want: { reason: 'ArtifactNotFound' } },
    {
      name: 'not ready',
      found: [source({ artifact, conditions: [{ type: 'Ready', status: 'False' }] })],
      want: { reason: 'SourceNotReady' },
    },
    { name: 'without conditions', found: [source({ artifact })], want: { reason: 'SourceNotReady' } },
    {
      name: 'ready at an older generation',
      found: [source({ artifact, conditions: readyNow, observedGeneration: 1 })],
      want: { reason: 'SourceNotReady' },
    },
    {
      name: 'a producer that never says what it has observed',
      found: [source({ artifact, conditions: readyNow, observedGeneration: -1 })],
      want: { state: 'pinned' },
    },
    { name: 'without artifact', found: [source({ conditions: readyNow })], want: { reason: 'ArtifactNotFound' } },
    {
      name: 'without digest',
      found: [source({ artifact: { ...artifact, digest: '' }, conditions: readyNow })],
      want: { reason: 'ArtifactNotFound' },
    },
    {
      name: 'without revision: the digest tells revisions apart',
      found: [source({ artifact: { ...artifact, revision: '' }, conditions: readyNow })],
      want: { state: 'pinned', pin: { revision: 'sha256:1' } },
    },
    { name: 'two of one producer', found: [source({}), source({})], want: { reason: 'ResolveFailed' } },
  ];
  for (const { name, found, want } of cases) test(name, () => expect(readSource(found, context)).toMatchObject(want));

  test('S-127 nothing is told of what exists in another namespace', () => {
    const foreign = { ...context, lookup: lookupOf({ name: 'web', namespace: 'secret' }, 'prod') };
    const said = 'cross-namespace ExternalArtifact "web" is not reachable; check the source CR\'s status in "secret"';
    const want = { state: 'unready', reason: 'SourceNotReady', message: said };
    expect(readSource([], foreign)).toEqual(want);
    expect(readSource([source({ conditions: readyNow })], foreign)).toEqual(want);
    expect(unready(foreign, 'RBACDenied', 'forbidden')).toEqual(want);
  });
});

test('a back-pointer counts only when all of it is text', () => {
  const pointer = { apiVersion: 'jaas.metio.wtf/v1', kind: 'JsonnetSnippet', name: 'dash' };
  expect(producerKeyOf(source({}, { spec: { sourceRef: pointer } }))).toBe('jaas.metio.wtf/JsonnetSnippet/dash');
  expect(producerKeyOf(source({}, { spec: { sourceRef: { ...pointer, extra: 1 } } }))).toBeUndefined();
  expect(producerKeyOf(source({}))).toBeUndefined();
});
