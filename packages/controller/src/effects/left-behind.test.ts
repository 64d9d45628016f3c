import type { StageSet } from '@stageset/api';
import type { Leftover } from '@stageset/delivery';
import { expect, test } from 'vitest';
import { heldElsewhere, leftBehind } from './left-behind.ts';

const stageSet = { metadata: { namespace: 'prod', name: 'app' } } as StageSet;
const at = 'Secret/east/value https://east.example.com';
const leftover = (apiVersion: string, kind: string, name: string): Leftover => ({
  entry: { id: name, v: 'v1', at },
  ref: { apiVersion, kind, namespace: 'prod', name },
  state: 'unreachable',
  why: 'Secret prod/east not found',
});
const left = [leftover('apps/v1', 'Deployment', 'web'), leftover('v1', 'ConfigMap', 'web')];

test('what is given up is named, with where it is, why, and how to remove it', () => {
  expect(leftBehind(stageSet, { at, left })).toBe(
    '2 objects that earlier releases delivered to the cluster of Secret prod/east (https://east.example.com) cannot be ' +
      'removed: Deployment prod/web, ConfigMap prod/web (Secret prod/east not found); it is given up and recorded no longer, ' +
      'remove it there with: kubectl delete deployment.v1.apps,configmap --all-namespaces ' +
      '-l stages.metio.wtf/name=app,stages.metio.wtf/namespace=prod',
  );
});

test('what is still tried is named, with until when', () => {
  const told = heldElsewhere(stageSet, { at: undefined, left, untilMs: Date.parse('2026-01-01T01:00:00Z') });
  expect(told).toMatch(
    /^2 objects that earlier releases delivered to the controller's own cluster cannot be removed: /,
  );
  expect(told).toMatch(/; it is tried until 2026-01-01T01:00:00Z and then left behind$/);
});
