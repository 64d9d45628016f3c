import type { Oracle } from '../oracles/oracle.ts';
import { type Random, randomFrom } from '../support/random.ts';
import { type Fuzzer, runFuzz, type Subject } from './fuzzer.ts';
import { buildHere } from './kustomize.ts';
import { type JsonObject, MAKERS, pickKey, pickText } from './objects.ts';
import { printYaml } from './print-yaml.ts';
import { type Json, smallerJson } from './shrink-json.ts';

/** An object, and patches that are merged into it one after another. */
interface Merge {
  readonly object: JsonObject;
  readonly patches: readonly JsonObject[];
  readonly style: number;
}

/** Two objects of a kind made apart: the second, changed here and there, is the patch of the first. */
function generate(random: Random): Merge {
  const kind = random.pick(Object.keys(MAKERS));
  const make = (): JsonObject => MAKERS[kind]?.(random, 'web') ?? {};
  return {
    object: make(),
    patches: Array.from({ length: 1 + random.below(2) }, () => changed(make(), random) as JsonObject),
    style: random.below(2 ** 31),
  };
}

const IDENTITY = new Set(['apiVersion', 'kind', 'name', 'metadata', 'containerPort', 'port']);

function changed(value: Json, random: Random): Json {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => changed(item, random));
    if (items.some((item) => typeof item === 'object') && random.chance(0.1)) items.push({ $patch: 'replace' });
    return random.shuffle(items);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    if (IDENTITY.has(key)) return [[key, changed(item, random)]];
    if (random.chance(0.1)) return [[key, null]];
    return random.chance(0.2) ? [] : [[key, changed(item, random)]];
  });
  if (random.chance(0.05)) entries.push([pickKey(random), pickText(random)]);
  if (random.chance(0.03)) entries.push(['$patch', random.pick(['delete', 'replace', 'merge'])]);
  return Object.fromEntries(entries);
}

function filesOf({ object, patches, style }: Merge): Record<string, string> {
  const random = randomFrom(style);
  const names = patches.map((_, i) => `p${i}.yaml`);
  const entries = names.map((name) => `- path: ${name}\n`).join('');
  return {
    'kustomization.yaml': `resources: [o.yaml]\npatches:\n${entries}`,
    'o.yaml': printYaml(object, random),
    ...Object.fromEntries(patches.map((patch, i) => [names[i], printYaml(patch, random)])),
  };
}

function subject(oracle: Oracle): Subject<Merge> {
  return {
    generate,
    async compare(merge) {
      const files = filesOf(merge);
      const ours = buildHere(files, '.');
      const { out, error } = await oracle.ask({ op: 'kustomize', files, path: '.' });
      const outcome = error === undefined ? 'built' : 'refused';
      return { ours, theirs: error === undefined ? out : { error: true }, outcome };
    },
    *shrink(merge) {
      for (const patches of smallerJson(merge.patches)) yield { ...merge, patches: patches as Merge['patches'] };
      for (const object of smallerJson(merge.object)) yield { ...merge, object: object as JsonObject };
    },
  };
}

export const strategicMerge: Fuzzer = {
  says: 'strategic merges: random patches of objects of all kinds against kustomize',
  part: 1_000,
  full: 20_000,
  needsOracle: true,
  async run(options) {
    if (options.oracle === undefined) throw new Error('needs the oracles');
    const result = await runFuzz(subject(options.oracle), options);
    const differences = result.differences.map((each) => ({ ...each, given: { files: filesOf(each.given as Merge) } }));
    return { ...result, differences };
  },
};
