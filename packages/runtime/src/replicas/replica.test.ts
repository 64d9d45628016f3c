import { FakeClock } from '@stageset/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CALM, LeaseWorld, SimulatedProcess } from './testing/lease-world.ts';

const DURATION_MS = 15_000;
const KEYS = Array.from({ length: 12 }, (_, index) => `prod/app-${index}`);

/** A generator of numbers that fast-check seeds and shrinks. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function world(seed = 7) {
  const clock = new FakeClock(0);
  return new LeaseWorld(clock, chanceOf(seed), DURATION_MS);
}

const ownersOf = (key: string, processes: readonly SimulatedProcess[]) =>
  processes.filter(({ replica }) => replica.owns(key)).map(({ name }) => name);

async function together(names: readonly string[]) {
  const all = world();
  const processes = names.map((name) => new SimulatedProcess(all, name));
  for (const process of processes) process.start();
  await all.clock.advance(10_000);
  return { all, processes };
}

describe('replicas share keys', () => {
  test('one alone has all of them, soon after it has come', async () => {
    const { processes } = await together(['a']);
    for (const key of KEYS) expect(ownersOf(key, processes)).toEqual(['a']);
  });

  test('three have every key once, and each has some', async () => {
    const { processes } = await together(['a', 'b', 'c']);
    const owners = KEYS.map((key) => ownersOf(key, processes));
    expect(owners.every((names) => names.length === 1)).toBe(true);
    expect(new Set(owners.flat())).toEqual(new Set(['a', 'b', 'c']));
  });

  test('one that is killed is missed within its lease, and only its keys move', async () => {
    const { all, processes } = await together(['a', 'b', 'c']);
    const before = new Map(KEYS.map((key) => [key, ownersOf(key, processes)[0]]));
    const [dead, ...others] = processes as [SimulatedProcess, ...SimulatedProcess[]];
    dead.kill();
    await all.clock.advance(DURATION_MS * (1 + 1 / 15) + 2 * (DURATION_MS / 5));
    for (const key of KEYS) {
      const owners = ownersOf(key, others);
      expect(owners).toHaveLength(1);
      if (before.get(key) !== 'a') expect(owners[0]).toBe(before.get(key));
    }
    expect(all.leases.size).toBe(2);
  });

  test('one that stops lets the others go on at their next look', async () => {
    const { all, processes } = await together(['a', 'b']);
    const [first, second] = processes as [SimulatedProcess, SimulatedProcess];
    let stopped = false;
    void first.replica.stop().then(() => {
      stopped = true;
    });
    await all.clock.advance(DURATION_MS / 5 + 100);
    expect(stopped).toBe(true);
    for (const key of KEYS) expect(ownersOf(key, [second])).toEqual(['b']);
  });

  test('one that was stopped for longer than its lease has nothing when it wakes, and joins anew', async () => {
    const { all, processes } = await together(['a', 'b']);
    const [sleeper, other] = processes as [SimulatedProcess, SimulatedProcess];
    sleeper.pause();
    await all.clock.advance(2 * DURATION_MS);
    for (const key of KEYS) expect(ownersOf(key, [other])).toEqual(['b']);
    sleeper.resume();
    for (const key of KEYS) expect(ownersOf(key, [sleeper])).toEqual([]);
    await all.clock.advance(10_000);
    expect(new Set(KEYS.flatMap((key) => ownersOf(key, processes)))).toEqual(new Set(['a', 'b']));
  });

  test('a clock that is set forward costs the lease, never the exclusion', async () => {
    const { all, processes } = await together(['a', 'b']);
    const [first] = processes as [SimulatedProcess, SimulatedProcess];
    first.setWallClock(3_600_000);
    expect(KEYS.flatMap((key) => ownersOf(key, [first]))).toEqual([]);
    await all.clock.advance(2 * DURATION_MS);
    expect(KEYS.every((key) => ownersOf(key, processes).length === 1)).toBe(true);
  });

  test('a write that would outlive the lease is not begun', async () => {
    const { all, processes } = await together(['a']);
    const [only] = processes as [SimulatedProcess];
    const key = KEYS[0] ?? '';
    expect(only.fence.admit(key)?.timeoutMs).toBeGreaterThan(DURATION_MS / 3);
    only.isCutOff = true;
    await all.clock.advance(DURATION_MS * 0.7);
    expect(() => only.fence.admit(key)).toThrow("prod/app-0 is not this replica's to write");
    expect(only.fence.admit('events')).toBeUndefined();
  });

  test('what is on its way when the lease ends is broken off', async () => {
    const { all, processes } = await together(['a']);
    const [only] = processes as [SimulatedProcess];
    const permit = only.fence.admit(KEYS[0] ?? '');
    only.isCutOff = true;
    await all.clock.advance(DURATION_MS);
    expect(permit?.signal.aborted).toBe(true);
    expect(String(permit?.signal.reason)).toContain('the lease of this replica ended');
  });
});

type Happening =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'pause' | 'cut off' | 'kill' | 'stop' | 'start' | 'set clock'; readonly who: number }
  | { readonly kind: 'weather'; readonly maxDelayMs: number; readonly loss: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 50, max: 20_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('pause', 'cut off', 'kill', 'stop', 'start', 'set clock'),
      who: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('weather' as const),
      maxDelayMs: fc.integer({ min: 1, max: 6_000 }),
      loss: fc.constantFrom(0, 0.1, 0.4),
    }),
  },
);

/** Three replicas that work on every key they may, all the time, and what happens to them. */
class Play {
  readonly all: LeaseWorld;
  readonly places: (SimulatedProcess | undefined)[] = [];
  readonly #everybody: SimulatedProcess[] = [];
  readonly #paused = new Set<SimulatedProcess>();

  constructor(seed: number) {
    this.all = world(seed);
    for (const who of [0, 1, 2]) this.#start(who);
  }

  #start(who: number): void {
    const process = new SimulatedProcess(this.all, `replica-${this.#everybody.length}`);
    process.start();
    this.places[who] = process;
    this.#everybody.push(process);
  }

  async pass(ms: number): Promise<void> {
    const { chance, clock } = this.all;
    for (let left = ms; left > 0; left -= 250) {
      for (const process of this.#everybody) {
        for (const key of KEYS) if (chance() < 0.5) process.work(key, 1 + Math.floor(chance() * 4));
      }
      await clock.advance(Math.min(250, left));
    }
  }

  async happen(step: Happening): Promise<void> {
    if (step.kind === 'pass') await this.pass(step.ms);
    else if (step.kind === 'weather') this.all.weather = step;
    else if (step.kind === 'start') {
      if (this.places[step.who] === undefined) this.#start(step.who);
    } else this.#befall(step.kind, step.who);
  }

  #befall(kind: 'pause' | 'cut off' | 'kill' | 'stop' | 'set clock', who: number): void {
    const process = this.places[who];
    if (process === undefined) return;
    if (kind === 'cut off') process.isCutOff = !process.isCutOff;
    else if (kind === 'set clock') process.setWallClock(this.all.chance() < 0.5 ? -60_000 : 20_000);
    else if (kind !== 'pause') {
      this.places[who] = undefined;
      if (kind === 'kill') process.kill();
      else void process.replica.stop();
    } else if (this.#paused.delete(process)) process.resume();
    else {
      this.#paused.add(process);
      process.pause();
    }
  }

  /** Nothing hinders anybody any more, and somebody is there. */
  clearUp(): void {
    this.all.weather = CALM;
    for (const process of this.#paused) process.resume();
    this.#paused.clear();
    for (const process of this.places) if (process !== undefined) process.isCutOff = false;
    if (this.places.every((process) => process === undefined)) this.#start(0);
  }
}

test('no two replicas ever write one key at a time, whatever is lost, late, paused, cut off or killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(happening, { minLength: 5, maxLength: 30 }), async (seed, history) => {
      const play = new Play(seed);
      for (const step of history) await play.happen(step);
      expect(play.all.overlaps()).toEqual([]);
      play.clearUp();
      await play.pass(3 * DURATION_MS);
      const living = play.places.filter((process) => process !== undefined);
      for (const key of KEYS) expect(ownersOf(key, living)).toHaveLength(1);
      expect(play.all.overlaps()).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 120_000);
