import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { applyBuiltinDefaults } from './built-in-defaults.ts';
import { DecodeFault } from './decode-fault.ts';
import { answers, isFailure } from './golden/answers.ts';

/** Set on the way in by admission and registry strategies, not by the types. */
const NOT_DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'],
  Namespace: ['finalizers'],
  Node: ['taints'],
  Pod: ['serviceAccount', 'serviceAccountName', 'priority', 'preemptionPolicy', 'tolerations', 'volumes'],
};

function comparable({ metadata, status: _, ...object }: KubeObject): unknown {
  const { namespace: _namespace, generation: _generation, finalizers: _finalizers, ...kept } = metadata;
  const spec = { ...(object['spec'] as object | undefined) };
  for (const name of NOT_DEFAULTS[object.kind] ?? []) delete (spec as Record<string, unknown>)[name];
  return object['spec'] === undefined ? { ...object, metadata: kept } : { ...object, metadata: kept, spec };
}

describe('an object is stored as a real server stores it', () => {
  for (const { name, given, update, answer } of answers()) {
    if (isFailure(answer) || update !== undefined) continue;
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
