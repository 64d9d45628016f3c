import type { VarEntry } from '../load/kustomization.ts';
import { EMPTY_CONFIG, type TransformerConfig } from '../transform/config.ts';
import { ObjectSet } from './object-set.ts';

/** What a kustomization has gathered: objects, and how its parents are to treat them. */
export class Accumulator {
  readonly set = new ObjectSet();
  config: TransformerConfig = EMPTY_CONFIG;
  readonly vars = new Map<string, VarEntry>();
}
