/**
 * Random tests, against the field's own libraries where there are any: `npm run fuzz -- NAME [--full] [--seed N]`.
 * `--from N --count M` takes cases N to N + M - 1 of a seed: one again, or a run in parts. Without a name: the list. Prints one JSON line; fails when something differed. A difference becomes a case of the
 * corpus; results of full runs are kept in docs/fuzzing.md.
 */
import { parseArgs } from 'node:util';
import { FUZZERS } from '../conformance/fuzz/index.ts';
import { startOracle } from '../conformance/oracles/oracle.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean' }, seed: { type: 'string' }, count: { type: 'string' }, from: { type: 'string' } },
});
const [name] = positionals;
const fuzzer = name === undefined || !Object.hasOwn(FUZZERS, name) ? undefined : FUZZERS[name];
if (fuzzer === undefined) {
  if (name !== undefined) console.error(`no fuzzer is called ${name}; there are:\n`);
  for (const [each, { says, part, full }] of Object.entries(FUZZERS)) {
    console.log(`${each.padEnd(16)}${says}\n${' '.repeat(16)}${part} cases, ${full} with --full`);
  }
  process.exit(name === undefined ? 0 : 2);
}

const seed = whole('seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31);
const count = whole('count', values.count) ?? (values.full === true ? fuzzer.full : fuzzer.part);
const from = whole('from', values.from) ?? 0;
const oracle = fuzzer.needsOracle ? startOracle() : undefined;
let told = 0;
const began = performance.now();
try {
  const result = await fuzzer.run({
    seed,
    count,
    from,
    ...(oracle === undefined ? {} : { oracle }),
    progress(done) {
      if (!process.stderr.isTTY || performance.now() - told < 500) return;
      told = performance.now();
      process.stderr.write(`\r${done} of ${count}`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r');
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  for (const difference of result.differences) console.error(JSON.stringify(difference, null, 2));
  const { cases, outcomes, differences } = result;
  console.log(
    JSON.stringify({
      fuzz: name,
      seed,
      ...(from === 0 ? {} : { from }),
      cases,
      outcomes,
      differences: differences.length,
      seconds,
    }),
  );
  if (differences.length > 0) process.exitCode = 1;
} finally {
  oracle?.close();
}

function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    console.error(`--${option} takes a whole number, not ${text}`);
    process.exit(2);
  }
  return Number(text);
}
