import { build, toYaml } from '@stageset/kustomize';
import type { Oracle } from '../oracles/oracle.ts';
import { type Fuzzer, runFuzz, type Subject } from './fuzzer.ts';
import { type Json, smallerJson } from './shrink-json.ts';
import { filesOf, type RandomTree, randomTree } from './trees.ts';

type Answer = string | { readonly error: true } | { readonly crash: string };

/** Our answer to a tree: what is printed, the fact of an error, or what was thrown and should not have been. */
export function buildHere(files: Readonly<Record<string, string>>, path: string): Answer {
  try {
    const result = build(new Map(Object.entries(files)), { path });
    return result.ok ? toYaml(result) : { error: true };
  } catch (error) {
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function subject(oracle: Oracle): Subject<RandomTree> {
  return {
    generate: randomTree,
    async compare(tree) {
      const files = filesOf(tree);
      const ours = buildHere(files, tree.path);
      const { out, error } = await oracle.ask({ op: 'kustomize', files, path: tree.path });
      return {
        ours,
        theirs: error === undefined ? out : { error: true },
        outcome: error === undefined ? 'built' : 'refused',
      };
    },
    *shrink(tree) {
      for (const layers of smallerJson(tree.layers)) yield { ...tree, layers: layers as RandomTree['layers'] };
      for (const documents of smallerJson(tree.documents)) {
        yield { ...tree, documents: documents as RandomTree['documents'] };
      }
      for (const path of Object.keys(tree.layers)) if (path < tree.path) yield { ...tree, path };
    },
  };
}

export const kustomize: Fuzzer = {
  says: 'builds: random overlays, components, patches and generators against kustomize',
  part: 1_000,
  full: 20_000,
  needsOracle: true,
  async run(options) {
    if (options.oracle === undefined) throw new Error('needs the oracles');
    const result = await runFuzz(subject(options.oracle), options);
    // The files say more than what they were made from.
    const differences = result.differences.map((each) => ({ ...each, given: written(each.given as RandomTree) }));
    return { ...result, differences };
  },
};

function written(tree: RandomTree): Json {
  return { path: tree.path, files: filesOf(tree) };
}
