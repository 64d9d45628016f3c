import { cloneJson, isJsonArray, isJsonObject, type JsonObject, own, setOwn, shallowCopy } from '@stageset/k8s';
import type { StageSet } from './kinds.ts';
import { type Definition, STAGE_SET_SPEC, STAGE_SET_STATUS } from './schema/definition.ts';

/**
 * The StageSet with everything written out that holds when it is not said: what the API server would default, and what
 * this controller assumes. Only constants: what depends on another field or on a flag (`interval`, a stage's `timeout`)
 * stays absent. Never changes its input; idempotent.
 */
export function withDefaults(stageSet: StageSet): StageSet {
  const filled = fill({ spec: stageSet.spec, status: stageSet.status }, WHOLE);
  // Filling adds absent fields only, by the schema the type is made from: what was a StageSet still is one.
  return { ...stageSet, ...(filled as Pick<StageSet, 'spec' | 'status'>) };
}

const WHOLE: Definition = { type: 'object', properties: { spec: STAGE_SET_SPEC, status: STAGE_SET_STATUS } };

function fill(value: unknown, definition: Definition): unknown {
  if (isJsonArray(value)) {
    const { items } = definition;
    return items === undefined ? value : value.map((item) => fill(item, items));
  }
  return isJsonObject(value) && definition.properties !== undefined ? fillObject(value, definition.properties) : value;
}

function fillObject(object: JsonObject, properties: Readonly<Record<string, Definition>>): JsonObject {
  const filled = shallowCopy(object);
  for (const [name, definition] of Object.entries(properties)) {
    const value = own(object, name) ?? defaultOf(definition);
    if (value !== undefined) setOwn(filled, name, fill(value, definition));
  }
  return filled;
}

function defaultOf(definition: Definition): unknown {
  return cloneJson(definition.default ?? definition['x-stageset']?.effectiveDefault);
}
