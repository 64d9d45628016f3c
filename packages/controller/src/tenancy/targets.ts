import type { Stage, StageSet, StageSetSpec } from '@stageset/api';
import type { Failure } from '@stageset/delivery';
import type { Clock, Cluster, OpenCluster, Tenants } from '@stageset/ports';
import type { Interests } from '../facts/interests.ts';
import type { Logger } from '../logging/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { deniedMessage } from './denied.ts';
import { type KubeConfigRef, kubeConfigRef, locationOf, type RemoteSaid, remoteAccess } from './kube-config.ts';
import type { ObjectWatches } from './object-watches.ts';
import { Target } from './target.ts';

/** The cluster of a stage in the name that acts for it, or why it cannot be had. */
export type TargetState =
  | { readonly state: 'open'; readonly target: Target }
  | { readonly state: 'syncing'; readonly waitingFor: string }
  | { readonly state: 'failed'; readonly failure: Omit<Failure, 'stage'> };

/** Who asks for a target, and what would change the answer. */
export interface TargetUser {
  /** `<namespace>/<name>` of a StageSet. */
  readonly key: string;
  readonly interests: Set<string>;
  /** Keys of the targets that it uses. */
  readonly used: Set<string>;
}

export interface TargetsParts {
  readonly cluster: Cluster;
  /** Absent: the controller acts in its own name alone. */
  readonly tenants: Tenants | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly interests: Interests;
  readonly watches: ObjectWatches;
  readonly wake: (key: string) => void;
  /** Tells a StageSet, by key, that something is read on a timer. */
  readonly onFallback: (user: string, note: string) => void;
  /** The controller watches namespace by namespace too, and not everywhere. */
  readonly byNamespace?: boolean;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly target: Target;
  readonly opened: OpenCluster;
  readonly stop: AbortController;
  readonly users: Set<string>;
  /** Of what a connection to another cluster was made from. */
  readonly digest: string;
}

type Spec = Pick<StageSetSpec, 'serviceAccountName' | 'kubeConfig'>;

/** The ServiceAccount that acts for a stage; the controller itself when undefined. */
export function accountOf(spec: Spec, stage: Pick<Stage, 'serviceAccountName'> | undefined): string | undefined {
  return stage?.serviceAccountName || spec.serviceAccountName || undefined;
}

/**
 * Every cluster and identity that StageSets are delivered with: opened when first asked for, shared by all who use the
 * same, built anew when a kubeconfig changes, and closed with the last user.
 */
export class Targets {
  /** The controller on its own cluster. */
  readonly own: Target;
  readonly #parts: TargetsParts;
  readonly #open = new Map<string, Entry>();

  constructor(parts: TargetsParts) {
    this.#parts = parts;
    this.own = this.#create({ key: '', who: 'the controller', cluster: parts.cluster }, parts.signal, new Set());
  }

  /** The cluster that a StageSet delivers to as an account of its namespace; the controller's without one. */
  of(stageSet: StageSet, account: string | undefined, user: TargetUser): TargetState {
    const { kubeConfig } = stageSet.spec;
    return this.at(stageSet, account, kubeConfig === undefined ? undefined : kubeConfigRef(kubeConfig), user);
  }

  /** The cluster that a kubeconfig in the StageSet's namespace leads to; the controller's own without one. */
  at(stageSet: StageSet, account: string | undefined, ref: KubeConfigRef | undefined, user: TargetUser): TargetState {
    const local = this.local(stageSet, account, user);
    if (ref === undefined || local.state !== 'open') return local;
    return this.#remote(stageSet, account, ref, local.target, user);
  }

  /** The controller's own cluster as an account of the StageSet's namespace. */
  local({ metadata }: StageSet, account: string | undefined, user: TargetUser): TargetState {
    if (account === undefined) return { state: 'open', target: this.own };
    const { namespace = '' } = metadata;
    const key = `${namespace}/${account}`;
    const open = this.#open.get(key);
    if (open !== undefined) return use(open, key, user);
    const { tenants } = this.#parts;
    if (tenants === undefined)
      return failed('InvalidSpec', 'this controller acts in its own name alone; take serviceAccountName out');
    const opened = tenants.asServiceAccount({ namespace, name: account });
    const who = `ServiceAccount ${namespace}/${account}`;
    return use(this.#enter(key, { who, namespace, isRemote: false, opened, digest: '' }), key, user);
  }

  /** The controller's own cluster serves kinds anew. */
  refresh(group: string, kind: string): void {
    this.own.objects.refresh(group, kind);
    for (const { target } of this.#open.values()) target.objects.refresh(group, kind);
  }

  /** What is open already, for those who act on what a pass has seen. */
  opened(stageSet: StageSet, account: string | undefined): Target | undefined {
    const { kubeConfig } = stageSet.spec;
    return this.openedAt(stageSet, account, kubeConfig === undefined ? undefined : kubeConfigRef(kubeConfig));
  }

  /** The same by where it is. */
  openedAt(stageSet: StageSet, account: string | undefined, ref: KubeConfigRef | undefined): Target | undefined {
    const namespace = stageSet.metadata.namespace ?? '';
    if (ref !== undefined) return this.#open.get(remoteKey(namespace, account, ref))?.target;
    return account === undefined ? this.own : this.#open.get(`${namespace}/${account}`)?.target;
  }

  /** Closes what a StageSet alone has used and does not any more. */
  release(user: string, used: ReadonlySet<string>): void {
    for (const [key, { users }] of this.#open) {
      if (used.has(key) || !users.delete(user) || users.size > 0) continue;
      this.#close(key);
    }
  }

  #remote(
    stageSet: StageSet,
    account: string | undefined,
    ref: KubeConfigRef,
    reader: Target,
    user: TargetUser,
  ): TargetState {
    const { tenants, watches } = this.#parts;
    const namespace = stageSet.metadata.namespace ?? '';
    const subject = `${ref.kind} ${namespace}/${ref.name}`;
    const reading = watches.read(
      reader,
      { apiVersion: 'v1', kind: ref.kind, namespace, name: ref.name },
      user.key,
      user.interests,
    );
    if (reading.state === 'unread') return { state: 'syncing', waitingFor: subject };
    // Whatever keeps a ConfigMap from being read is the spec's fault, as far as anybody can tell.
    const reason = ref.kind === 'ConfigMap' ? 'InvalidSpec' : 'StageFailed';
    if (reading.state === 'denied') {
      return failed(ref.kind === 'ConfigMap' ? reason : 'RBACDenied', `${subject}: ${deniedMessage(reading.error)}`);
    }
    if (reading.state === 'failed') return failed(reason, `${subject}: ${reading.error.message}`);
    const impersonate = account === undefined ? {} : { impersonate: `system:serviceaccount:${namespace}:${account}` };
    const said = remoteAccess(ref, reading.object, { namespace, ...impersonate });
    if (said.kind !== 'access') return failed(said.kind === 'invalid' ? 'InvalidSpec' : 'StageFailed', said.message);
    if (tenants === undefined)
      return failed('InvalidSpec', 'this controller reaches its own cluster alone; take kubeConfig out');
    return this.#connect(remoteKey(namespace, account, ref), said, { namespace, account, subject, ref }, user);
  }

  #connect(
    key: string,
    said: Extract<RemoteSaid, { kind: 'access' }>,
    context: {
      readonly namespace: string;
      readonly account: string | undefined;
      readonly subject: string;
      readonly ref: KubeConfigRef;
    },
    user: TargetUser,
  ): TargetState {
    const open = this.#open.get(key);
    if (open?.digest === said.digest) return use(open, key, user);
    const made = this.#parts.tenants?.openRemote(said.access);
    if (made?.ok !== true) {
      return failed(made?.why === 'refused' ? 'InvalidSpec' : 'StageFailed', made?.message ?? '');
    }
    const users = open?.users ?? new Set<string>();
    if (open !== undefined) this.#close(key);
    const { namespace, account, subject, ref } = context;
    const location = locationOf(ref, made.server);
    const who = account === undefined ? `the identity of ${subject}` : `ServiceAccount ${namespace}/${account}`;
    const parts = {
      who: `${who} on the cluster of ${subject}`,
      namespace,
      isRemote: true,
      location,
      opened: made.opened,
    };
    return use(this.#enter(key, { ...parts, digest: said.digest, users }), key, user);
  }

  #enter(
    key: string,
    entry: {
      readonly who: string;
      readonly namespace: string;
      readonly isRemote: boolean;
      readonly location?: string;
      readonly opened: OpenCluster;
      readonly digest: string;
      readonly users?: Set<string>;
    },
  ): Entry {
    const { who, namespace, isRemote, location, opened, digest, users = new Set<string>() } = entry;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#parts.signal, stop.signal]);
    const target = this.#create(
      { key, who, cluster: opened.cluster, namespace, isRemote, ...(location === undefined ? {} : { location }) },
      signal,
      users,
    );
    const made: Entry = { target, opened, stop, users, digest };
    this.#open.set(key, made);
    return made;
  }

  #create(
    parts: {
      readonly key: string;
      readonly who: string;
      readonly cluster: Cluster;
      readonly namespace?: string;
      readonly isRemote?: boolean;
      readonly location?: string;
    },
    signal: AbortSignal,
    users: ReadonlySet<string>,
  ): Target {
    const { clock, logger, metrics, interests, wake, onFallback, byNamespace = false } = this.#parts;
    const tell = (note: string): void => {
      logger.warn(note);
      const [user] = users;
      if (user !== undefined) onFallback(user, note);
    };
    const shared = { clock, logger, metrics, interests, wake, signal, byNamespace, onFallback: tell };
    return new Target({ isRemote: false, ...parts, ...shared });
  }

  #close(key: string): void {
    const entry = this.#open.get(key);
    if (entry === undefined) return;
    this.#open.delete(key);
    entry.stop.abort();
    entry.opened.close().catch((error: unknown) => {
      this.#parts.logger.warn('a connection did not close', { who: entry.target.who, error: String(error) });
    });
  }
}

function remoteKey(namespace: string, account: string | undefined, { kind, name, key }: KubeConfigRef): string {
  return `${namespace}/${account ?? ''}@${kind}/${name}/${key}`;
}

function use({ target, users }: Entry, key: string, user: TargetUser): TargetState {
  users.add(user.key);
  user.used.add(key);
  return { state: 'open', target };
}

function failed(reason: 'InvalidSpec' | 'StageFailed' | 'RBACDenied', message: string): TargetState {
  return { state: 'failed', failure: { reason, operation: 'connect to target cluster', message, retry: 'slowly' } };
}
