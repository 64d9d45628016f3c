import { cel } from './cel.ts';
import { crds } from './crds/crds.ts';
import { envsubst } from './envsubst.ts';
import type { Fuzzer } from './fuzzer.ts';
import { histories } from './histories.ts';
import { hostile } from './hostile.ts';
import { kustomize } from './kustomize.ts';
import { ledgers } from './ledgers.ts';
import { strategicMerge } from './strategic-merge.ts';
import { writes } from './writes/writes.ts';

/** Every random test by its name, as `npm run fuzz -- NAME` takes it. */
export const FUZZERS: Readonly<Record<string, Fuzzer>> = {
  cel,
  crds,
  envsubst,
  histories,
  hostile,
  kustomize,
  ledgers,
  'strategic-merge': strategicMerge,
  writes,
};
