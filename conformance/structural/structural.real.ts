import { applyDefaults, type JsonObject, prune, type Schema, type ValidationCause, validate } from '@stageset/k8s';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Api, openApi } from '../support/api.ts';
import { LENIENT, PATTERNS, ROOT, SPEC, STRICT } from './schema.fixture.ts';
import { FORMAT_TEXTS, PATTERN_TEXTS, RATCHET_NEW, RATCHET_OLD, SPECS } from './specs.fixture.ts';

/** A custom resource goes through a real API server, and through prune, applyDefaults and validate: both must say the same. */

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.structural.test' },
  spec: {
    group: 'structural.test',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: ROOT } }],
  },
};
const THINGS = '/apis/structural.test/v1/namespaces/default/things';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let api: Api;

beforeAll(async () => {
  api = await openApi(inject('kubeconfig'));
  expect((await api.send('POST', DEFINITIONS, DEFINITION)).body).toMatchObject({ kind: 'CustomResourceDefinition' });
  await until(async () => (await send('GET', THINGS)).kind === 'ThingList');
}, 60_000);

afterAll(async () => {
  await api.send('DELETE', `${DEFINITIONS}/${DEFINITION.metadata.name}`);
  api.close();
});

async function send(method: string, path: string, body?: unknown): Promise<JsonObject> {
  return (await api.send(method, path, body)).body;
}

interface Answer {
  readonly spec?: unknown;
  readonly causes?: readonly ValidationCause[];
  readonly unknown?: readonly string[];
}

const thing = (spec: unknown): JsonObject => ({
  apiVersion: 'structural.test/v1',
  kind: 'Thing',
  metadata: { name: 'x', namespace: 'default' },
  spec,
});
const byText = (a: ValidationCause, b: ValidationCause): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

async function theirs(spec: unknown): Promise<Answer> {
  const strict = await send('POST', `${THINGS}?dryRun=All&fieldValidation=Strict`, thing(spec));
  const lenient = await send('POST', `${THINGS}?dryRun=All&fieldValidation=Ignore`, thing(spec));
  const unknown = [...String(strict.message).matchAll(/unknown field "([^"]*)"/g)]
    .map((match) => match[1] ?? '')
    .sort();
  if (lenient.kind !== 'Status') return { spec: lenient.spec, unknown };
  const details = lenient.details as { causes?: (ValidationCause & { reason: string })[] } | undefined;
  const causes = (details?.causes ?? []).map(({ reason, field, message }) => ({ reason, field, message }));
  return { causes: causes.sort(byText), unknown };
}

function ours(spec: unknown): Answer {
  const { object, pruned } = prune(JSON.parse(JSON.stringify(thing(spec))) as JsonObject, ROOT);
  const defaulted = applyDefaults(object, ROOT);
  const causes = validate(defaulted, ROOT);
  return causes.length === 0
    ? { spec: defaulted.spec, unknown: pruned }
    : { causes: causes.sort(byText), unknown: pruned };
}

const withMust = (spec: Record<string, unknown>): Record<string, unknown> => ({ must: 'x', ...spec });

for (const [index, [name, spec]] of SPECS.entries()) {
  test(`spec: ${name}`, async () => {
    const given = index === 0 ? spec : withMust(spec);
    expect(ours(given)).toEqual(await theirs(given));
  });
}

async function texts(field: string, names: readonly string[], values: readonly string[]): Promise<void> {
  const given = values.map((value) => withMust({ [field]: Object.fromEntries(names.map((name) => [name, value])) }));
  const answers = await Promise.all(given.map(theirs));
  expect(given.map(ours)).toEqual(answers);
}

test('patterns match what they match in Go', () => texts('patterns', Object.keys(PATTERNS), PATTERN_TEXTS), 60_000);

test(
  'formats hold for what they hold for in the API server',
  () => texts('formats', Object.keys(SPEC.properties?.formats?.properties ?? {}), FORMAT_TEXTS),
  60_000,
);

test('an update is held to what it changes', { timeout: 60_000 }, async () => {
  const lenient = structuredClone(DEFINITION);
  const name = 'ratchets.structural.test';
  const path = '/apis/structural.test/v1/namespaces/default/ratchets';
  const definition = {
    ...lenient,
    metadata: { name },
    spec: { ...lenient.spec, names: { plural: 'ratchets', kind: 'Ratchet' }, versions: versions(LENIENT) },
  };
  await send('POST', DEFINITIONS, definition);
  const old = { ...thing(RATCHET_OLD), kind: 'Ratchet' };
  await until(async () => (await send('POST', path, old)).kind === 'Ratchet');
  const live = await send('GET', `${DEFINITIONS}/${name}`);
  const spec = live.spec as JsonObject;
  await send('PUT', `${DEFINITIONS}/${name}`, { ...live, spec: { ...spec, versions: versions(STRICT) } });
  const other = { ...old, metadata: { name: 'y', namespace: 'default' } };
  await until(async () => (await send('POST', `${path}?dryRun=All`, other)).kind === 'Status');
  const stored = await send('GET', `${path}/x`);
  for (const [what, next] of RATCHET_NEW) {
    const answer = await send('PUT', `${path}/x?dryRun=All`, { ...stored, spec: next });
    const details = answer.details as { causes?: ValidationCause[] } | undefined;
    const theirs = (details?.causes ?? []).map(({ reason, field, message }) => ({ reason, field, message }));
    const ours = validate({ ...stored, spec: next }, STRICT, { old: stored });
    expect({ what, causes: ours.sort(byText) }).toEqual({ what, causes: theirs.sort(byText) });
  }
  await send('DELETE', `${DEFINITIONS}/${name}`);
});

const versions = (schema: Schema): unknown => [
  { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
];

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await done()) return;
    await send('GET', '/readyz');
  }
  throw new Error('the changed kind is not served');
}
