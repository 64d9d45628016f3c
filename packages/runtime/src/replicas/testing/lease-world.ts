import type { Clock } from '@stageset/ports';
import type { FakeClock } from '@stageset/testkit';
import { WriteFence } from '../fence.ts';
import type { LeaseApi, NamedRecord, OwnLease } from '../lease-api.ts';
import { type Replica, startReplica } from '../replica.ts';

interface StoredLease {
  readonly name: string;
  readonly id: string;
  readonly version: number;
  readonly durationMs: number;
  readonly isReleased: boolean;
  readonly acknowledges: readonly string[];
}

/** Numbers from 0 to below 1. */
export type Chance = () => number;

/** What may go wrong on the way between a replica and the server, by chance. */
export interface Weather {
  /** Longest time of a message each way. */
  readonly maxDelayMs: number;
  /** How likely a message is lost, each way. */
  readonly loss: number;
}

export const CALM: Weather = { maxDelayMs: 1, loss: 0 };

/** One write as it was sent; it may have its effect at any time between the two. */
export interface SentWrite {
  readonly replica: string;
  readonly key: string;
  readonly fromMs: number;
  untilMs: number;
}

/** Leases as one server keeps them, and a log of every write of every replica. */
export class LeaseWorld {
  readonly clock: FakeClock;
  readonly chance: Chance;
  readonly durationMs: number;
  weather: Weather = CALM;
  readonly writes: SentWrite[] = [];
  readonly leases = new Map<string, StoredLease>();
  #serial = 0;

  constructor(clock: FakeClock, chance: Chance, durationMs: number) {
    this.clock = clock;
    this.chance = chance;
    this.durationMs = durationMs;
  }

  serial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** Two writes of one key, of different replicas, that might have had their effects in either order. */
  overlaps(): readonly string[] {
    const found: string[] = [];
    const latest = new Map<string, SentWrite[]>();
    for (const write of [...this.writes].sort((a, b) => a.fromMs - b.fromMs)) {
      const underWay = (latest.get(write.key) ?? []).filter(({ untilMs }) => untilMs > write.fromMs);
      for (const other of underWay) {
        if (other.replica === write.replica || write.untilMs <= write.fromMs) continue;
        found.push(`${write.key}: ${describe(other)}, ${describe(write)}`);
      }
      latest.set(write.key, [...underWay, write]);
    }
    return found;
  }
}

function describe({ replica, fromMs, untilMs }: SentWrite): string {
  return `${replica} ${fromMs}-${untilMs}`;
}

/** One process: its timers and answers wait while it is paused, as those of a stopped process do. */
export class SimulatedProcess {
  readonly name: string;
  readonly fence: WriteFence;
  /** Cut off from the server, both ways. */
  isCutOff = false;
  readonly #world: LeaseWorld;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  readonly #passes = new Map<string, Promise<void>>();
  #isPaused = false;
  #isKilled = false;
  #replica: Replica | undefined;
  #wallOffsetMs = 0;

  constructor(world: LeaseWorld, name: string) {
    this.#world = world;
    this.name = name;
    this.#clock = {
      now: () => world.clock.now() + this.#wallOffsetMs,
      schedule: (delayMs, callback) => {
        let isCancelled = false;
        const cancel = world.clock.schedule(delayMs, () =>
          this.#whenAwake(() => {
            if (!isCancelled) callback();
          }),
        );
        return () => {
          isCancelled = true;
          cancel();
        };
      },
    };
    this.fence = new WriteFence(this.#clock);
  }

  start(): void {
    this.#replica = startReplica({
      leases: this.#leases(),
      fence: this.fence,
      clock: this.#clock,
      steadyNow: () => this.#world.clock.now(),
      durationMs: this.#world.durationMs,
      newName: () => `lease-${this.#world.serial()}`,
      handOver: async () => {
        const lost = [...this.#passes].filter(([key]) => !this.replica.keeps(key));
        await Promise.all(lost.map(([, pass]) => pass));
      },
      onChange: () => undefined,
      onNote: () => undefined,
    });
  }

  get replica(): Replica {
    if (this.#replica === undefined) throw new Error(`${this.name} has not been started`);
    return this.#replica;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const work of this.#waiting.splice(0)) this.#whenAwake(work);
  }

  /** `kill -9`: nothing of it ever runs again. */
  kill(): void {
    this.#isKilled = true;
    this.#isPaused = true;
  }

  /** Somebody sets the clock of its machine. */
  setWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** A pass: writes one after the other, for as long as the fence lets it. One at a time for a key. */
  work(key: string, writes: number): void {
    if (this.#isPaused || this.#passes.has(key) || !this.replica.owns(key)) return;
    const pass = this.#pass(key, writes).finally(() => this.#passes.delete(key));
    this.#passes.set(key, pass);
  }

  async #pass(key: string, writes: number): Promise<void> {
    for (let left = writes; left > 0; left -= 1) {
      try {
        await this.#write(key);
      } catch {
        return; // Refused, or broken off.
      }
    }
  }

  async #write(key: string): Promise<void> {
    const permit = this.fence.admit(key);
    if (permit === undefined) throw new Error('the fence is open');
    const { clock, chance } = this.#world;
    // A slow server, which gives up when it was told to.
    const tookMs = Math.min(chance() < 0.2 ? permit.timeoutMs : chance() * 200, permit.timeoutMs);
    const sent: SentWrite = { replica: this.name, key, fromMs: clock.now(), untilMs: clock.now() + tookMs };
    this.#world.writes.push(sent);
    await new Promise<void>((resolve, reject) => {
      permit.signal.addEventListener('abort', () => reject(permit.signal.reason), { once: true });
      clock.schedule(tookMs, () => this.#whenAwake(resolve));
    });
  }

  #whenAwake(work: () => void): void {
    if (this.#isKilled) return;
    if (this.#isPaused) this.#waiting.push(work);
    else work();
  }

  #leases(): LeaseApi {
    const { leases, durationMs } = this.#world;
    const find = (lease: OwnLease): StoredLease | undefined => {
      const found = leases.get(lease.name);
      return found?.id === lease.id ? found : undefined;
    };
    const store = (lease: Omit<StoredLease, 'version'>): void => {
      leases.set(lease.name, { ...lease, version: this.#world.serial() });
    };
    return {
      create: (name, signal) =>
        this.#ask(signal, () => {
          const id = leases.get(name)?.id ?? `uid-${this.#world.serial()}`;
          store({ name, id, durationMs, isReleased: false, acknowledges: [] });
          return id;
        }),
      renew: (lease, acknowledges, signal) =>
        this.#ask(signal, () => {
          const found = find(lease);
          if (found !== undefined) store({ ...found, acknowledges });
          return found !== undefined;
        }),
      release: (lease, signal) =>
        this.#ask(signal, () => {
          const found = find(lease);
          if (found !== undefined) store({ ...found, isReleased: true });
        }),
      list: (signal) =>
        this.#ask(signal, () =>
          [...leases.values()].map(
            (lease): NamedRecord => ({
              ...lease,
              version: String(lease.version),
              acknowledges: new Set(lease.acknowledges),
            }),
          ),
        ),
      remove: ({ name, version }, signal) =>
        this.#ask(signal, () => {
          if (String(leases.get(name)?.version) === version) leases.delete(name);
        }),
      onNews: () => undefined,
    };
  }

  /** A request: on its way, carried out at one instant, and the answer on its way back. */
  #ask<T>(signal: AbortSignal, carryOut: () => T): Promise<T> {
    const { clock, chance, weather } = this.#world;
    const way = (then: () => void): void => {
      if (chance() < weather.loss) return;
      clock.schedule(chance() * weather.maxDelayMs, () => {
        if (!this.isCutOff) then();
      });
    };
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      way(() => {
        const answer = carryOut();
        way(() => this.#whenAwake(() => resolve(answer)));
      });
    });
  }
}
