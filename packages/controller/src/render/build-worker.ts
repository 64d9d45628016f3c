import { parentPort } from 'node:worker_threads';
import { buildStage } from '@stageset/kustomize';
import { unpackTree } from './packed-files.ts';
import { type Answer, PART_SIZE, type Question } from './protocol.ts';
import { type Rendered, rendered } from './render.ts';

/** The program of a build worker: it answers one question at a time, and keeps a result until it is fetched. */
let left: Generator<Answer> | undefined;

function answer(question: Question): Answer {
  if (question.kind === 'build') {
    const { files, options, owner } = question;
    const result = buildStage(unpackTree(files), options);
    if (!result.ok) return { kind: 'problems', problems: result.problems };
    left = parts(rendered(result.resources, owner));
  }
  const next = left?.next();
  if (next === undefined || next.done === true) throw new Error('there is nothing left to fetch');
  if (next.value.kind === 'part' && next.value.isLast) left = undefined;
  return next.value;
}

function* parts(objects: readonly Rendered[]): Generator<Answer> {
  for (let from = 0, to = 0; to < objects.length || to === 0; from = to) {
    for (let size = 0; to < objects.length && size < PART_SIZE; to++) size += objects[to]?.json.length ?? 0;
    const part = objects.slice(from, to);
    yield {
      kind: 'part',
      json: `[${part.map(({ json }) => json).join(',')}]`,
      hashes: part.map(({ hash }) => hash),
      isLast: to >= objects.length,
    };
    if (to >= objects.length) return;
  }
}

// What throws here ends the worker: whoever asked hears of it as an error of the worker.
parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)));
