import type { Random } from '../../support/random.ts';
import type { Node } from './schemas.ts';

const ALWAYS = ['self == oldSelf', 'self != oldSelf', 'true', 'oldSelf == self || true'];
const BROKEN = [
  'self.nothing',
  'self +',
  '1',
  'nobody(self)',
  '',
  ' ',
  'self == 1 && self == "a"',
  'oldself == self',
  '(self',
];
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: [
    'self.size() < 3',
    "self.startsWith('a')",
    "self.matches('^[a-z]*$')",
    "self != ''",
    'self.lowerAscii() == self',
    'int(self) > 1',
    "self in ['a', 'b']",
    "self.split('').all(c, c != 'x')",
    'self > oldSelf',
    'isURL(self)',
    'isQuantity(self) && quantity(self).isGreaterThan(quantity("1"))',
    "self.find('[a-z]+') != ''",
  ],
  integer: [
    'self > 1',
    'self % 2 == 0',
    'self >= oldSelf',
    '10 / self > 1',
    'self in [1, 2, 3]',
    'self + 1 > self',
    'double(self) > 0.5',
  ],
  number: ['self > 1.5', 'self == double(int(self))', 'self <= oldSelf', '1.0 / self > 0.0', 'self > 1'],
  boolean: ['self', '!self', 'self || oldSelf', 'self ? true : oldSelf'],
  array: [
    'self.size() < 3',
    'self.all(x, x == x)',
    'self.exists(x, x == self[0])',
    'self.exists_one(x, true)',
    'self.map(x, x).size() == self.size()',
    'self.filter(x, x != self[0]).size() == 0',
    'oldSelf.all(x, x in self)',
    'self[0] == self[1]',
    'self.all(x, self.all(y, x == y))',
    'self.isSorted()',
    'self.indexOf(self[0]) == 0',
    'size(self) > 0 && self.size() <= oldSelf.size()',
    'self + self == self',
  ],
  map: [
    'self.all(k, k.size() < 3)',
    "'a' in self",
    'self.size() > 0',
    "self['a'] == self['b']",
    "self.a == self['a']",
    'self.exists(k, k == "b")',
    'self.map(k, self[k]).size() < 2',
    'oldSelf.all(k, k in self)',
  ],
  intOrString: [
    'type(self) == int',
    "type(self) == string ? self != '' : self > 0",
    'self == 1',
    "self == 'a'",
    'string(self).size() < 3',
    'self > 1',
  ],
  anything: ['has(self.a)', 'self.a == 1', 'true', 'dyn(self) == 1'],
};
const REASONS = [
  'FieldValueInvalid',
  'FieldValueForbidden',
  'FieldValueRequired',
  'FieldValueDuplicate',
  'FieldValueNope',
  '',
];

export function randomRules(schema: Node, random: Random): Node[] {
  return Array.from({ length: random.chance(0.85) ? 1 : 2 }, () => randomRule(schema, random));
}

function randomRule(schema: Node, random: Random): Node {
  const dice = random.below(40);
  const rule = dice < 1 ? random.pick(BROKEN) : dice < 10 ? random.pick(ALWAYS) : random.pick(rulesFor(schema));
  const made: Node = { rule };
  if (random.chance(0.3)) {
    made['message'] = random.pick(
      random.chance(0.1) ? [' ', 'two\nlines', ''] : ['wrong', 'a longer message: {{ x }}'],
    );
  }
  if (random.chance(0.15)) made['messageExpression'] = random.pick(messagesFor(schema));
  if (random.chance(0.2)) made['reason'] = random.pick(random.chance(0.1) ? REASONS : REASONS.slice(0, 4));
  if (random.chance(0.1))
    made['fieldPath'] = random.pick(random.chance(0.2) ? pathsFor(schema) : pathsFor(schema).slice(0, 1));
  if (random.chance(0.1)) {
    made['optionalOldSelf'] = random.chance(0.95);
    if (made['optionalOldSelf'] === true) {
      made['rule'] = random.pick([
        'oldSelf.hasValue()',
        'oldSelf.orValue(self) == self',
        '!oldSelf.hasValue() || oldSelf.value() == self',
        rule,
      ]);
    }
  }
  return made;
}

function rulesFor(schema: Node): readonly string[] {
  const named = namesOf(schema);
  if (named.length > 0) return [...named.flatMap(objectRules), ...objectRules('a')];
  return BY_TYPE[kindOf(schema)] ?? ['has(self.a)', 'self == self'];
}

/** What rules call the kind of a node. */
function kindOf(schema: Node): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'intOrString';
  if (schema['type'] === undefined) return 'anything';
  return schema['type'] === 'object' && schema['additionalProperties'] !== undefined ? 'map' : String(schema['type']);
}

function namesOf(schema: Node): string[] {
  return Object.keys((schema['properties'] ?? {}) as Node);
}

const ESCAPED: Readonly<Record<string, string>> = {
  'x-y': 'x__dash__y',
  'd.e': 'd__dot__e',
  __proto__: '__underscores__proto__underscores__',
  int: 'int',
};

function objectRules(name: string): string[] {
  const field = Object.hasOwn(ESCAPED, name) ? (ESCAPED[name] ?? name) : name;
  return [
    `has(self.${field})`,
    `!has(self.${field}) || self.${field} == self.${field}`,
    `has(self.${field}) == has(oldSelf.${field})`,
    `self.${field} == oldSelf.${field}`,
    `self.?${field}.hasValue()`,
    `self.${field} != null`,
    `has(self.${field}) ? true : has(self.${field})`,
  ];
}

function messagesFor(schema: Node): readonly string[] {
  const broken = ['self.nothing', '1'];
  const fixed = ["'no'", "' '", "'a\\nb'", "'old: ' + (true ? 'x' : 'y')"];
  const typed =
    schema['type'] === 'string'
      ? ["'got ' + self", 'self']
      : ["'got ' + string(self)", "'size ' + string(self.size())"];
  return [...broken, ...fixed, ...typed, ...typed];
}

function pathsFor(schema: Node): readonly string[] {
  const [name = 'a'] = namesOf(schema);
  return [`.${name}`, `.${name}.b`, '.nothing', name, '', '.a[0]', "['a']", `.${name}[0].a`];
}
