import { deepEqual, type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../builtin/fields.ts';
import type { Controller } from './controller.ts';
import { LabelIndex } from './label-index.ts';
import type { NameSource } from './names.ts';
import { isReady, phaseOf } from './pods/pod-state.ts';
import { controllerReference } from './pods/pod-template.ts';
import { delayOf } from './scenario/behaviour.ts';
import type { Directions } from './scenario/directions.ts';
import type { Timing } from './timing.ts';
import { keyOf, type World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Addresses of load balancers and ingresses, by a number that grows. */
export function externalAddress(index: number): string {
  return `172.18.${(index >> 8) & 0xff}.${index & 0xff}`;
}

/** Writes a service's endpoints from the pods it selects, and gives load balancers an address. */
export interface ServiceParts {
  readonly world: World;
  readonly names: NameSource;
  readonly directions: Directions;
  readonly timing: Timing;
}

export function serviceController({ world, names, directions, timing }: ServiceParts): Controller {
  const bornMs = new Map<string, number>();
  /** Services by the first pair of their selectors: who selects a pod has that pair among its labels. */
  const bySelector = new LabelIndex();
  let addresses = 0;

  const reconcile = (ref: ObjectRef): number | undefined => {
    const service = world.registry.get(ref);
    if (service === undefined) {
      world.registry.delete({ ...ref, kind: 'Endpoints' });
      return undefined;
    }
    if (service.metadata.deletionTimestamp !== undefined) return undefined;
    const spec = fieldsAt(service, 'spec');
    if (Object.keys(fieldsAt(spec, 'selector')).length > 0 && spec['type'] !== 'ExternalName') {
      const pods = selected(world, service);
      writeEndpoints(world, service, pods);
      writeSlice(world, names, service, pods);
    }
    return spec['type'] === 'LoadBalancer' ? publish(service) : undefined;
  };

  const publish = (service: KubeObject): number | undefined => {
    if (listAt(fieldsAt(service, 'status', 'loadBalancer'), 'ingress').length > 0) return undefined;
    const { uid = '' } = service.metadata;
    const firstMs = bornMs.get(uid) ?? world.now();
    bornMs.set(uid, firstMs);
    const delayMs = delayOf(directions.of(service), timing.addressMs);
    if (delayMs === undefined) return undefined;
    const waitMs = firstMs + delayMs - world.now();
    if (waitMs > 0) return waitMs;
    addresses++;
    const ip = externalAddress(255 + addresses);
    world.registry.patchStatus(refOf(service), { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } }, WRITER);
    return undefined;
  };

  return {
    name: 'service',
    kinds: ['Service', 'Pod'],
    *concerns({ type, object }) {
      if (object.kind === 'Pod') {
        for (const [name, value] of Object.entries(object.metadata.labels ?? {})) {
          for (const service of bySelector.with(object.metadata.namespace ?? '', name, value)) {
            if (selects(service, object)) yield refOf(service);
          }
        }
        return;
      }
      const key = keyOf(refOf(object));
      if (type === 'deleted') {
        bornMs.delete(object.metadata.uid ?? '');
        bySelector.take(key);
      } else bySelector.put(key, object, firstOf(selectorOf(object)));
      yield refOf(object);
    },
    reconcile,
  };
}

function selectorOf(service: KubeObject): Readonly<Record<string, string>> {
  return fieldsAt(service, 'spec', 'selector') as Record<string, string>;
}

function firstOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).slice(0, 1));
}

function selects(service: KubeObject, pod: KubeObject): boolean {
  const wanted = Object.entries(selectorOf(service));
  const labels: Readonly<Record<string, string>> = pod.metadata.labels ?? {};
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** Pods with an address that have not ended. */
function selected(world: World, service: KubeObject): readonly KubeObject[] {
  return world.podsWith(service.metadata.namespace ?? '', selectorOf(service)).filter((pod) => {
    const phase = phaseOf(pod);
    return podIp(pod) !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
  });
}

function podIp(pod: KubeObject): string | undefined {
  return textAt(fieldsAt(pod, 'status'), 'podIP');
}

function targetOf(pod: KubeObject): Fields {
  const { name, namespace, uid } = pod.metadata;
  return { kind: 'Pod', namespace, name, uid };
}

/** The port of a pod that a service port leads to; named ports are looked up in the pod. */
function targetPort(port: Fields, pod: KubeObject | undefined): number | undefined {
  const target = port['targetPort'] ?? port['port'];
  if (typeof target === 'number') return target;
  const containers = listAt(fieldsAt(pod ?? {}, 'spec'), 'containers');
  const named = containers.flatMap((one) => listAt(one, 'ports')).find((one) => one['name'] === target);
  return named === undefined ? undefined : numberAt(named, 'containerPort');
}

function portsOf(service: KubeObject, pods: readonly KubeObject[]): readonly Fields[] {
  return listAt(fieldsAt(service, 'spec'), 'ports').flatMap((port) => {
    const number = targetPort(port, pods[0]);
    if (number === undefined) return [];
    const appProtocol = port['appProtocol'] === undefined ? {} : { appProtocol: port['appProtocol'] };
    return [
      {
        ...(port['name'] === undefined ? {} : { name: port['name'] }),
        port: number,
        protocol: port['protocol'],
        ...appProtocol,
      },
    ];
  });
}

function writeEndpoints(world: World, service: KubeObject, pods: readonly KubeObject[]): void {
  const { name, namespace = '', labels } = service.metadata;
  const addressOf = (pod: KubeObject): Fields => ({
    ip: podIp(pod),
    nodeName: fieldsAt(pod, 'spec')['nodeName'],
    targetRef: targetOf(pod),
  });
  const ready = pods.filter(isReady).map(addressOf);
  const notReady = pods.filter((pod) => !isReady(pod)).map(addressOf);
  const subset = {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ports: portsOf(service, pods),
  };
  const subsets = pods.length === 0 ? [] : [subset];
  const present = world.registry.get({ apiVersion: 'v1', kind: 'Endpoints', namespace, name });
  if (present !== undefined && deepEqual(present['subsets'] ?? [], subsets)) return;
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': world.nowIso() };
  const metadata = {
    name,
    namespace,
    annotations,
    labels: { ...labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
  };
  const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
  if (present === undefined) world.registry.create(endpoints, WRITER);
  else world.registry.update(endpoints, WRITER);
}

function endpointOf(world: World, pod: KubeObject): Fields {
  const nodeName = textAt(fieldsAt(pod, 'spec'), 'nodeName');
  const node =
    nodeName === undefined ? undefined : world.registry.get({ apiVersion: 'v1', kind: 'Node', name: nodeName });
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  return {
    addresses: [podIp(pod)],
    conditions: { ready: isReady(pod) && !isEnding, serving: isReady(pod), terminating: isEnding },
    nodeName,
    targetRef: targetOf(pod),
    ...(zone === undefined ? {} : { zone }),
  };
}

function writeSlice(world: World, names: NameSource, service: KubeObject, pods: readonly KubeObject[]): void {
  const endpoints = pods.map((pod) => endpointOf(world, pod));
  const ports = portsOf(service, pods).map((port) => ({ name: '', ...port }));
  const present = world.controlled(service, 'EndpointSlice')[0];
  if (present !== undefined) {
    if (deepEqual(present['endpoints'] ?? [], endpoints) && deepEqual(present['ports'] ?? [], ports)) return;
    world.registry.update({ ...present, endpoints, ports }, WRITER);
    return;
  }
  const { name, namespace = '', labels } = service.metadata;
  const isHeadless = fieldsAt(service, 'spec')['clusterIP'] === 'None';
  world.registry.create(
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${name}-${names.suffix()}`,
        generateName: `${name}-`,
        namespace,
        labels: {
          ...labels,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          [SERVICE_NAME]: name,
          ...(isHeadless ? { 'service.kubernetes.io/headless': '' } : {}),
        },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': world.nowIso() },
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    },
    WRITER,
  );
}
