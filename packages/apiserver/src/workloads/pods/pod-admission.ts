import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt, textAt } from '../../builtin/fields.ts';
import type { WriteContext, WriteHook } from '../../registry/hooks.ts';
import { forbidden, type StatusError } from '../../registry/status-error.ts';
import { hashName } from '../names.ts';
import { isoSeconds, type World } from '../world.ts';
import { creatingStatus, pendingStatus, unschedulableStatus } from './pod-status.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_SECONDS = 3607;
const EVICTION_SECONDS = 300;

function tolerations(given: unknown): readonly Fields[] {
  const present = Array.isArray(given) ? given.filter(isFields) : [];
  const wanted = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  const missing = wanted.filter((key) => !present.some((one) => one['key'] === key || one['key'] === undefined));
  return [
    ...present,
    ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: EVICTION_SECONDS })),
  ];
}

function tokenVolume(name: string): Fields {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

/** Mounts the token of the pod's service account where nothing else is mounted there. */
function withToken(spec: Fields, volume: string): Fields {
  const mountAll = (name: string) =>
    listAt(spec, name).map((container) => {
      const mounts = listAt(container, 'volumeMounts');
      if (mounts.some(({ mountPath }) => mountPath === TOKEN_PATH)) return container;
      return { ...container, volumeMounts: [...mounts, { name: volume, readOnly: true, mountPath: TOKEN_PATH }] };
    });
  return {
    ...spec,
    volumes: [...listAt(spec, 'volumes'), tokenVolume(volume)],
    containers: mountAll('containers'),
    ...(spec['initContainers'] === undefined ? {} : { initContainers: mountAll('initContainers') }),
  };
}

/** What the admission plug-ins of a real server add to a pod. */
export function admitPodSpec(spec: Fields, volumeName: string, account: KubeObject | undefined): Fields {
  const name = textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount') ?? 'default';
  const mounts = spec['automountServiceAccountToken'] ?? account?.['automountServiceAccountToken'] ?? true;
  const pullSecrets = listAt(spec, 'imagePullSecrets').length > 0 ? [] : listAt(account ?? {}, 'imagePullSecrets');
  const admitted = {
    ...spec,
    serviceAccountName: name,
    serviceAccount: name,
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets }),
    tolerations: tolerations(spec['tolerations']),
    priority: spec['priority'] ?? 0,
    preemptionPolicy: spec['preemptionPolicy'] ?? 'PreemptLowerPriority',
  };
  return mounts === false ? admitted : withToken(admitted, volumeName);
}

function fits(node: KubeObject, spec: Fields): boolean {
  if (fieldsAt(node, 'spec')['unschedulable'] === true) return false;
  const labels: Readonly<Record<string, string>> = node.metadata.labels ?? {};
  return Object.entries(fieldsAt(spec, 'nodeSelector')).every(([key, value]) => labels[key] === value);
}

function addressOf(node: KubeObject | undefined): string {
  const [address] = listAt(fieldsAt(node ?? {}, 'status'), 'addresses');
  return (address === undefined ? undefined : textAt(address, 'address')) ?? '127.0.0.1';
}

const TOPOLOGY = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'] as const;

/** A pod that is bound to a node is labelled with the node's place. */
function withTopology(metadata: KubeObject['metadata'], node: KubeObject | undefined): KubeObject['metadata'] {
  const given: Readonly<Record<string, string>> = node?.metadata.labels ?? {};
  const labels: Record<string, string> = { ...metadata.labels };
  for (const key of TOPOLOGY) {
    const value = given[key];
    if (value !== undefined) labels[key] = value;
  }
  return Object.keys(labels).length === 0 ? metadata : { ...metadata, labels };
}

function missingAccount({ metadata }: KubeObject, account: string): StatusError {
  const why = `error looking up service account ${metadata.namespace}/${account}: serviceaccount "${account}" not found`;
  return forbidden({ group: '', name: 'pods' }, metadata.generateName ?? metadata.name, why);
}

/** Why no node takes a pod, in the words of the scheduler: first the reasons, then why nobody is thrown out for it. */
function refusalOf(nodes: readonly KubeObject[]): string {
  const isClosed = (node: KubeObject) => fieldsAt(node, 'spec')['unschedulable'] === true;
  const closed = nodes.filter(isClosed).length;
  const reasons = [
    ...(closed === nodes.length ? [] : [`${nodes.length - closed} node(s) didn't match Pod's node affinity/selector`]),
    ...(closed === 0 ? [] : [`${closed} node(s) were unschedulable`]),
  ];
  const available = `0/${nodes.length} nodes are available`;
  const preemption = `${available}: ${nodes.length} Preemption is not helpful for scheduling.`;
  return `${available}: ${reasons.join(', ')}. no new claims to deallocate, preemption: ${preemption}`;
}

/**
 * Admits a pod as a real server does, and gives it a node and its first status in the same write: the simulated
 * scheduler decides at once, in turn among the nodes that fit.
 */
export function podAdmission(world: World): WriteHook {
  let turn = 0;
  const admit = (pod: KubeObject, { operation, dryRun, registry }: WriteContext): KubeObject => {
    if (operation !== 'create') return pod;
    const { namespace = '', uid } = pod.metadata;
    const given = fieldsAt(pod, 'spec');
    const accountName = textAt(given, 'serviceAccountName') ?? 'default';
    const account = registry.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: accountName });
    // The default account of a new namespace is on its way; any other has to be there.
    if (account === undefined && accountName !== 'default') throw missingAccount(pod, accountName);
    const spec = admitPodSpec(given, `kube-api-access-${hashName(uid).slice(0, 5)}`, account);
    const nowIso = isoSeconds(registry.clock.now());
    const nodes = world.inNamespace('', 'Node');
    const fitting = nodes.filter((node) => fits(node, spec));
    const bound = textAt(spec, 'nodeName');
    const node =
      bound === undefined
        ? fitting[turn % Math.max(1, fitting.length)]
        : nodes.find((one) => one.metadata.name === bound);
    if (bound === undefined && node === undefined) {
      return { ...pod, spec, status: unschedulableStatus(pod, refusalOf(nodes), nowIso) };
    }
    // What would be scheduled later is not scheduled in a dry run.
    if (dryRun) return { ...pod, spec, status: pendingStatus(pod) };
    turn++;
    const nodeName = bound ?? node?.metadata.name;
    const metadata = bound === undefined ? withTopology(pod.metadata, node) : pod.metadata;
    return { ...pod, metadata, spec: { ...spec, nodeName }, status: creatingStatus(pod, addressOf(node), nowIso) };
  };
  return { name: 'simulated-pod-admission', kinds: [{ group: '', kind: 'Pod' }], admit };
}
