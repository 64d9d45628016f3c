import { type Json, merge, post } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

/**
 * What rules may cost by estimate. Each rule stands in the items of a list, of so many that its estimate is beyond what it
 * may be: the answer says by how much, and so what a real server takes the rule to cost.
 */
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const text = (maxLength?: number): Json => ({ type: 'string', ...(maxLength === undefined ? {} : { maxLength }) });
const list = (items: Json, maxItems?: number): Json => ({
  type: 'array',
  items,
  ...(maxItems === undefined ? {} : { maxItems }),
});
const object = (properties: Json, extra: Json = {}): Json => ({ type: 'object', properties, ...extra });
const map = (additionalProperties: Json, maxProperties?: number): Json => ({
  type: 'object',
  additionalProperties,
  ...(maxProperties === undefined ? {} : { maxProperties }),
});
const integer = { type: 'integer' };

const FIELDS: Readonly<Record<string, Json>> = {
  n: integer,
  m: integer,
  d: { type: 'number' },
  flag: { type: 'boolean' },
  s: text(10),
  long: text(200),
  free: text(),
  word: { type: 'string', enum: ['one', 'three'] },
  bytes: { type: 'string', format: 'byte', maxLength: 100 },
  span: { type: 'string', format: 'duration' },
  day: { type: 'string', format: 'date' },
  time: { type: 'string', format: 'date-time' },
  port: { 'x-kubernetes-int-or-string': true },
  short: { 'x-kubernetes-int-or-string': true, maxLength: 3 },
  ints: list(integer, 10),
  texts: list(text(20), 5),
  others: list(text(20), 3),
  frees: list(text(), 4),
  open: list(integer),
  objects: list(object({ a: text(7), b: integer, l: list(integer, 2), k: list(integer, 9) }, { required: ['a'] }), 6),
  loose: list(object({ a: text(), b: integer }, { required: ['a', 'b'] })),
  map: map(text(15), 8),
  numbers: map(integer),
  inner: object({ x: text(30), y: integer, z: object({ w: text(9) }) }),
};

const RULES: readonly string[] = [
  'self.n > 1',
  'self.n == self.m',
  'self.n + self.m * 2 < 10 && self.flag || self.d > 1.5',
  'self.flag ? self.n > 1 : self.s == self.long',
  "self.s == 'abc'",
  'self.s != self.long',
  'self.s < self.long',
  'self.free == self.free',
  'self.word == self.free',
  'self.bytes == self.bytes',
  "self.span < duration('1h')",
  "self.time > timestamp('2024-01-01T00:00:00Z') && self.day == self.day",
  'self.port == self.port',
  "type(self.short) == string && self.short.startsWith('a')",
  'self.s.size() > 3',
  'size(self.ints) < 3',
  'has(self.s) && has(self.inner.x)',
  "self.long.startsWith('abcdefghijklmno')",
  'self.long.endsWith(self.s)',
  'self.long.contains(self.s)',
  "self.long.contains('x')",
  "self.s.matches('^[a-z]+$')",
  'self.long.matches(self.s)',
  "matches(self.long, '^a$')",
  "self.long.find('[0-9]+') == 'x'",
  "self.long.findAll('[0-9]+').size() > 1",
  'self.long.lowerAscii() == self.long.upperAscii()',
  "self.long.replace('a', 'bcd').size() > 3",
  "self.s.replace('', self.s) == self.long.replace(self.s, 'x')",
  "self.long.replace('abc', 'x') == self.long.replace('a', 'xyz')",
  "self.long.split(',').all(p, p == 'a')",
  "self.long.split(',', 3).all(p, p.size() > 1)",
  "self.texts.join(',') == self.long",
  "self.texts.join() == 'x'",
  "self.long.indexOf('a') > self.long.lastIndexOf('b')",
  "self.long.substring(1, 3).trim() == 'a'",
  "self.s.charAt(1) == 'a'",
  "self.long + self.s == 'x'",
  "string(self.bytes) == 'x'",
  "bytes(self.s) == b'x'",
  "string(self.n) == 'x' && int(self.s) > 1 && double(self.n) > 1.0",
  "'%s-%d'.format([self.s, self.n]) == 'x'",
  'self.n in [1, 2, 3]',
  'self.n in self.ints',
  'self.s in self.map',
  "'a' in self.texts",
  'self.ints == self.ints',
  'self.ints + self.ints == self.ints',
  'self.ints[0] == 1',
  "self.texts[0] == 'a'",
  "self.map['a'] == self.long",
  'self.inner.z.w == self.inner.x',
  'self.objects[0].a == self.s',
  'self.ints.all(i, i > 1)',
  'self.ints.exists(i, i == self.n)',
  'self.ints.exists_one(i, i == 3)',
  'self.ints.map(i, i * 2).exists(i, i == 4)',
  'self.ints.map(i, i > 1, i * 2).size() > 1',
  'self.ints.filter(i, i > 1).all(i, i < 9)',
  'self.texts.all(t, t.size() > 1)',
  "self.texts.all(t, t.startsWith('a') && t != self.s)",
  'self.texts.all(a, self.others.exists(b, a == b))',
  'self.texts.map(t, t + self.s).all(t, t.size() < 3)',
  'self.texts.filter(t, t != self.s).all(t, t == self.long)',
  'self.frees.all(f, f == self.s)',
  'self.objects.all(o, o.a == self.s && o.b > 1)',
  'self.objects.all(o, o.l.all(i, i > 1))',
  'self.objects.all(o, o.l.all(i, o.k.exists(j, i == j)))',
  'self.objects.all(o, o.l.all(i, o.b == i))',
  'self.objects.map(o, o.a).all(a, a == self.long)',
  'self.objects.all(o, self.objects.exists_one(p, p.a == o.a))',
  'self.map.all(k, k.size() > 1)',
  "self.map.all(k, self.map[k] == 'a')",
  "self.map.exists(k, k == 'abcdefghijklmnop')",
  'self.map.all(k, v, v == self.long)',
  'self.texts.all(i, t, i < 3 && t == self.long)',
  'self.map.transformMap(k, v, v + self.s).all(k, v, v == self.long)',
  'self.texts.transformList(i, t, t + self.s).all(t, t == self.long)',
  'self.ints.isSorted() && self.ints.sum() > 1 && self.ints.max() > self.ints.min()',
  "self.texts.isSorted() && self.texts.indexOf('a') > self.texts.lastIndexOf('b')",
  'sets.contains(self.texts, self.others)',
  'sets.intersects(self.ints, [1, 2]) || sets.equivalent(self.texts, self.others)',
  "isQuantity(self.s) && quantity(self.s).isGreaterThan(quantity('1Gi'))",
  "quantity(self.s) == quantity('1')",
  "quantity(self.s).add(1).compareTo(quantity('1').sub(2)) == sign(quantity(self.s))",
  "isURL(self.long) && url(self.long).getHost() == 'a' && url(self.s).getScheme() == 'https'",
  "url(self.s) == url('https://a')",
  'isIP(self.s) && ip(self.s).family() == 4 && ip.isCanonical(self.long)',
  "ip(self.s) == ip('1.2.3.4')",
  "cidr('10.0.0.0/8').containsIP(self.s) && cidr('10.0.0.0/8').containsIP(ip('1.2.3.4'))",
  "cidr('10.0.0.0/8').containsCIDR(self.long) && cidr(self.s).prefixLength() == 8 && cidr(self.s).ip().isLoopback()",
  "isSemver(self.s) && semver(self.s).isLessThan(semver('1.2.3')) && semver(self.s).major() == 1",
  '!format.dns1123Label().validate(self.long).hasValue()',
  'self.s == oldSelf.s',
  'cel.bind(x, self.ints.map(i, i + 1), x.all(i, i in x))',
  'dyn(self.s) == self.long',
  "self.?s.orValue('a') == self.?inner.x.orValue(self.long)",
  "self.?s.optMap(x, x + 'a').orValue('b') == self.long",
  '[self.s, self.long].all(t, t == self.long)',
  "{'a': self.s, 'b': self.long}.all(k, k == self.long)",
  '[1, 2, 3].all(i, self.ints.exists(j, j == i))',
  'self.texts.exists(t, self.texts.filter(u, u == t).size() > 1)',
];
/** These cost much more: a shorter list around them shows how much. */
const EXPENSIVE: readonly string[] = [
  'self.free.contains(self.s)',
  "self.free.matches('^[a-z]+$')",
  'self.free != self.free + self.s',
  'self.open.all(i, i > 1)',
  'self.loose.exists(o, o.b == 1)',
  'self.numbers.all(k, self.numbers[k] > 1)',
  'self.frees.all(f, f == self.free)',
  'self.open.isSorted()',
  "quantity(self.s) != quantity('1')",
  'self.open.all(i, self.open.all(j, i != j))',
];

const definition = (spec: Json, metadata: Json = {}): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.{n}.example.com', ...metadata },
  spec: {
    group: '{n}.example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
      },
    ],
  },
});
const ruled = (schema: Json, ...rules: readonly string[]): Json => ({
  ...schema,
  'x-kubernetes-validations': rules.map((rule) => ({ rule })),
});
const inItems =
  (maxItems: number) =>
  (rule: string): Case => ({
    name: rule,
    steps: [post(definitions, definition(object({ list: list(ruled(object(FIELDS), rule), maxItems) })))],
    see: ['metadata.name'],
  });
const one = (name: string, spec: Json): Case => ({
  name,
  steps: [post(definitions, definition(spec))],
  see: ['metadata.name'],
});
const dear = 'self.all(a, self.all(b, a == b))';
const among = (items: Json): Json => object({ list: ruled(list(items), 'self.all(a, a.size() > 1)') });

const bounds: Case[] = [
  one('a rule of a text without a bound', object({ x: ruled(text(), "self == 'a'") })),
  one('a rule of a list without a bound', object({ x: ruled(list(integer), 'self.all(a, a > 1)') })),
  one('a list in a list without a bound', among(list(integer))),
  one('every pair of a list without a bound', object({ x: ruled(list(text()), dear) })),
  one('every pair of a list of 100', object({ x: ruled(list(text(10), 100), dear) })),
  one('every pair of a list of 1000', object({ x: ruled(list(text(10), 1000), dear) })),
  one('every pair of a list of 2000', object({ x: ruled(list(text(10), 2000), dear) })),
  one('every pair of texts without a bound', object({ x: ruled(list(text(), 100), dear) })),
  one('a rule in items without a bound', object({ x: list(ruled(object({ a: text(9) }), "self.a != 'x'")) })),
  one(
    'a rule in items that are large',
    object({
      x: list(ruled(object({ abc: text(9), d: text() }, { required: ['abc', 'd'] }), "self.abc.matches('x')")),
    }),
  ),
  one('a rule in values without a bound', object({ x: map(ruled(object({ a: text(9) }), 'self.a.size() > 1')) })),
  one('a rule in values with a bound', object({ x: map(ruled(object({ a: text(9) }), 'self.a.size() > 1'), 10) })),
  one(
    'a rule in items of items',
    object({ x: list(list(ruled(object({ a: text(9) }), "self.a.matches('abcdefgh')"), 1000), 1000) }),
  ),
  one('a rule in items of items without a bound', object({ x: list(list(ruled(integer, 'self > 1'), 1000)) })),
  {
    ...one(
      'rules that are too much together',
      object(Object.fromEntries([...'abcdefghijklm'].map((name) => [name, ruled(list(text(10), 1000), dear)]))),
    ),
    wordingAside: 'it names any four of those that cost the same',
  },
  one(
    'rules that are too much together, the most expensive named first',
    object(
      Object.fromEntries([...'abcdefghijklm'].map((name, at) => [name, ruled(list(text(10), 1000 + at * 4), dear)])),
    ),
  ),
  one(
    'a message that costs too much',
    object({
      x: {
        ...list(text(), 100),
        'x-kubernetes-validations': [{ rule: 'self.size() > 1', messageExpression: "self.map(a, a + 'b').join(',')" }],
      },
    }),
  ),
  one(
    'a rule of the whole object',
    ruled(object({ x: list(text(10), 3000) }), 'self.x.all(a, self.x.exists(b, a != b))'),
  ),
  one(
    'a rule that does not compile beside one that costs too much',
    ruled(object({ x: list(text(10), 9000) }), 'self.x.all(a, self.x.exists(b, a != b))', 'self.y'),
  ),
  {
    name: 'a definition that is changed to cost too much',
    steps: [
      post(definitions, definition(object({ x: list(text(10), 5000) }))),
      merge(`${definitions}/things.{n}.example.com`, definition(object({ x: ruled(list(text(10), 5000), dear) }))),
    ],
    see: ['metadata.name'],
  },
];

transcripts('costs of rules', [...RULES.map(inItems(2_000_000)), ...EXPENSIVE.map(inItems(20)), ...bounds]);
