import type { Random } from '../support/random.ts';

/** Objects of one path of an artifact: what each holds, by name. */
export type Content = Readonly<Record<string, string>>;

/** One thing that happens to a StageSet, its sources or its objects, after a while. Plain data, so that it can be kept. */
export type Happening = { readonly afterMs: number } & (
  | { readonly do: 'release'; readonly bundle: number; readonly paths: readonly Content[] }
  | { readonly do: 'unready'; readonly bundle: number }
  | { readonly do: 'spec'; readonly stages: readonly StageOf[]; readonly suspend: boolean }
  | { readonly do: 'delete' }
  | { readonly do: 'edit' | 'remove' | 'squat' | 'hold' | 'let go'; readonly object: string }
  | { readonly do: 'lose inventory'; readonly index: number }
  | { readonly do: 'kill'; readonly requests: number; readonly loses: 'request' | 'answer' }
  | { readonly do: 'restart' }
  | { readonly do: 'rival'; readonly content: Content; readonly waitsFor: 'nothing' | 'app' | 'missing' }
);

/** Which path of which bundle a stage delivers; its name says both, so that a stage that comes back is the same one. */
export interface StageOf {
  readonly bundle: number;
  readonly path: number;
  /** `prune: false`. */
  readonly keeps?: true;
  /** What becomes of a RoleBinding whose role changes; it fails when absent. */
  readonly conflicts?: 'Recreate' | 'KeepExisting';
  /** A patch before, and a request after. */
  readonly acts?: true;
  readonly account?: string;
}

export interface History {
  /** Of the faults and of whatever else is drawn while it is played. */
  readonly seed: number;
  /** Of a fault, for each request. */
  readonly faults: number;
  readonly happenings: readonly Happening[];
  /** Whether the StageSet is deleted at last. */
  readonly endsDeleted: boolean;
}

export const BUNDLES = 2;
const PATHS = 2;

/** Every name that a release may bring. The first word is its kind; `pod` never becomes ready. */
export const OBJECTS = ['cm-a', 'cm-b', 'cm-c', 'cm-d', 'cm-e', 'secret-a', 'secret-b', 'role-a', 'role-b'] as const;
const STUCK = 'pod-stuck';
/** Names that the longer histories bring besides: bindings cannot be changed in place, what is to stay says so itself. */
export const MORE_OBJECTS = ['binding-a', 'binding-b', 'cm-stays', 'secret-stays'] as const;
/** What the second StageSet delivers: its own, and what `app` delivers too, at times. */
const RIVAL_OBJECTS = ['cm-of-rival', 'secret-of-rival'] as const;
const DISPUTED = ['cm-a', 'cm-b', 'secret-a', 'role-b'] as const;
export const ACCOUNTS: readonly string[] = ['deployer', 'painter'];

export function stageName({ bundle, path }: Pick<StageOf, 'bundle' | 'path'>): string {
  return `b${bundle}-p${path}`;
}

const ALL_STAGES: readonly StageOf[] = Array.from({ length: BUNDLES * PATHS }, (_, index) => ({
  bundle: Math.floor(index / PATHS),
  path: index % PATHS,
}));

/** A history of up to twenty happenings around releases that mostly fit together. */
export function generateHistory(random: Random): History {
  const happenings: Happening[] = [];
  const homes = new Map<string, StageOf>(OBJECTS.map((name) => [name, random.pick(ALL_STAGES)]));
  const say = (happening: Happening): void => void happenings.push(happening);
  const after = (): number => random.pick([0, 0, 20, 100, 500, 1500, 4000, 15_000]);
  let version = 0;
  const release = (bundle: number): void => {
    version += 1;
    const paths = Array.from({ length: PATHS }, (_, path): Content => {
      const here = OBJECTS.filter((name) => {
        const home = homes.get(name);
        return home?.bundle === bundle && home.path === path && random.chance(0.8);
      });
      const stray = random.chance(0.05) ? [random.pick(OBJECTS)] : [];
      const stuck = random.chance(0.12) ? [STUCK] : [];
      const names = [...new Set([...here, ...stray, ...stuck])];
      return Object.fromEntries(names.map((name) => [name, `v${random.chance(0.4) ? version : 0}`]));
    });
    say({ afterMs: after(), do: 'release', bundle, paths });
  };
  for (let bundle = 0; bundle < BUNDLES; bundle += 1) release(bundle);
  say({ afterMs: 0, do: 'spec', stages: random.shuffle(ALL_STAGES), suspend: false });
  for (let left = 3 + random.below(17); left > 0; left -= 1) {
    const object = random.pick(OBJECTS);
    switch (random.below(16)) {
      case 0:
      case 1:
      case 2:
        release(random.below(BUNDLES));
        break;
      case 3:
      case 4:
        for (const name of random.some(OBJECTS, 0.3)) homes.set(name, random.pick(ALL_STAGES));
        for (let bundle = 0; bundle < BUNDLES; bundle += 1) release(bundle);
        break;
      case 5:
      case 6: {
        const stages = random.shuffle(random.some(ALL_STAGES, 0.8));
        say({
          afterMs: after(),
          do: 'spec',
          stages: stages.length === 0 ? ALL_STAGES : stages,
          suspend: random.chance(0.2),
        });
        break;
      }
      case 7:
        say({ afterMs: after(), do: 'unready', bundle: random.below(BUNDLES) });
        break;
      case 8:
        if (random.chance(0.5)) say({ afterMs: after(), do: 'delete' });
        else say({ afterMs: after(), do: 'lose inventory', index: random.below(4) });
        break;
      case 9:
        say({ afterMs: after(), do: 'edit', object });
        break;
      case 10:
        say({ afterMs: after(), do: 'remove', object });
        break;
      case 11:
        say({ afterMs: after(), do: 'squat', object });
        break;
      case 12:
        say({ afterMs: after(), do: random.chance(0.5) ? 'hold' : 'let go', object });
        break;
      case 13:
        say({ afterMs: after(), do: 'restart' });
        break;
      default:
        say({
          afterMs: after(),
          do: 'kill',
          requests: random.below(12),
          loses: random.chance(0.5) ? 'request' : 'answer',
        });
    }
  }
  return {
    seed: random.below(2 ** 31),
    faults: random.pick([0, 0.02, 0.1, 0.3]),
    happenings,
    endsDeleted: random.chance(0.2),
  };
}

/**
 * The same with stages that do not prune, recreate, act and change their ServiceAccount, objects that outlive them, and a
 * second StageSet that may want some of the same.
 */
export function generateLongHistory(random: Random): History {
  const plain = generateHistory(random);
  const homes = new Map<string, StageOf>(MORE_OBJECTS.map((name) => [name, random.pick(ALL_STAGES)]));
  let version = 0;
  const more = (happening: Happening): Happening => {
    if (happening.do === 'spec')
      return { ...happening, stages: happening.stages.map((stage) => optionsOf(stage, random)) };
    if ('object' in happening) {
      return random.chance(0.3) ? { ...happening, object: random.pick(MORE_OBJECTS) } : happening;
    }
    if (happening.do !== 'release') return happening;
    version += 1;
    const paths = happening.paths.map((content, path): Content => {
      const here = MORE_OBJECTS.filter((name) => {
        const home = homes.get(name);
        return home?.bundle === happening.bundle && home.path === path && random.chance(0.7);
      });
      return { ...content, ...Object.fromEntries(here.map((name) => [name, `v${random.chance(0.4) ? version : 0}`])) };
    });
    return { ...happening, paths };
  };
  const happenings = plain.happenings.map(more);
  if (random.chance(0.6)) {
    const waitsFor = random.pick(['nothing', 'nothing', 'app', 'missing'] as const);
    for (let left = 1 + random.below(4); left > 0; left -= 1) {
      const names = [...random.some(RIVAL_OBJECTS, 0.7), ...random.some(DISPUTED, 0.2)];
      const content = Object.fromEntries(names.map((name) => [name, `w${random.below(3)}`]));
      const at = random.below(happenings.length + 1);
      happenings.splice(at, 0, { afterMs: random.pick([0, 100, 1500]), do: 'rival', content, waitsFor });
    }
  }
  return { ...plain, happenings };
}

function optionsOf({ bundle, path }: StageOf, random: Random): StageOf {
  const conflicts = random.pick([undefined, 'Recreate', 'Recreate', 'KeepExisting'] as const);
  return {
    bundle,
    path,
    ...(random.chance(0.25) ? { keeps: true } : {}),
    ...(conflicts === undefined ? {} : { conflicts }),
    ...(random.chance(0.3) ? { acts: true } : {}),
    ...(random.chance(0.3) ? { account: random.pick(ACCOUNTS) } : {}),
  };
}

/** The same with happenings left out, and without faults. */
export function* shorterHistories(history: History): Generator<History> {
  const { happenings } = history;
  for (let size = Math.ceil(happenings.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < happenings.length; at += size) {
      yield { ...history, happenings: [...happenings.slice(0, at), ...happenings.slice(at + size)] };
    }
  }
  if (history.faults > 0) yield { ...history, faults: 0 };
}
