/**
 * Asks kustomize for the answers to the corpus of conformance/kustomize and keeps them: `node tools/kustomize-corpus.ts`
 * writes, `--check` fails when one is not current. Needs Go (conformance/oracles/run).
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { AREAS } from '../conformance/kustomize/cases/index.ts';
import { fileOf, keptAreas, readKept, renderArea, writeKept } from '../conformance/kustomize/golden.ts';
import { startOracle } from '../conformance/oracles/oracle.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
using oracle = startOracle();
const stale: string[] = [];
let count = 0;
for (const [name, cases] of Object.entries(AREAS)) {
  count += Object.keys(cases).length;
  const text = await renderArea(oracle, cases);
  if (text === (await readKept(name))) continue;
  stale.push(name);
  if (values.check !== true) await writeKept(name, text);
}
for (const name of await keptAreas()) {
  if (Object.hasOwn(AREAS, name)) continue;
  stale.push(name);
  if (values.check !== true) await rm(fileOf(name));
}
if (values.check === true && stale.length > 0) {
  console.error(`not what kustomize says: ${stale.join(', ')}; run node tools/kustomize-corpus.ts`);
  process.exitCode = 1;
} else {
  console.log(`${count} trees, ${stale.length === 0 ? 'all current' : `written: ${stale.join(', ')}`}`);
}
