import type { Clock } from '@stageset/ports';
import type { WriteFence, WriteGuard } from './fence.ts';
import type { LeaseApi, NamedRecord, OwnLease } from './lease-api.ts';
import { type LeaseTerms, Membership, type Moment } from './membership.ts';

/** As other controllers of Kubernetes have it. */
export const DEFAULT_LEASE_DURATION_MS = 15_000;
/** A lease that is shorter leaves no time for a renewal that has to be tried again. */
export const MIN_LEASE_DURATION_MS = 3_000;

/** Renewals in the time of one lease. */
const RENEWALS = 5;

export interface ReplicaOptions {
  readonly leases: LeaseApi;
  readonly fence: WriteFence;
  readonly clock: Clock;
  /** Milliseconds that only ever grow, whoever sets the clock of the machine. */
  readonly steadyNow: () => number;
  readonly durationMs: number;
  /** A name that no other lease has ever had. */
  readonly newName: () => string;
  /** Ends work on keys that are not ours any more; resolves when none is going on. */
  readonly handOver: () => Promise<void>;
  /** Told when other keys may be ours than before. */
  readonly onChange: () => void;
  /** Told in words of what goes on. */
  readonly onNote: (note: ReplicaNote) => void;
}

export interface ReplicaNote {
  readonly what: 'joined' | 'lease lost' | 'members changed' | 'lease not renewed';
  readonly members: number;
  readonly error?: string;
}

/** One of several processes that share keys among themselves. */
export interface Replica {
  /** Whether work on a key may begin now. */
  owns(key: string): boolean;
  /** Whether a key is ours as long as our lease lasts: work on it that has begun may go on. */
  keeps(key: string): boolean;
  /** Whether this process holds a lease, and everybody who shares the keys knows of it. */
  readonly isMember: boolean;
  /** How many share the keys, this one included when it holds a lease. */
  readonly members: number;
  /** Hands everything over and releases the lease: the others go on at once. Resolves in the time of one lease at most. */
  stop(): Promise<void>;
}

/** Terms in proportion to the duration: a fifteenth for clocks, a third for a write. */
export function termsOf(durationMs: number): LeaseTerms {
  return { durationMs, skewMs: durationMs / 15, writeMs: durationMs / 3 };
}

/** Joins the others and keeps its lease until it is stopped. Nothing is ours before the fence is armed with it. */
export function startReplica(options: ReplicaOptions): Replica {
  const replica = new LeaseReplica(options);
  options.fence.arm(replica);
  replica.start();
  return replica;
}

class LeaseReplica implements Replica, WriteGuard {
  readonly #options: ReplicaOptions;
  readonly #membership: Membership;
  readonly #stopping = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #lease: OwnLease | undefined;
  /** The name of a lease that is being made: kept until it is known whether it was. */
  #nextName: string | undefined;
  /** Whom we have made room for. */
  #acknowledged: readonly string[] = [];
  /** What was ours, in a word, when the others were last told of a change. */
  #state = '';
  #isHandingOver = false;
  #poke: (() => void) | undefined;
  #isPoked = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#membership = new Membership(termsOf(options.durationMs));
  }

  start(): void {
    this.#options.leases.onNews(() => this.#hurry(), this.#stopping.signal);
    this.#ended = this.#run();
  }

  get isMember(): boolean {
    return this.#membership.isAcknowledged && this.#membership.leftMs(this.#now()) > 0;
  }

  get members(): number {
    return this.#membership.peers.length + (this.#lease === undefined ? 0 : 1);
  }

  owns(key: string): boolean {
    return this.#membership.owns(key, this.#now());
  }

  keeps(key: string): boolean {
    return this.#membership.isAcknowledged && this.#membership.claims(key);
  }

  writeMs(key: string): number {
    const now = this.#now();
    return this.#membership.owns(key, now) ? this.#membership.leftMs(now) : 0;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DOMException('the replica stops', 'AbortError'));
    this.#hurry();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#round();
      if (!signal.aborted) await this.#pause();
    }
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const lease = this.#lease;
    this.#membership.lose();
    this.#lease = undefined;
    await this.#options.handOver();
    this.#options.fence.cut();
    if (lease === undefined) return;
    // Left alone when it cannot be said: the lease lapses by itself.
    await this.#bounded((signal) => this.#options.leases.release(lease, signal)).catch(() => undefined);
  }

  /** Joins or renews, hears who else there is, and acts on what has changed. Never rejects. */
  async #round(): Promise<void> {
    this.#isPoked = false;
    try {
      if (this.#lease !== undefined && this.#membership.leftMs(this.#now()) <= 0) this.#lost();
      if (this.#lease === undefined) await this.#join();
      else await this.#renew(this.#lease);
      const sent = this.#now();
      const records = await this.#bounded((signal) => this.#options.leases.list(signal));
      this.#membership.listed(records, sent, this.#now());
      await this.#sweep(records);
    } catch (error) {
      this.#note('lease not renewed', error);
    }
    this.#settle();
  }

  async #join(): Promise<void> {
    const { leases, newName } = this.#options;
    this.#nextName ??= newName();
    const name = this.#nextName;
    const sent = this.#now();
    const id = await this.#bounded((signal) => leases.create(name, signal));
    this.#nextName = undefined;
    if (!this.#membership.held(id, sent, this.#now())) return this.#membership.lose();
    this.#lease = { name, id };
    this.#options.fence.extend(this.#membership.leftMs(this.#now()));
    this.#note('joined');
    this.#hurry();
  }

  async #renew(lease: OwnLease): Promise<void> {
    const sent = this.#now();
    const isThere = await this.#bounded((signal) => this.#options.leases.renew(lease, this.#acknowledged, signal));
    if (!isThere || !this.#membership.held(lease.id, sent, this.#now())) return this.#lost();
    this.#options.fence.extend(this.#membership.leftMs(this.#now()));
  }

  #lost(): void {
    this.#lease = undefined;
    this.#membership.lose();
    this.#options.fence.cut();
    this.#note('lease lost');
    this.#hurry();
  }

  /** Removes leases whose holders are gone, and which nobody else has removed. */
  async #sweep(records: readonly NamedRecord[]): Promise<void> {
    const peers = new Set(this.#membership.peers);
    for (const record of records) {
      if (record.id === this.#membership.id || peers.has(record.id)) continue;
      await this.#bounded((signal) => this.#options.leases.remove(record, signal)).catch(() => undefined);
    }
  }

  /** Makes room for who has come, and says so when there is nothing left of ours in the way. */
  #settle(): void {
    const { peers } = this.#membership;
    const state = `${this.#lease?.id} ${this.#membership.isAcknowledged} ${peers.join()}`;
    if (state !== this.#state) {
      if (this.#state !== '') this.#note('members changed');
      this.#state = state;
      this.#options.onChange();
    }
    if (this.#isHandingOver || peers.join() === this.#acknowledged.join()) return;
    this.#isHandingOver = true;
    void this.#options.handOver().then(() => {
      this.#isHandingOver = false;
      this.#acknowledged = peers;
      this.#hurry();
    });
  }

  #note(what: ReplicaNote['what'], error?: unknown): void {
    const { members } = this;
    this.#options.onNote({ what, members, ...(error === undefined ? {} : { error: String(error) }) });
  }

  #now(): Moment {
    return { steadyMs: this.#options.steadyNow(), wallMs: this.#options.clock.now() };
  }

  /** A request that is not answered in the time of a renewal is given up: the next may do better. */
  async #bounded<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, durationMs } = this.#options;
    const abort = new AbortController();
    const boundMs = durationMs / RENEWALS;
    const cancel = clock.schedule(boundMs, () =>
      abort.abort(new DOMException(`no answer within ${boundMs} ms`, 'TimeoutError')),
    );
    try {
      return await request(abort.signal);
    } finally {
      cancel();
    }
  }

  #hurry(): void {
    this.#isPoked = true;
    this.#poke?.();
  }

  /** Until the next renewal is due, or there is news. */
  #pause(): Promise<void> {
    if (this.#isPoked) return Promise.resolve();
    const { clock, durationMs } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#poke = undefined;
        resolve();
      };
      const cancel = clock.schedule(durationMs / RENEWALS, end);
      this.#poke = end;
    });
  }
}
