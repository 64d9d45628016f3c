import type { Transport } from '@stageset/ports';
import type { Random } from '../../support/random.ts';
import { type BothClusters, DEFINITIONS, startBoth } from '../both-clusters.ts';
import { comparable } from '../comparable.ts';
import { type Comparison, type Fuzzer, runFuzz, type Subject } from '../fuzzer.ts';
import { type Json, smallerJson } from '../shrink-json.ts';
import { firstDifference, replay } from '../writes/replay.ts';
import type { WriteStep } from '../writes/steps.ts';
import { alone, Definitions } from './definitions.ts';
import { withFault } from './faults.ts';
import { type Node, randomSchema } from './schemas.ts';
import { mutated, valueNear } from './values.ts';

/** A schema, and writes of one object of its kind. */
interface Sample {
  readonly schema: Node;
  readonly steps: readonly WriteStep[];
}

const STEPS = 7;
const MANAGERS = ['one', 'two'];

function randomSample(random: Random): Sample {
  const sound = randomSchema(random);
  const schema = random.chance(0.12) ? withFault(sound, random) : sound;
  const first = random.chance(0.7) ? write(sound, random, 'POST') : apply(sound, random);
  return { schema, steps: [first, ...Array.from({ length: STEPS - 1 }, () => randomStep(sound, random))] };
}

function randomStep(schema: Node, random: Random): WriteStep {
  const dice = random.below(10);
  if (dice < 3) return write(schema, random, 'POST');
  if (dice < 6) return write(schema, random, 'PUT');
  return dice < 8 ? apply(schema, random) : patch(schema, random);
}

function body(schema: Node, random: Random): Node {
  const { metadata: _, ...object } = valueNear(schema, random) as Node;
  const changes = random.pick([0, 0, 1, 1, 2]);
  let changed: unknown = object;
  for (let change = 0; change < changes; change++) changed = mutated(changed, random);
  return typeof changed === 'object' && changed !== null && !Array.isArray(changed) ? (changed as Node) : object;
}

function query(random: Random): string {
  const validation = random.chance(0.15) ? `&fieldValidation=${random.pick(['Strict', 'Ignore'])}` : '';
  return `fieldManager=${random.pick(MANAGERS)}${validation}`;
}

function write(schema: Node, random: Random, method: 'POST' | 'PUT'): WriteStep {
  const lock = method === 'PUT' ? ({ lock: 'newest' } as const) : {};
  return { method, part: '', query: query(random), type: 'application/json', body: body(schema, random), ...lock };
}

function apply(schema: Node, random: Random): WriteStep {
  const force = random.chance(0.6) ? '&force=true' : '';
  const type = 'application/apply-patch+yaml';
  return { method: 'PATCH', part: '', query: query(random) + force, type, body: body(schema, random) };
}

function patch(schema: Node, random: Random): WriteStep {
  const type = 'application/merge-patch+json';
  return { method: 'PATCH', part: '', query: query(random), type, body: body(schema, random) };
}

async function tryDefinition(transport: Transport, schema: Node): Promise<{ code: number; body: unknown }> {
  const { status, body } = await transport({
    method: 'POST',
    path: `${DEFINITIONS}?dryRun=All`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alone(schema)),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Node;
  return { code: status, body: comparable(status < 300 ? answer['spec'] : answer, '{none}') };
}

function subject(clusters: BothClusters): Subject<Sample> {
  const definitions = new Definitions(clusters);
  const { local, real, namespace } = clusters;
  let played = 0;
  return {
    generate: randomSample,
    async compare({ schema, steps }): Promise<Comparison> {
      const [ours, theirs] = await Promise.all([local, real].map((transport) => tryDefinition(transport, schema)));
      const isRefused = theirs?.code !== 201;
      const outcome = isRefused ? 'refused' : 'served';
      if (JSON.stringify(ours) !== JSON.stringify(theirs) || isRefused) return { ours, theirs, outcome };
      const place = await definitions.placeOf(schema);
      const name = `sample-${played++}`;
      const [own, there] = await Promise.all(
        [local, real].map((transport) => replay({ transport, namespace, ...place }, steps, name)),
      );
      return { ours: undefined, theirs: undefined, outcome, ...firstDifference(own ?? [], there ?? []) };
    },
    *shrink({ schema, steps }) {
      for (let at = steps.length - 1; at >= 0; at--) yield { schema, steps: steps.toSpliced(at, 1) };
      for (const [at, step] of steps.entries()) {
        for (const smaller of smallerJson(step.body as Json))
          yield { schema, steps: steps.with(at, { ...step, body: smaller }) };
      }
      for (const smaller of smallerJson(schema as Json)) yield { schema: smaller as unknown as Node, steps };
    },
  };
}

/** Definitions with random schemas and rules, and objects near them: every answer of the local cluster next to that of a real one. */
export const crds: Fuzzer = {
  says: 'random schemas and rules of definitions, and writes of objects near them, on the local cluster and on a real kube-apiserver',
  part: 64,
  full: 1_000,
  needsOracle: false,
  async run(options) {
    await using clusters = await startBoth('crds');
    return await runFuzz(subject(clusters), options);
  },
};
