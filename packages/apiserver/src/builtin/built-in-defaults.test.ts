import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { applyBuiltinDefaults } from './built-in-defaults.ts';
import { DecodeFault } from './decode-fault.ts';
import { answers, isFailure } from './golden/answers.ts';

/** Kinds to which hooks add as they come in: they are compared whole where those run (`workloads/created.test.ts`). */
const ADMITTED = new Set(['Pod', 'Service', 'Namespace', 'DaemonSet', 'Node']);

function comparable({ metadata, status: _, ...object }: KubeObject): unknown {
  const { namespace: _namespace, generation: _generation, finalizers: _finalizers, ...kept } = metadata;
  return { ...object, metadata: kept };
}

describe('an object is stored as a real server stores it', () => {
  for (const { name, given, update, answer } of answers()) {
    if (isFailure(answer) || update !== undefined || ADMITTED.has(given.kind)) continue;
    test(name, () => {
      const stored = applyBuiltinDefaults(given);
      expect(comparable(stored)).toEqual(comparable(answer));
    });
  }
});

describe('an object of the wrong types is refused in the words of a real server', () => {
  for (const { name, given, answer } of answers()) {
    if (!isFailure(answer) || answer.code !== 400) continue;
    test(name, () => {
      let refusal: unknown;
      try {
        applyBuiltinDefaults(given);
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(DecodeFault);
      expect(answer.message).toBe(
        `${given.kind} in version "v1" cannot be handled as a ${given.kind}: ${(refusal as Error).message}`,
      );
    });
  }
});

test('what is written is read the same again', () => {
  for (const { answer } of answers()) {
    if (!isFailure(answer)) expect(comparable(applyBuiltinDefaults(answer))).toEqual(comparable(answer));
  }
});

test('keys are data, whatever they are called', () => {
  const data = '{"__proto__":"1","constructor":"2"}';
  const given = JSON.parse(
    `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","labels":${data}},"stringData":${data},"__proto__":{"x":1}}`,
  ) as KubeObject;
  const stored = applyBuiltinDefaults(given);
  expect(JSON.stringify(stored['data'])).toBe('{"__proto__":"MQ==","constructor":"Mg=="}');
  expect(JSON.stringify(stored.metadata.labels)).toBe(data);
  expect(Object.getPrototypeOf(stored)).toBe(Object.prototype);
});
