import type { Random } from '../../support/random.ts';
import type { Node } from './schemas.ts';

/** What no structural schema may say, or says in vain. */
const FAULTS: readonly ((random: Random) => Node)[] = [
  () => ({ type: 'nothing' }),
  () => ({ type: '' }),
  () => ({ items: undefined, type: 'array' }),
  () => ({ additionalProperties: false }),
  () => ({ additionalProperties: { type: 'string' } }),
  () => ({ uniqueItems: true }),
  () => ({ uniqueItems: false }),
  () => ({ pattern: '(' }),
  () => ({ pattern: '(?=a)' }),
  () => ({ $ref: '#/x' }),
  (random) => ({ 'x-kubernetes-list-type': random.pick(['set', 'map', 'atomic', 'nothing']) }),
  () => ({ 'x-kubernetes-list-map-keys': ['k'] }),
  () => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['nothing'] }),
  (random) => ({ 'x-kubernetes-map-type': random.pick(['atomic', 'granular', 'nothing']) }),
  () => ({ 'x-kubernetes-preserve-unknown-fields': false }),
  () => ({ 'x-kubernetes-preserve-unknown-fields': true }),
  () => ({ 'x-kubernetes-embedded-resource': true }),
  () => ({ 'x-kubernetes-int-or-string': true }),
  () => ({ allOf: [{ type: 'string' }] }),
  () => ({ anyOf: [{ nullable: true }] }),
  () => ({ anyOf: [{ default: 1 }] }),
  () => ({ oneOf: [{ description: 'x' }] }),
  () => ({ not: { additionalProperties: { type: 'string' } } }),
  () => ({ allOf: [{ properties: { nothing: { minLength: 1 } } }] }),
  () => ({ allOf: [{ items: { minLength: 1 } }] }),
  () => ({ anyOf: [{ 'x-kubernetes-list-type': 'set' }] }),
  () => ({ anyOf: [{ 'x-kubernetes-preserve-unknown-fields': true }] }),
  () => ({ anyOf: [{ 'x-kubernetes-validations': [{ rule: 'true' }] }] }),
  () => ({ anyOf: [{ type: 'integer' }, { type: 'string' }] }),
  () => ({ default: 'x' }),
  () => ({ default: { nothing: 1 } }),
  () => ({ default: null }),
  () => ({ minLength: -1 }),
  () => ({ maxItems: -1 }),
  () => ({ multipleOf: 0 }),
  () => ({ multipleOf: -1 }),
  () => ({ enum: [] }),
  () => ({ enum: ['a', 'a'] }),
  () => ({ required: ['a', 'a'] }),
  () => ({ nullable: true }),
  () => ({ title: 'a title', description: 'what it is', example: 1, externalDocs: { url: 'https://example.com' } }),
  () => ({ id: 'x', $schema: 'y' }),
  () => ({ definitions: { a: { type: 'string' } } }),
  () => ({ dependencies: { a: ['b'] } }),
  () => ({ patternProperties: { a: { type: 'string' } } }),
  () => ({ additionalItems: true }),
  () => ({ nobodyKnows: 1 }),
];

/** The schema, and mostly with one thing about one of its nodes made wrong or odd. */
export function withFault(schema: Node, random: Random): Node {
  const places = [...placesIn(schema)];
  const place = random.pick(places);
  return changed(schema, place, (node) => ({ ...node, ...random.pick(FAULTS)(random) }));
}

type Place = readonly string[];

function* placesIn(node: Node, path: Place = []): Generator<Place> {
  yield path;
  for (const [name, child] of Object.entries((node['properties'] ?? {}) as Record<string, Node>)) {
    yield* placesIn(child, [...path, 'properties', name]);
  }
  for (const key of ['items', 'additionalProperties']) {
    const child = node[key];
    if (typeof child === 'object' && child !== null) yield* placesIn(child as Node, [...path, key]);
  }
}

function changed(node: Node, [key, ...rest]: Place, change: (node: Node) => Node): Node {
  if (key === undefined) return change(node);
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, name === key ? changed(child as Node, rest, change) : child]),
  );
}
