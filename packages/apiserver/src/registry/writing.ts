/**
 * A write in steps. Between two steps nothing else is written, except where it yields: what it yields is waited for, and
 * the world may be another one afterwards. A write that asks nobody yields nothing and is done at once.
 */
export type Writing<T> = Generator<Promise<void>, T, void>;

/** Carries a write out, at once when it asks nobody. */
export function settle<T>(writing: Writing<T>): T | Promise<T> {
  const first = writing.next();
  return first.done === true ? first.value : goOn(writing, first.value);
}

async function goOn<T>(writing: Writing<T>, pending: Promise<void>): Promise<T> {
  let next = pending;
  for (;;) {
    const failed = await next.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const step = failed === undefined ? writing.next() : writing.throw(failed.error);
    if (step.done === true) return step.value;
    next = step.value;
  }
}

/** Carries a write of the process itself out, which asks nobody. */
export function now<T>(writing: Writing<T>): T {
  const first = writing.next();
  if (first.done === true) return first.value;
  throw new Error('a write of the cluster itself waits for nobody');
}

/** Waits within a write. */
export function* awaited<T>(promise: Promise<T>): Writing<T> {
  const answers: T[] = [];
  yield promise.then((answer) => void answers.push(answer));
  for (const answer of answers) return answer;
  throw new Error('a write went on before its answer was there');
}
