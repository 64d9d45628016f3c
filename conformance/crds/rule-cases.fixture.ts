/** Rules of definitions and the causes with which a real API server of 1.35 refuses. */
interface Definition {
  readonly name: string;
  readonly schema: object;
  readonly causes: readonly string[];
}

interface Update {
  readonly name: string;
  readonly spec: object;
  readonly causes: readonly string[];
}

export const BAD_DEFINITIONS: readonly Definition[] = [
  {
    name: 'a field that the schema does not have',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.b > 1' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.b \\u003e 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field \'b\'\n | self.b > 1\n | ....^',
    ],
  },
  {
    name: 'two mistakes in one rule',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: "self.b > 1 && self.a == 'x'" }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.b \\u003e 1 \\u0026\\u0026 self.a == \'x\'","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field \'b\'\n | self.b > 1 && self.a == \'x\'\n | ....^\nERROR: <input>:1:22: found no matching overload for \'_==_\' applied to \'(int, string)\'\n | self.b > 1 && self.a == \'x\'\n | .....................^',
    ],
  },
  {
    name: 'a rule that is no bool',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.a","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool',
    ],
  },
  {
    name: 'an empty rule',
    schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { a: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: ' ' }] },
      },
    },
    causes: [
      'FieldValueRequired spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Required value: rule is not specified',
    ],
  },
  {
    name: 'a message of two lines',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', message: 'a\nb' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
    ],
  },
  {
    name: 'a blank message',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', message: '  ' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].message: Invalid value: "  ": must be non-empty if specified',
    ],
  },
  {
    name: 'a rule of two lines that has no message',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a\n > 1' }],
        },
      },
    },
    causes: [
      'FieldValueRequired spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line breaks',
    ],
  },
  {
    name: 'a message expression that is no text',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', messageExpression: 'self.a' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].messageExpression: Invalid value: {"Rule":"self.a \\u003e 1","Message":"","MessageExpression":"self.a","Reason":null,"FieldPath":"","OptionalOldSelf":null}: messageExpression must evaluate to a string',
    ],
  },
  {
    name: 'an unknown reason',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', reason: 'Foo' }],
        },
      },
    },
    causes: [
      'FieldValueNotSupported spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].reason: Unsupported value: "Foo": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
    ],
  },
  {
    name: 'a field path that leads nowhere',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', fieldPath: '.b' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].fieldPath: Invalid value: ".b": must be a valid path',
    ],
  },
  {
    name: 'a field path without a dot',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', fieldPath: 'b' }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].fieldPath: Invalid value: "b": must be a valid path',
    ],
  },
  {
    name: 'oldSelf where former items cannot be found',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            l: {
              type: 'array',
              items: { type: 'string', maxLength: 5, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
              maxItems: 4,
            },
          },
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].properties[l].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[spec].properties[l]',
    ],
  },
  {
    name: 'optionalOldSelf without oldSelf',
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { a: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.a > 1', optionalOldSelf: true }],
        },
      },
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
  },
  {
    name: 'a rule that reads labels',
    schema: {
      type: 'object',
      properties: { spec: { type: 'object' } },
      'x-kubernetes-validations': [{ rule: 'self.metadata.labels.size() > 0' }],
    },
    causes: [
      'FieldValueInvalid spec.validation.openAPIV3Schema.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.metadata.labels.size() \\u003e 0","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:14: undefined field \'labels\'\n | self.metadata.labels.size() > 0\n | .............^',
    ],
  },
];

export const SCHEMA = {
  type: 'object',
  'x-kubernetes-validations': [{ rule: "self.metadata.name != 'nope'", message: ' bad name ' }],
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [
        { rule: 'self.a < 10' },
        {
          rule: '!has(self.b) || self.b > 0.5',
          messageExpression: "'b is small' + (self.b > 0.1 ? '!' : '')",
          reason: 'FieldValueForbidden',
          fieldPath: '.b',
        },
        {
          rule: 'has(self.req) || self.a != 5',
          reason: 'FieldValueRequired',
          fieldPath: '.req',
          message: 'req is needed',
        },
        { rule: 'self.a != 6', reason: 'FieldValueDuplicate' },
        { rule: 'self.l[self.a] == "x" || self.a > 1' },
        { rule: 'self.a != 7', messageExpression: '1/(self.a-7) == 1 ? "a" : "b"' },
        { rule: '!has(self.imm) || self.imm == oldSelf.imm', message: 'imm is immutable', fieldPath: '.imm' },
        { rule: '!has(self.x) || self.x > 3' },
      ],
      properties: {
        a: { type: 'integer', default: 1 },
        b: { type: 'number' },
        req: { type: 'string' },
        imm: { type: 'string' },
        x: { 'x-kubernetes-int-or-string': true },
        l: {
          type: 'array',
          default: ['x', 'x', 'x'],
          maxItems: 10,
          items: { type: 'string', maxLength: 10, 'x-kubernetes-validations': [{ rule: "self != 'bad'" }] },
        },
        m: {
          type: 'object',
          additionalProperties: {
            type: 'string',
            maxLength: 9,
            'x-kubernetes-validations': [{ rule: "self != 'bad'" }],
          },
          maxProperties: 5,
        },
        lm: {
          type: 'array',
          maxItems: 5,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: {
            type: 'object',
            required: ['k'],
            properties: {
              k: { type: 'string' },
              v: {
                type: 'integer',
                'x-kubernetes-validations': [
                  { rule: 'self >= oldSelf' },
                  { rule: 'oldSelf.hasValue() || self == 0', optionalOldSelf: true },
                ],
              },
            },
          },
        },
      },
    },
  },
};

export const OBJECTS: readonly (Update & { readonly object: string })[] = [
  { name: 'that keeps every rule', object: 'ok', spec: {}, causes: [] },
  {
    name: 'whose name is refused at the root',
    object: 'nope',
    spec: {},
    causes: ['FieldValueInvalid <nil>: Invalid value: bad name'],
  },
  {
    name: 'that breaks a rule without a message',
    object: 'a',
    spec: { a: 11 },
    causes: ['FieldValueInvalid spec: Invalid value: failed rule: self.a < 10'],
  },
  {
    name: 'refused with a computed message, a reason and a field path',
    object: 'b',
    spec: { b: 0.25 },
    causes: ['FieldValueForbidden spec.b: Forbidden: b is small!'],
  },
  {
    name: 'that breaks two rules',
    object: 'bb',
    spec: { b: 0.25, a: 11 },
    causes: [
      'FieldValueInvalid spec: Invalid value: failed rule: self.a < 10',
      'FieldValueForbidden spec.b: Forbidden: b is small!',
    ],
  },
  {
    name: 'that lacks a field',
    object: 'req',
    spec: { a: 5 },
    causes: ['FieldValueRequired spec.req: Required value: req is needed'],
  },
  {
    name: 'refused as a duplicate',
    object: 'dup',
    spec: { a: 6 },
    causes: ['FieldValueDuplicate spec: Duplicate value'],
  },
  {
    name: 'for which a rule fails',
    object: 'idx',
    spec: { a: 1, l: [] },
    causes: [
      'FieldValueInvalid spec: Invalid value: "object": index out of bounds: 1 evaluating rule: self.l[self.a] == "x" || self.a > 1',
    ],
  },
  {
    name: 'for which the message expression fails',
    object: 'mx',
    spec: { a: 7 },
    causes: ['FieldValueInvalid spec: Invalid value: failed rule: self.a != 7'],
  },
  {
    name: 'with bad items',
    object: 'li',
    spec: { l: ['x', 'bad', 'bad'] },
    causes: [
      'FieldValueInvalid spec: Invalid value: failed rule: self.l[self.a] == "x" || self.a > 1',
      'FieldValueInvalid spec.l[1]: Invalid value: "bad": failed rule: self != \'bad\'',
      'FieldValueInvalid spec.l[2]: Invalid value: "bad": failed rule: self != \'bad\'',
    ],
  },
  {
    name: 'with a bad value in a map',
    object: 'm',
    spec: { m: { 'a.b': 'bad', c: 'ok' } },
    causes: ['FieldValueInvalid spec.m[a.b]: Invalid value: "bad": failed rule: self != \'bad\''],
  },
  {
    name: 'with a text where a rule needs a number',
    object: 'xs',
    spec: { x: 'text' },
    causes: [
      'FieldValueInvalid spec: Invalid value: "object": \'no such overload\': call arguments did not match a supported operator, function or macro signature for rule: !has(self.x) || self.x > 3',
    ],
  },
  {
    name: 'with a number for int-or-string',
    object: 'xi',
    spec: { x: 3 },
    causes: ['FieldValueInvalid spec: Invalid value: failed rule: !has(self.x) || self.x > 3'],
  },
  {
    name: 'with no former value',
    object: 'lm',
    spec: { lm: [{ k: 'a', v: 3 }] },
    causes: ['FieldValueInvalid spec.lm[0].v: Invalid value: 3: failed rule: oldSelf.hasValue() || self == 0'],
  },
  {
    name: 'whose shape is wrong',
    object: 'typ',
    spec: { a: 'x', b: 0.1 },
    causes: [
      'FieldValueTypeInvalid spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"',
      'FieldValueInvalid <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ],
  },
  { name: 'that may change later', object: 'imm', spec: { imm: 'a', lm: [{ k: 'a', v: 0 }] }, causes: [] },
];

export const UPDATES: readonly Update[] = [
  {
    name: 'of an immutable field',
    spec: { imm: 'b' },
    causes: ['FieldValueInvalid spec.imm: Invalid value: imm is immutable'],
  },
  {
    name: 'below its former value',
    spec: { lm: [{ k: 'a', v: -1 }] },
    causes: ['FieldValueInvalid spec.lm[0].v: Invalid value: -1: failed rule: self >= oldSelf'],
  },
  {
    name: 'with a new item',
    spec: {
      lm: [
        { k: 'a', v: 5 },
        { k: 'b', v: 1 },
      ],
    },
    causes: ['FieldValueInvalid spec.lm[1].v: Invalid value: 1: failed rule: oldSelf.hasValue() || self == 0'],
  },
  { name: 'that takes the immutable field away', spec: { imm: null }, causes: [] },
];
