import { describe, expect, test } from 'vitest';
import { fieldElement, formatFieldPath, keyElement, parsePathElement, valueElement } from './path-element.ts';

test('a path reads as people write it', () => {
  const path = [
    ...['spec', 'template', 'spec', 'containers'].map(fieldElement),
    keyElement([{ name: 'name', value: 'web' }]),
    fieldElement('image'),
  ];
  expect(formatFieldPath(path)).toBe('.spec.template.spec.containers[name="web"].image');
});

describe('elements as the API server writes them', () => {
  test.each([
    { name: 'a field is raw', element: fieldElement('a"b<c'), wire: 'f:a"b<c', people: '.a"b<c' },
    {
      name: 'keys are sorted',
      element: keyElement([
        { name: 'protocol', value: 'TCP' },
        { name: 'port', value: 80 },
      ]),
      wire: 'k:{"port":80,"protocol":"TCP"}',
      people: '[port=80,protocol="TCP"]',
    },
    {
      name: 'HTML is escaped in values',
      element: valueElement('a<b>&c'),
      wire: 'v:"a\\u003cb\\u003e\\u0026c"',
      people: '[="a<b>&c"]',
    },
    {
      name: 'control characters have no short forms but three',
      element: valueElement('\b\f\n\r\t'),
      wire: 'v:"\\u0008\\u000c\\n\\r\\t"',
      people: '[="\\b\\f\\n\\r\\t"]',
    },
    {
      name: 'a backslash before a letter stays one',
      element: valueElement('\\b'),
      wire: 'v:"\\\\b"',
      people: '[="\\\\b"]',
    },
    { name: 'numbers', element: valueElement(1e-7), wire: 'v:1e-7', people: '[=1e-07]' },
    { name: 'booleans', element: valueElement(true), wire: 'v:true', people: '[=true]' },
  ])('$name', ({ element, wire, people }) => {
    expect(element.wire).toBe(wire);
    expect(formatFieldPath([element])).toBe(people);
    expect(parsePathElement(wire)).toEqual(element);
  });
});

test('kinds of elements that do not exist yet are skipped', () => {
  expect(parsePathElement('q:later')).toBeUndefined();
});
