import { build, buildStage } from '@stageset/kustomize';
import { AREAS } from '../kustomize/cases/index.ts';
import type { Tree } from '../kustomize/tree.ts';
import type { Random } from '../support/random.ts';
import { BOMBS } from './bombs.ts';
import { type Fuzzer, runFuzz, type Subject, shorterTexts } from './fuzzer.ts';

/** What a build may cost, whatever it is given. */
const MAX_CPU_MS = 1_000;
const MAX_GROWTH_BYTES = 1024 ** 3;

const TREES: readonly Tree[] = Object.values(AREAS).flatMap((area) => Object.values(area));
const NOISE = [
  ...'{}[]:,&*!|>\'"%@`#-?~=<\\\t \n\r\0',
  '\n---\n',
  '\n  ',
  '- ',
  ': ',
  '<<: *a',
  '&a ',
  '*a',
  '!!binary ',
  '!!int ',
  '\ufeff',
  '\u2028',
  '\u0085',
  '\ud800',
  '😀',
  '__proto__: ',
  'constructor: ',
  '${',
  '${a:-',
  '$(',
  'null',
  '.inf',
  '1e999',
  '9'.repeat(40),
  'a'.repeat(2_000),
  '['.repeat(300),
  '{a: '.repeat(300),
  '../',
  '..',
  '/',
  '.*',
  '(a+)+$',
  '[a-',
];

/** A tree with noise in one of its files, or with a piece of one moved into another. */
function spoil(tree: Tree, random: Random): Tree {
  const files = { ...tree.files };
  const names = Object.keys(files);
  for (let n = random.chance(0.6) ? 1 : 1 + random.below(4); n > 0 && names.length > 0; n--) {
    const name = random.pick(names);
    const text = files[name] ?? '';
    const at = random.below(text.length + 1);
    const cut = at + random.below(random.pick([1, 3, 20]));
    const other = files[random.pick(names)] ?? '';
    const from = random.below(other.length + 1);
    const piece = random.chance(0.7) ? random.pick(NOISE) : other.slice(from, from + random.below(200));
    files[name] = text.slice(0, at) + piece + text.slice(random.chance(0.6) ? at : cut);
  }
  return { ...tree, files };
}

/** Builds a tree in both ways; what must not happen comes back as a word about it. */
function outcome({ files, path }: Tree): string | { readonly fault: string } {
  const tree = new Map(Object.entries(files));
  const options = path === undefined ? {} : { path };
  const cpu = process.cpuUsage();
  const before = process.memoryUsage.rss();
  let refused = false;
  try {
    const plain = build(tree, options);
    refused = !plain.ok;
    const stage = buildStage(tree, { ...options, variables: new Map([['a', 'b']]) });
    for (const result of [plain, stage]) {
      if (result.ok) for (const resource of result.resources) resource.toObject();
      else if (result.problems.length === 0) return { fault: 'refused without a problem' };
    }
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { user, system } = process.cpuUsage(cpu);
  // Two builds were made; each has its second.
  if (user + system > 2 * MAX_CPU_MS * 1000) return { fault: `took ${Math.round((user + system) / 1000)} ms` };
  const growth = process.memoryUsage.rss() - before;
  if (growth > MAX_GROWTH_BYTES) return { fault: `grew by ${Math.round(growth / 1024 ** 2)} MiB` };
  return refused ? 'refused' : 'built';
}

const subject: Subject<Tree> = {
  generate: (random) =>
    random.chance(0.01) ? (random.pick(Object.values(BOMBS)) as () => Tree)() : spoil(random.pick(TREES), random),
  async compare(tree) {
    const ours = outcome(tree);
    return typeof ours === 'string'
      ? { ours: '', theirs: '', outcome: ours }
      : { ours, theirs: 'built or refused', outcome: 'fault' };
  },
  *shrink(tree) {
    for (const [name, text] of Object.entries(tree.files)) {
      const { [name]: _, ...others } = tree.files;
      yield { ...tree, files: others };
      if (text.length > 4_000) continue;
      for (const shorter of shorterTexts(text)) yield { ...tree, files: { ...tree.files, [name]: shorter } };
    }
  },
};

export const hostile: Fuzzer = {
  says: 'hostile trees: spoiled files and bombs; only typed errors, within time and memory',
  part: 2_000,
  full: 50_000,
  needsOracle: false,
  run: (options) => runFuzz(subject, options),
};
