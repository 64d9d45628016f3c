import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../builtin/fields.ts';
import type { WriteContext, WriteHook } from '../registry/hooks.ts';
import type { World } from './world.ts';

/** The address of the API server itself, which no other service gets. */
const API_ADDRESS = '10.96.0.1';
const FIRST_ADDRESS = 10;
const NODE_PORTS = { first: 30_000, last: 32_767 } as const;

function addressAt(index: number): string {
  return `10.96.${(index >> 8) & 0xff}.${index & 0xff}`;
}

interface Taken {
  readonly addresses: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

function takenBy(services: readonly KubeObject[]): Taken {
  const addresses = new Set<string>();
  const ports = new Set<number>();
  for (const service of services) {
    const spec = fieldsAt(service, 'spec');
    const address = textAt(spec, 'clusterIP');
    if (address !== undefined) addresses.add(address);
    for (const port of listAt(spec, 'ports')) {
      const nodePort = numberAt(port, 'nodePort');
      if (nodePort !== undefined) ports.add(nodePort);
    }
  }
  return { addresses, ports };
}

function freeAddress(taken: ReadonlySet<string>): string {
  let index = FIRST_ADDRESS;
  while (taken.has(addressAt(index))) index++;
  return addressAt(index);
}

function freePort(taken: ReadonlySet<number>): number | undefined {
  for (let port: number = NODE_PORTS.first; port <= NODE_PORTS.last; port++) if (!taken.has(port)) return port;
  return undefined;
}

function needsNodePorts(spec: Fields): boolean {
  const { type } = spec;
  return type === 'NodePort' || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
}

/** Ports with a node port each: the one given, the one the service had for it, or a free one. */
function withNodePorts(spec: Fields, old: Fields, taken: ReadonlySet<number>): readonly Fields[] {
  const used = new Set(taken);
  const had = new Map(listAt(old, 'ports').map((port) => [`${port['protocol']}/${port['port']}`, port['nodePort']]));
  return listAt(spec, 'ports').map((port) => {
    if (numberAt(port, 'nodePort') !== undefined) return port;
    const nodePort = had.get(`${port['protocol']}/${port['port']}`) ?? freePort(used);
    if (typeof nodePort === 'number') used.add(nodePort);
    return nodePort === undefined ? port : { ...port, nodePort };
  });
}

/** Addresses stay what they were when an update does not speak of them. */
function addressesOf(spec: Fields, old: Fields, taken: ReadonlySet<string>): Fields {
  const given = textAt(spec, 'clusterIP') ?? (spec['clusterIPs'] as readonly string[] | undefined)?.[0];
  const address = given ?? textAt(old, 'clusterIP') ?? freeAddress(taken);
  const isHeadless = address === 'None';
  return {
    clusterIP: address,
    clusterIPs: spec['clusterIPs'] ?? [address],
    ipFamilies: spec['ipFamilies'] ?? old['ipFamilies'] ?? ['IPv4'],
    ipFamilyPolicy:
      spec['ipFamilyPolicy'] ??
      old['ipFamilyPolicy'] ??
      (isHeadless && spec['selector'] === undefined ? 'RequireDualStack' : 'SingleStack'),
  };
}

const ADDRESS_FIELDS = new Set(['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']);

/** Gives services their cluster address and node ports inside the write that makes them, as the real registry does. */
export const SERVICE_ADDRESSES: WriteHook = {
  name: 'service-addresses',
  kinds: [{ group: '', kind: 'Service' }],
  admit,
};

function admit(service: KubeObject, { operation, subresource, old, registry }: WriteContext): KubeObject {
  if (operation === 'delete' || subresource !== undefined) return service;
  const spec = fieldsAt(service, 'spec');
  const status = { loadBalancer: {}, ...fieldsAt(service, 'status') };
  if (spec['type'] === 'ExternalName') {
    const kept = Object.entries(spec).filter(([name]) => !ADDRESS_FIELDS.has(name));
    return { ...service, spec: Object.fromEntries(kept), status };
  }
  const oldSpec = fieldsAt(old ?? {}, 'spec');
  const taken = takenBy(registry.list({ apiVersion: 'v1', kind: 'Service' }).items);
  const ports = needsNodePorts(spec) ? { ports: withNodePorts(spec, oldSpec, taken.ports) } : {};
  return { ...service, spec: { ...spec, ...addressesOf(spec, oldSpec, taken.addresses), ...ports }, status };
}

/** Makes the service by which pods reach the API server, once there is a namespace for it. */
export function ensureApiService(world: World): void {
  const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes' };
  const namespace = world.registry.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' });
  if (namespace === undefined || world.registry.get(ref) !== undefined) return;
  world.registry.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: { clusterIP: API_ADDRESS, ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
}
