import { build, toYaml } from '@stageset/kustomize';
import { describe, expect, test } from 'vitest';
import { AREAS } from './cases/index.ts';
import { readGoldens } from './golden.ts';
import type { Tree } from './tree.ts';

/** What our engine makes of a tree, in the form of a golden: of an error only the fact counts. */
function outcome({ files, path }: Tree): { out: string } | 'an error' {
  const result = build(new Map(Object.entries(files)), path === undefined ? {} : { path });
  return result.ok ? { out: toYaml(result) } : 'an error';
}

for (const [name, cases] of Object.entries(AREAS)) {
  describe(name, async () => {
    const goldens = await readGoldens(name, cases);
    for (const [each, tree] of Object.entries(cases)) {
      test(each, () => {
        const golden = goldens.get(each);
        expect(golden, 'no answer is kept: run node tools/kustomize-corpus.ts').toBeDefined();
        if (golden !== undefined) expect(outcome(tree)).toEqual('out' in golden ? { out: golden.out } : 'an error');
      });
    }
  });
}
