import type { KubeObject } from '@stageset/k8s';
import type { WriteOptions } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import * as builtins from '../../builtin/index.ts';
import { serveCustomKinds } from '../../crd/custom-kinds.ts';
import { LocalRegistry } from '../../registry/local-registry.ts';
import { readScenario, type ScenarioDocument } from '../scenario/scenario.ts';
import { type Simulation, startSimulation } from '../simulation.ts';

/** A registry with running workloads on a clock of its own, and a namespace `prod`. */
export interface Harness {
  readonly clock: FakeClock;
  readonly registry: LocalRegistry;
  readonly simulation: Simulation;
  create(object: object): KubeObject;
  get(kind: string, name: string, apiVersion?: string): KubeObject | undefined;
  list(kind: string, apiVersion?: string): readonly KubeObject[];
  patch(
    kind: string,
    name: string,
    patch: Record<string, unknown>,
    apiVersion?: string,
    options?: WriteOptions,
  ): KubeObject;
}

const VERSIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ControllerRevision: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Ingress: 'networking.k8s.io/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
};

export async function startHarness(scenario?: ScenarioDocument): Promise<Harness> {
  const clock = new FakeClock();
  const registry = new LocalRegistry({ clock, builtins, historyLimit: 100 });
  serveCustomKinds(registry);
  const simulation = startSimulation({
    registry,
    seed: 7,
    rootCertificate: 'certificate',
    ...(scenario === undefined ? {} : { scenario: readScenario(scenario) }),
  });
  registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } });
  await clock.advance(20);
  const versionOf = (kind: string, apiVersion?: string) => apiVersion ?? VERSIONS[kind] ?? 'v1';
  const refOf = (kind: string, name: string, apiVersion?: string) => {
    const ref = { apiVersion: versionOf(kind, apiVersion), kind, name };
    return registry.kindOf(ref)?.namespaced === true ? { ...ref, namespace: 'prod' } : ref;
  };
  return {
    clock,
    registry,
    simulation,
    create: (object) => registry.create(object as KubeObject),
    get: (kind, name, apiVersion) => registry.get(refOf(kind, name, apiVersion)),
    list: (kind, apiVersion) => registry.list({ apiVersion: versionOf(kind, apiVersion), kind }).items,
    patch: (kind, name, patch, apiVersion, options) =>
      registry.patch(refOf(kind, name, apiVersion), { type: 'merge', patch }, options),
  };
}

/** A pod template with one container, its labels `app: name`. */
export function template(name: string, image = 'nginx:1', annotations: Record<string, string> = {}): object {
  return { metadata: { labels: { app: name }, annotations }, spec: { containers: [{ name: 'main', image }] } };
}

export function deployment(name: string, spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'prod' },
    spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
  };
}
