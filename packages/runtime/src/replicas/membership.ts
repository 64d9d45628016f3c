import { outranks } from './rendezvous.ts';

/**
 * One moment on two clocks. The steady one never goes back and is not set by anybody, but may stand still while the
 * machine sleeps; the wall clock does not, but may be set.
 */
export interface Moment {
  readonly steadyMs: number;
  readonly wallMs: number;
}

/** How long a lease lasts, and what of it is left unused so that clocks and requests may be late. */
export interface LeaseTerms {
  readonly durationMs: number;
  /** A write begins only while at least this much of the lease is left, and ends with the lease at the latest. */
  readonly writeMs: number;
  /** How far two steady clocks may drift apart in the time of one lease. */
  readonly skewMs: number;
}

/** A lease as a list told of it. */
export interface MemberRecord {
  /** Never used twice: one lease object, one membership. */
  readonly id: string;
  /** Another one with every renewal. */
  readonly version: string;
  readonly durationMs: number;
  /** Its holder has said that it does nothing any more. */
  readonly isReleased: boolean;
  /** Whom its holder counts among the members, having ended what falls to them. */
  readonly acknowledges: ReadonlySet<string>;
}

interface Peer {
  readonly record: MemberRecord;
  /** When this version was heard of first. */
  readonly since: Moment;
}

interface Own {
  readonly id: string;
  /** When the request left that the server took last: the lease counts from here. */
  readonly renewed: Moment;
  /** A list that was asked for after the lease was there has told of everybody who was there before. */
  isAcquainted: boolean;
}

/**
 * Who the members are, as far as one of them can tell, and which keys are its own. Pure: told what was sent and heard,
 * and when.
 *
 * Two members never own one key at one time. Of two leases that are held at once, the one made later has heard of the
 * earlier one (it lists after it is made) and works only when that has acknowledged it; whoever acknowledges a member
 * counts it in until that member's lease has lapsed, by its own reckoning of time since the renewal that it has seen,
 * which is later than the member's own reckoning since the renewal was sent. So both count each other in, and only one
 * of the two outranks the other for a key.
 */
export class Membership {
  readonly #terms: LeaseTerms;
  #own: Own | undefined;
  readonly #peers = new Map<string, Peer>();
  /** What is told of members that have let go, or whose lease has lapsed: they never come back. */
  readonly #departed = new Set<string>();

  constructor(terms: LeaseTerms) {
    this.#terms = terms;
  }

  get id(): string | undefined {
    return this.#own?.id;
  }

  /** The others that may be at work, in order. */
  get peers(): readonly string[] {
    return [...this.#peers.keys()].sort();
  }

  /** The server made our lease, or renewed it, by a request that left at `sent`. False when the answer came too late. */
  held(id: string, sent: Moment, answered: Moment): boolean {
    const own = this.#own;
    if (own?.id === id) {
      if (this.leftMs(answered) <= 0) return false;
      this.#own = { ...own, renewed: sent };
      return true;
    }
    this.#own = { id, renewed: sent, isAcquainted: false };
    return this.leftMs(answered) > 0;
  }

  /** Our lease is no more; what was ours is not. The next one has another id, and need not wait for this one. */
  lose(): void {
    if (this.#own !== undefined) this.#departed.add(this.#own.id);
    this.#own = undefined;
  }

  /** Takes in a list of all leases that was asked for at `sent` and read by the server at some time until `answered`. */
  listed(records: readonly MemberRecord[], sent: Moment, answered: Moment): void {
    const own = this.#own;
    const there = new Set<string>();
    for (const record of records) {
      if (record.id === own?.id) own.isAcquainted = true;
      else if (!this.#departed.has(record.id)) this.#hear(record, sent, answered);
      there.add(record.id);
    }
    for (const [id, peer] of this.#peers) {
      // One that is gone without a word may still be at work until its time is over.
      if (!there.has(id) && this.#hasLapsed(peer, sent)) this.#peers.delete(id);
    }
    for (const id of this.#departed) if (!there.has(id)) this.#departed.delete(id);
  }

  #hear(record: MemberRecord, sent: Moment, answered: Moment): void {
    const before = this.#peers.get(record.id);
    const peer = before?.record.version === record.version ? before : { record, since: answered };
    if (record.isReleased || this.#hasLapsed(peer, sent)) {
      this.#peers.delete(record.id);
      this.#departed.add(record.id);
    } else {
      this.#peers.set(record.id, peer);
    }
  }

  #hasLapsed({ record, since }: Peer, at: Moment): boolean {
    return at.steadyMs - since.steadyMs > record.durationMs + this.#terms.skewMs;
  }

  /** How long our lease lasts yet, by the clock that is ahead; zero or less when it is over. */
  leftMs(at: Moment): number {
    if (this.#own === undefined) return 0;
    const { renewed } = this.#own;
    const passedMs = Math.max(at.steadyMs - renewed.steadyMs, at.wallMs - renewed.wallMs);
    return this.#terms.durationMs - this.#terms.skewMs - passedMs;
  }

  /** Whether everybody knows of us, so that what falls to us is ours. */
  get isAcknowledged(): boolean {
    const own = this.#own;
    if (own?.isAcquainted !== true) return false;
    return [...this.#peers.values()].every(({ record }) => record.acknowledges.has(own.id));
  }

  /** Whether a key falls to us. It does before it is ours: {@link owns}. */
  claims(key: string): boolean {
    const own = this.#own;
    return own !== undefined && [...this.#peers.keys()].every((peer) => outranks(key, own.id, peer));
  }

  /** Whether a write for a key may begin now. */
  owns(key: string, at: Moment): boolean {
    return this.leftMs(at) >= this.#terms.writeMs && this.isAcknowledged && this.claims(key);
  }
}
