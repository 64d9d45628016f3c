import { ApiError, applyMergePatch, type KubeObject, type StatusCause } from '@stageset/k8s';
import { FakeClock } from '@stageset/testkit';
import { describe, expect, test } from 'vitest';
import { fieldsAt } from '../builtin/fields.ts';
import { answers, isFailure } from '../builtin/golden/answers.ts';
import * as builtins from '../builtin/index.ts';
import { serveCustomKinds } from '../crd/custom-kinds.ts';
import { LocalRegistry } from '../registry/local-registry.ts';
import { startSimulation } from './simulation.ts';

const NAMESPACE = 'golden';

function startRegistry(): LocalRegistry {
  const registry = new LocalRegistry({ clock: new FakeClock(), builtins, historyLimit: 10 });
  serveCustomKinds(registry);
  startSimulation({ registry });
  registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  return registry;
}

const registry = startRegistry();

function placed(object: KubeObject): KubeObject {
  return registry.kindOf(object)?.namespaced === true
    ? { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } }
    : object;
}

const VOLATILE = ['uid', 'creationTimestamp', 'resourceVersion', 'managedFields'];
/** Where the local cluster differs on purpose: it binds pods in their first write and has a default storage class. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['nodeName'],
  PersistentVolumeClaim: ['storageClassName'],
  Service: ['clusterIP', 'clusterIPs'],
  Node: ['taints'],
};

function comparable(object: KubeObject): unknown {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => !VOLATILE.includes(name)));
  const text = JSON.stringify({ ...object, metadata }).replaceAll(/kube-api-access-\w{5}/g, 'kube-api-access');
  const plain = JSON.parse(text) as Record<string, unknown>;
  const spec = fieldsAt(plain, 'spec');
  for (const name of OURS[object.kind] ?? []) {
    if (spec[name] !== 'None') delete spec[name];
  }
  if (object.kind === 'PersistentVolume') plain['status'] = { phase: fieldsAt(plain, 'status')['phase'] };
  // A pod's first status already tells of its node.
  if (object.kind === 'Pod') plain['status'] = { qosClass: fieldsAt(plain, 'status')['qosClass'] };
  return plain;
}

describe('an object comes back from its creation as from a real server', () => {
  for (const { name, given, update, answer } of answers()) {
    // A definition is established in its first write here, and has an empty status on a real server.
    if (isFailure(answer) || update !== undefined || given.kind === 'CustomResourceDefinition') continue;
    test(name, () => {
      const created = registry.create(placed(given), { dryRun: true });
      expect(comparable(created)).toEqual(comparable(answer));
    });
  }
});

/** Messages that show the values of Go's internal types: only what stands around those is ours to repeat. */
function cause({ reason, field, message = '' }: StatusCause): unknown {
  const [first = ''] = message.split('\n');
  return { reason, field, message: field === 'spec.template' ? first.replace(/\{.*\}/, '{}') : first };
}

const byField = (a: StatusCause, b: StatusCause): number =>
  a.field?.startsWith('data[') === true ? (a.field ?? '').localeCompare(b.field ?? '') : 0;

describe('what a real server refuses is refused with its code, reason and causes', () => {
  for (const { name, given, old, update, answer } of answers()) {
    if (!isFailure(answer)) continue;
    test(name, () => {
      let refusal: unknown;
      try {
        if (old === undefined) registry.create(placed(given), { dryRun: true });
        else {
          const { apiVersion, kind, metadata } = registry.create(placed(given));
          const { name: own, namespace } = metadata;
          const ref = { apiVersion, kind, name: own, ...(namespace === undefined ? {} : { namespace }) };
          const next = applyMergePatch(registry.get(ref), update);
          registry.update(next as KubeObject, { dryRun: true });
        }
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(ApiError);
      const { code, reason, causes } = refusal as ApiError;
      expect({ code, reason }).toEqual({ code: answer.code, reason: answer.reason });
      const wanted = answer.details?.causes ?? [];
      expect(causes.toSorted(byField).map(cause)).toEqual(wanted.toSorted(byField).map(cause));
    });
  }
});
