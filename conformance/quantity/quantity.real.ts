import { formatQuantity, getAt, parseQuantity } from '@stageset/k8s';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Api, openApi } from '../support/api.ts';

/** A size limit is given back in its canonical form, or refused with the parser's error. */

let api: Api;
beforeAll(async () => {
  api = await openApi(inject('kubeconfig'));
});
afterAll(() => api.close());

const container = { name: 'x', image: 'x' };
const labels = { a: 'b' };

async function theirs(text: string): Promise<string> {
  const spec = { containers: [container], volumes: [{ name: 'x', emptyDir: { sizeLimit: text } }] };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  const { body } = await api.send('POST', '/apis/apps/v1/namespaces/default/deployments?dryRun=All', deployment);
  const written = getAt(body, ['spec', 'template', 'spec', 'volumes', 0, 'emptyDir', 'sizeLimit']);
  const message = String(body.message);
  const refusal = /quantities must match .*\*\)\$'|unable to parse .*quantity(?:'s suffix)?/.exec(message)?.[0];
  return typeof written === 'string' ? written : `refused: ${refusal ?? message}`;
}

function ours(text: string): string {
  const parsed = parseQuantity(text);
  return parsed.ok ? formatQuantity(parsed.quantity) : `refused: ${parsed.message}`;
}

/**
 * Left out are texts that the API server gives back as they are although they are not canonical (`5.`, a plus sign), those
 * without a digit, and amounts that overflow its exponents (`1000000E` becomes 1).
 */
const number = fc.oneof(
  fc.nat(2_000).map(String),
  fc.constantFrom(
    '0',
    '00',
    '1.5',
    '0.1',
    '.5',
    '1.0005',
    '1024',
    '1048576',
    '1000000',
    '9223372036854775807',
    '9223372036854775808',
    '0.0000000001',
    '1.2.3',
  ),
);
const suffix = fc.constantFrom(
  '',
  '',
  'n',
  'u',
  'm',
  'k',
  'M',
  'G',
  'T',
  'P',
  'E',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
  'Pi',
  'Ei',
  'e3',
  'E2',
  'e-3',
  'e',
  'K',
  'i',
  ' ',
  'x',
  'mi',
);

test('quantities are read and written as the API server does', { timeout: 60_000 }, async () => {
  const texts = [
    ...new Set(
      fc.sample(
        fc
          .tuple(number, suffix)
          .map((parts) => parts.join(''))
          .filter((text) => !/\d{7}[PE]$/.test(text)),
        { numRuns: 600, seed: 3 },
      ),
    ),
  ];
  const answers = await Promise.all(texts.map(theirs));
  const pairs = (results: readonly string[]): string[] =>
    results.map((result, index) => `"${texts[index]}": ${result}`);
  expect(pairs(texts.map(ours))).toEqual(pairs(answers));
});
