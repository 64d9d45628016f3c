import { parentPort } from 'node:worker_threads';
import type { Question } from '../protocol.ts';

/** A worker that does what its task's path says: breaks, ends, fills its memory, or never answers. */
parentPort?.on('message', (question: Question) => {
  const what = question.kind === 'build' ? question.options.path : undefined;
  switch (what) {
    case 'break':
      throw new Error('something is wrong in here');
    case 'exit':
      process.exit(3);
      break;
    case 'fill': {
      const filled: string[][] = [];
      for (;;) filled.push(Array.from({ length: 10_000 }, (_, index) => `${filled.length} ${index}`));
    }
    case 'spin':
      for (;;) void 0;
    default:
      parentPort?.postMessage({ kind: 'part', json: '[]', hashes: [], isLast: true });
  }
});
