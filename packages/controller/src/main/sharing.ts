import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Cluster, Outcome } from '@stageset/ports';
import {
  ClusterLeases,
  type Replica,
  type ReplicaNote,
  type Runner,
  startReplica,
  steadyNow,
  type WriteFence,
} from '@stageset/runtime';
import { keyOf, type World } from '../facts/world.ts';
import type { Logger } from '../logging/logger.ts';
import { LEASE_NAME } from '../metrics/prometheus.ts';
import type { ControllerOptions, ReplicaSettings } from './options.ts';
import { Share } from './share.ts';

const GROUP_LABEL = 'stages.metio.wtf/replicas';
const MEMBERS_ANNOTATION = 'stages.metio.wtf/members';
/** Requests about leases take turns with everything else under this name. */
const CALLER = 'leases';
/** How long after a failed catch-up the next is tried, and how long a pass waits for a lease to be renewed. */
const TRY_AGAIN_MS = 2_000;

export interface Sharing {
  readonly replica: Replica;
  /** A pass, if the StageSet is this replica's to look after. */
  pass(key: string, pass: () => Promise<Outcome>): Promise<Outcome>;
}

export interface SharingParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly fence: WriteFence;
  readonly steadyNow?: () => number;
  readonly logger: Logger;
  readonly runner: Runner;
  readonly world: World;
  readonly instance: string;
  readonly settings: Required<ReplicaSettings>;
  readonly options: ControllerOptions;
  readonly signal: AbortSignal;
}

/** Joins the other replicas of this controller: from now on only passes over StageSets of our share run. */
export function startSharing(parts: SharingParts): Sharing {
  const { cluster, clock, fence, logger, runner, world, settings, signal } = parts;
  const { durationMs } = settings;
  const leases = new ClusterLeases(cluster.forCaller(CALLER), clock, {
    namespace: settings.namespace,
    label: { key: GROUP_LABEL, value: groupOf(parts.options, world.parts.settings.watchNamespaces) },
    membersAnnotation: MEMBERS_ANNOTATION,
    holder: parts.instance,
    durationMs,
  });
  const note = ({ what, members, error }: ReplicaNote): void => {
    const fields = { namespace: settings.namespace, members, ...(error === undefined ? {} : { error }) };
    if (what === 'joined' || what === 'members changed') logger.info(`replicas: ${what}`, fields);
    else logger.warn(`replicas: ${what}`, fields);
  };
  let replica: Replica | undefined;
  let share: Share | undefined;
  replica = startReplica({
    leases,
    fence,
    clock,
    steadyNow: parts.steadyNow ?? steadyNow,
    durationMs,
    newName: () => `${LEASE_NAME}-${randomBytes(8).toString('hex')}`,
    handOver: () => runner.ended((key) => replica?.keeps(key) !== true),
    onChange: () => share?.changed(),
    onNote: note,
  });
  const started = replica;
  const own = new Share({
    replica: started,
    keys: function* () {
      for (const stageSet of world.stageSets.items()) yield keyOf(stageSet);
    },
    catchUp: () => world.catchUp(signal),
    passesEnded: (matches) => runner.ended(matches),
    wake: (key) => runner.enqueue(key),
    forget: (key) => world.forget(key),
    begin: (key) => world.begin(key),
    later: (callback) => void clock.schedule(TRY_AGAIN_MS, callback),
  });
  share = own;
  return {
    replica: started,
    pass: async (key, pass) => {
      if (own.mayBegin(key)) {
        const outcome = await pass();
        if (outcome.kind === 'gone') own.delete(key);
        return outcome;
      }
      // Ours, but for a lease that waits for its renewal, or caches that are behind.
      return started.keeps(key) ? { kind: 'wait', atMs: clock.now() + TRY_AGAIN_MS } : { kind: 'wait' };
    },
  };
}

/** Controllers that look at different StageSets share nothing with each other. */
function groupOf({ watchLabelSelector }: ControllerOptions, namespaces: readonly string[] | undefined): string {
  if (watchLabelSelector === undefined && namespaces === undefined) return 'all';
  // Alone, a selector has always made its group by itself.
  const said = namespaces === undefined ? watchLabelSelector : JSON.stringify([watchLabelSelector, namespaces]);
  return createHash('sha256')
    .update(said ?? '')
    .digest('hex')
    .slice(0, 16);
}
