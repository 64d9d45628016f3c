import { type Comparison, type Fuzzer, runFuzz, type Subject } from '../fuzzer.ts';
import { type Json, smallerJson } from '../shrink-json.ts';
import { type BothClusters, startBoth } from './clusters.ts';
import { type Replied, replay } from './replay.ts';
import { randomSequence, type Sequence } from './steps.ts';

function subject(clusters: BothClusters): Subject<Sequence> {
  let played = 0;
  return {
    generate: randomSequence,
    async compare(sequence): Promise<Comparison> {
      const name = `object-${played++}`;
      const [ours, theirs] = await Promise.all(
        [clusters.local, clusters.real].map((transport) => replay(transport, clusters.namespace, sequence, name)),
      );
      return firstDifference(ours ?? [], theirs ?? [], sequence.kind);
    },
    *shrink({ kind, steps }) {
      for (let at = steps.length - 1; at >= 0; at--) yield { kind, steps: steps.toSpliced(at, 1) };
      for (const [at, step] of steps.entries()) {
        for (const body of smallerJson(step.body as Json)) yield { kind, steps: steps.with(at, { ...step, body }) };
      }
    },
  };
}

function firstDifference(ours: readonly Replied[], theirs: readonly Replied[], outcome: string): Comparison {
  for (const [at, reply] of theirs.entries()) {
    const own = ours[at];
    if (JSON.stringify(own) !== JSON.stringify(reply)) return { ours: own, theirs: reply, outcome };
  }
  return { ours: undefined, theirs: undefined, outcome };
}

/** Writes of all sorts by several managers: every answer of the local cluster next to that of a real one. */
export const writes: Fuzzer = {
  says: 'sequences of writes by several managers, on the local cluster and on a real kube-apiserver',
  part: 150,
  full: 5_000,
  needsOracle: false,
  async run(options) {
    await using clusters = await startBoth();
    return await runFuzz(subject(clusters), options);
  },
};
