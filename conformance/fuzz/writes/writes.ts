import { WIDGET_DEFINITION } from '../../cluster/server-side-apply/widget.ts';
import { type BothClusters, DEFINITIONS, post, served, startBoth } from '../both-clusters.ts';
import { type Comparison, type Fuzzer, runFuzz, type Subject } from '../fuzzer.ts';
import { type Json, smallerJson } from '../shrink-json.ts';
import { firstDifference, replay } from './replay.ts';
import { KINDS, randomSequence, type Sequence } from './steps.ts';

function subject(clusters: BothClusters): Subject<Sequence> {
  let played = 0;
  return {
    generate: randomSequence,
    async compare(sequence): Promise<Comparison> {
      const name = `object-${played++}`;
      const { kind, steps } = sequence;
      const written = KINDS[kind];
      if (written === undefined) throw new Error(`no kind ${kind}`);
      const { local, real, namespace } = clusters;
      const stage = { namespace, kind, apiVersion: written.apiVersion, collection: written.path(namespace) };
      const [ours, theirs] = await Promise.all(
        [local, real].map((transport) => replay({ ...stage, transport }, steps, name)),
      );
      return { ours: undefined, theirs: undefined, outcome: kind, ...firstDifference(ours ?? [], theirs ?? []) };
    },
    *shrink({ kind, steps }) {
      for (let at = steps.length - 1; at >= 0; at--) yield { kind, steps: steps.toSpliced(at, 1) };
      for (const [at, step] of steps.entries()) {
        for (const body of smallerJson(step.body as Json)) yield { kind, steps: steps.with(at, { ...step, body }) };
      }
    },
  };
}

/** Writes of all sorts by several managers: every answer of the local cluster next to that of a real one. */
export const writes: Fuzzer = {
  says: 'sequences of writes by several managers, on the local cluster and on a real kube-apiserver',
  part: 150,
  full: 5_000,
  needsOracle: false,
  async run(options) {
    await using clusters = await startBoth('writes');
    for (const transport of [clusters.local, clusters.real]) {
      await post(transport, DEFINITIONS, WIDGET_DEFINITION);
      await served(transport, '/apis/conformance.stageset.test/v1/widgets');
    }
    return await runFuzz(subject(clusters), options);
  },
};
