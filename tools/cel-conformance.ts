/**
 * The official conformance data and a few figures for our expressions and for the libraries that were looked at
 * (docs/adr/0008-cel.md): `node --expose-gc tools/cel-conformance.ts`. Libraries that are not installed are left out.
 */
import { Budget, compileReadyCheck, DEFAULT_COST_LIMIT, readyCheckVariables } from '@stageset/cel';
import { type ConformanceCase, conformanceCases, needsMessages, SECTIONS } from '../conformance/cel/cases.ts';
import { type Engine, libraries } from '../conformance/cel/libraries.ts';
import { runOurs, shown, wanted } from '../conformance/cel/ours.ts';
import { OBJECTS } from '../conformance/fuzz/cel-objects.ts';

const EXPRESSION =
  "has(status.conditions) && status.conditions.exists(c, c.type == 'Available' && c.status == 'True') && status.readyReplicas >= spec.replicas";
const object = OBJECTS[0] ?? {};

const ours: Engine = {
  name: 'ours',
  run(given) {
    const outcome = runOurs(given);
    return 'error' in outcome ? 'error' : shown(outcome.value);
  },
  compile(text) {
    const compiled = compileReadyCheck(text);
    if (!compiled.ok) throw new Error(compiled.problem.message);
    return (variables) => compiled.program.evaluate(readyCheckVariables(variables), new Budget(DEFAULT_COST_LIMIT));
  },
};

const cases = conformanceCases().filter((each) => !needsMessages(each) && !each.checkOnly);
for (const engine of [ours, ...(await libraries())]) {
  const rows = SECTIONS.map((section) => {
    const found = cases.filter((each) => each.section === section);
    return `${section} ${found.filter((each) => passes(engine, each)).length}/${found.length}`;
  });
  const passed = cases.filter((each) => passes(engine, each)).length;
  console.log(`\n${engine.name}: ${passed} of ${cases.length}\n  ${rows.join('\n  ')}`);
  const program = engine.compile(EXPRESSION);
  console.log(`  compile ${perCall(() => engine.compile(EXPRESSION), 2_000)} µs`);
  console.log(`  evaluate ${perCall(() => program(object), 20_000)} µs`);
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 3_000 }, () => engine.compile(EXPRESSION));
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  console.log(`  ${Math.round((process.memoryUsage().heapUsed - before) / kept.length / 102.4) / 10} KiB a program`);
}

function passes(engine: Engine, given: ConformanceCase): boolean {
  try {
    return engine.run(given) === wanted(given.want);
  } catch {
    return wanted(given.want) === 'error';
  }
}

function perCall(work: () => unknown, times: number): number {
  for (let i = 0; i < times / 4; i++) work();
  const began = performance.now();
  for (let i = 0; i < times; i++) work();
  return Math.round(((performance.now() - began) / times) * 10_000) / 10;
}
