import { readFileSync } from 'node:fs';
import { validateStageSet } from '@stageset/api';
import { askReadyCheck } from '@stageset/cel';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

/** What docs/ready-checks.md shows is valid, and does what it says. */

const PAGE = readFileSync(new URL('../docs/ready-checks.md', import.meta.url), 'utf8');

function database(status: Record<string, unknown>) {
  return { apiVersion: 'data.example.com/v1', kind: 'Database', metadata: { name: 'main' }, status };
}

const ready = (status: string) => ({ conditions: [{ type: 'Ready', status }] });

test('the example is accepted, and each of its expressions tells its case from the others', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
  const { readyChecks } = parse(yaml);
  const spec = { stages: [{ name: 'data', sourceRef: { name: 'data' }, readyChecks }] };
  const metadata = { name: 'shop', namespace: 'releases' };
  expect(validateStageSet({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', metadata, spec })).toEqual([]);
  const [expressions] = readyChecks.exprs;
  for (const [name, status] of [
    ['current', ready('True')],
    ['inProgress', { phase: 'Restoring' }],
    ['failed', { phase: 'Broken' }],
  ] as const) {
    expect([name, askReadyCheck(expressions[name], database(status)).kind]).toEqual([name, 'true']);
    expect([name, askReadyCheck(expressions[name], database({})).kind]).toEqual([name, 'false']);
    expect([name, askReadyCheck(expressions[name], database(ready('False'))).kind]).toEqual([name, 'false']);
  }
});

const address = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } };
const cases: Readonly<Record<string, { readonly holds: object; readonly not: object }>> = {
  'a Service that has an address': { holds: { status: address }, not: { status: { loadBalancer: {} } } },
  'an Ingress that has an address': { holds: { status: address }, not: { status: {} } },
  'a HorizontalPodAutoscaler that scales': {
    holds: { status: { conditions: [{ type: 'ScalingActive', status: 'True' }] } },
    not: { status: { conditions: [{ type: 'ScalingActive', status: 'False' }] } },
  },
  'a budget that lets a pod go': { holds: { status: { disruptionsAllowed: 1 } }, not: { status: {} } },
  'a ConfigMap that another controller fills in': {
    holds: { data: { 'ca.crt': '-----BEGIN CERTIFICATE-----' } },
    not: { data: { other: '' } },
  },
};

test('every expression of the table holds when it should, and only then', () => {
  const [, table = ''] = /\| for \| `current` \|\n\|---\|---\|\n([\s\S]*?)\n\n/.exec(PAGE) ?? [];
  const rows = table.split('\n').map((row) => /^\| (.*?) \| `(.*)` \|$/.exec(row)?.slice(1) ?? [row]);
  expect(rows.map(([what]) => what)).toEqual(Object.keys(cases));
  for (const [what = '', text = ''] of rows) {
    const { holds, not } = cases[what] ?? { holds: {}, not: {} };
    expect([what, askReadyCheck(text, { kind: 'Any', ...holds }).kind]).toEqual([what, 'true']);
    expect([what, askReadyCheck(text, { kind: 'Any', ...not }).kind]).not.toEqual([what, 'true']);
  }
});
