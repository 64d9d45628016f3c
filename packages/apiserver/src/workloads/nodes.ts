import type { KubeObject } from '@stageset/k8s';
import type { World } from './world.ts';

/** As many nodes as a small cluster has, in three zones. */
const NODE_NAMES = ['node-0', 'node-1', 'node-2'] as const;
const CAPACITY = { cpu: '1k', memory: '4Ti', pods: '20k' };

const CONDITIONS = [
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['NetworkUnavailable', 'False', 'RouteCreated', 'RouteController created a route'],
] as const;

function nodeOf(name: string, index: number, nowIso: string): KubeObject {
  const times = { lastHeartbeatTime: nowIso, lastTransitionTime: nowIso };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/region': 'local',
        'topology.kubernetes.io/zone': `local-${index}`,
      },
    },
    spec: {},
    status: {
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${10 + index}` },
        { type: 'Hostname', address: name },
      ],
      capacity: CAPACITY,
      allocatable: CAPACITY,
      conditions: CONDITIONS.map(([type, status, reason, message]) => ({ type, status, reason, message, ...times })),
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'simulated://0.1.0',
        kernelVersion: 'simulated',
        kubeProxyVersion: 'v1.35.4',
        kubeletVersion: 'v1.35.4',
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'simulated',
        systemUUID: '',
      },
    },
  };
}

/** Makes the simulated nodes that are not there yet. */
export function ensureNodes(world: World): void {
  for (const [index, name] of NODE_NAMES.entries()) {
    if (world.registry.get({ apiVersion: 'v1', kind: 'Node', name }) !== undefined) continue;
    const node = nodeOf(name, index, world.nowIso());
    world.registry.create(node);
    world.registry.patchStatus({ apiVersion: 'v1', kind: 'Node', name }, node['status'] as Record<string, unknown>);
  }
}
