import { deepEqual, type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt, textAt } from '../builtin/fields.ts';
import type { WriteHook } from '../registry/hooks.ts';
import { type Controller, controllerRef } from './controller.ts';
import type { EventRecorder } from './events/recorder.ts';
import type { NameSource } from './names.ts';
import { countPods, isActive, isReady, phaseOf } from './pods/pod-state.ts';
import { podOf, scaledValue, templateOf } from './pods/pod-template.ts';
import { orNull, writeStatus } from './replica-sets.ts';
import { currentRevision, dropRevisions } from './revisions.ts';
import type { World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const SOURCE = { component: 'daemonset-controller' };
const REVISION_LABEL = 'controller-revision-hash';
/** Counts changes of the template; kept by the real server although it is called deprecated. */
const GENERATION = 'deprecated.daemonset.template.generation';

const NODE_TROUBLES = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
] as const;

/** Counts the template's changes in an annotation, as the real registry does. */
export const DAEMON_SET_GENERATION: WriteHook = {
  name: 'daemon-set-generation',
  kinds: [{ group: 'apps', kind: 'DaemonSet' }],
  admit: (set, { operation, subresource, old }) => {
    if (operation === 'delete' || subresource !== undefined) return set;
    const before = Number(old?.metadata.annotations?.[GENERATION] ?? 0);
    const changed = old === undefined || !deepEqual(templateOf(set), templateOf(old));
    const annotations = { ...set.metadata.annotations, [GENERATION]: String(changed ? before + 1 : before) };
    return { ...set, metadata: { ...set.metadata, annotations } };
  },
};

/** Keeps one pod of a DaemonSet on every node that it selects. */
export function daemonSetController(world: World, names: NameSource, events: EventRecorder): Controller {
  const workshop: Workshop = { world, names, events };
  return {
    name: 'daemon-set',
    kinds: ['DaemonSet', 'Pod', 'Node'],
    *concerns({ object }) {
      if (object.kind === 'DaemonSet') yield refOf(object);
      else if (object.kind === 'Pod') yield* controllerRef(object, 'DaemonSet');
      else for (const set of world.everywhere('DaemonSet')) yield refOf(set);
    },
    reconcile: (ref: ObjectRef) => {
      const owner = world.registry.get(ref);
      return owner === undefined ? undefined : reconcileSet(workshop, owner);
    },
  };
}

interface Workshop {
  readonly world: World;
  readonly names: NameSource;
  readonly events: EventRecorder;
}

function reconcileSet(workshop: Workshop, owner: KubeObject): number | undefined {
  const { world } = workshop;
  if (owner.metadata.deletionTimestamp !== undefined) return undefined;
  const generation = owner.metadata.annotations?.[GENERATION] ?? '1';
  const revision = currentRevision(world, owner, {
    hashLabel: REVISION_LABEL,
    annotations: { [GENERATION]: generation },
  });
  const hash = revision.metadata.labels?.[REVISION_LABEL] ?? '';
  const nodes = world.inNamespace('', 'Node').filter((node) => isWanted(owner, node));
  place(workshop, owner, { nodes, hash, generation });
  replaceOutdated(workshop, owner, { hash, total: nodes.length });
  dropRevisions(world, owner, new Set([revision.metadata.name]));
  return writeCounts(world, owner, { nodes, hash });
}

function isWanted(owner: KubeObject, node: KubeObject): boolean {
  const labels: Readonly<Record<string, string>> = node.metadata.labels ?? {};
  const wanted = Object.entries(fieldsAt(templateOf(owner), 'spec', 'nodeSelector'));
  return wanted.every(([key, value]) => labels[key] === value);
}

function nodeOf(pod: KubeObject): string {
  return textAt(fieldsAt(pod, 'spec'), 'nodeName') ?? '';
}

interface Placement {
  readonly nodes: readonly KubeObject[];
  readonly hash: string;
  readonly generation: string;
}

function deletePod({ world, events }: Workshop, owner: KubeObject, pod: KubeObject): void {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  world.registry.delete(refOf(pod));
  events.record(SOURCE, owner, { reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
}

function place(workshop: Workshop, owner: KubeObject, { nodes, hash, generation }: Placement): void {
  const { world, names, events } = workshop;
  const pods = world.controlled(owner, 'Pod');
  const wanted = new Set(nodes.map((node) => node.metadata.name));
  for (const pod of pods) {
    if (!wanted.has(nodeOf(pod)) || phaseOf(pod) === 'Failed') deletePod(workshop, owner, pod);
  }
  const present = new Set(pods.filter((pod) => phaseOf(pod) !== 'Failed').map(nodeOf));
  for (const { metadata } of nodes) {
    if (present.has(metadata.name)) continue;
    const generateName = `${owner.metadata.name}-`;
    const pod = podOf(owner, templateOf(owner), {
      name: `${generateName}${names.suffix()}`,
      generateName,
      labels: { [REVISION_LABEL]: hash, 'pod-template-generation': generation },
      spec: { ...onNode(metadata.name), nodeName: metadata.name, tolerations: tolerations(owner) },
    });
    world.registry.create(pod, WRITER);
    events.record(SOURCE, owner, { reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` });
  }
}

function onNode(name: string): Fields {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
  };
  return { affinity: { nodeAffinity } };
}

function tolerations(owner: KubeObject): readonly Fields[] {
  const given = fieldsAt(templateOf(owner), 'spec')['tolerations'];
  const own = NODE_TROUBLES.map(([trouble, effect]) => ({
    key: `node.kubernetes.io/${trouble}`,
    operator: 'Exists',
    effect,
  }));
  return [...(Array.isArray(given) ? given : []), ...own];
}

/** Takes away pods of an old template, as many at once as may be unavailable. */
function replaceOutdated(
  workshop: Workshop,
  owner: KubeObject,
  { hash, total }: { readonly hash: string; readonly total: number },
): void {
  const { world } = workshop;
  const strategy = fieldsAt(owner, 'spec', 'updateStrategy');
  if (strategy['type'] === 'OnDelete') return;
  const most = Math.max(1, scaledValue(fieldsAt(strategy, 'rollingUpdate')['maxUnavailable'], total, 'up', 1));
  const active = world.controlled(owner, 'Pod').filter(isActive);
  const outdated = active.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] !== hash);
  const broken = outdated.filter((pod) => !isReady(pod));
  const spare = most - (total - active.filter(isReady).length);
  for (const pod of [...broken, ...outdated.filter(isReady).slice(0, Math.max(0, spare))]) {
    deletePod(workshop, owner, pod);
  }
}

function writeCounts(
  world: World,
  owner: KubeObject,
  { nodes, hash }: { readonly nodes: readonly KubeObject[]; readonly hash: string },
): number | undefined {
  const active = world.controlled(owner, 'Pod').filter(isActive);
  const minReadySeconds = numberAt(fieldsAt(owner, 'spec'), 'minReadySeconds') ?? 0;
  const { ready, available, againMs } = countPods(active, minReadySeconds, world.now());
  const updated = active.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === hash).length;
  writeStatus(world, owner, {
    observedGeneration: owner.metadata.generation,
    currentNumberScheduled: active.length,
    desiredNumberScheduled: nodes.length,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: orNull(available),
    numberUnavailable: orNull(nodes.length - available),
    updatedNumberScheduled: orNull(updated),
  });
  return againMs;
}
