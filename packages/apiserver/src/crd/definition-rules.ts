import { compileRules, validateRuleFields } from '@stageset/cel';
import { deepEqual, type KubeObject, type Schema, type ValidationCause } from '@stageset/k8s';
import type { WriteContext, WriteHook } from '../registry/hooks.ts';
import { invalid } from '../registry/status-error.ts';
import { CRD_KIND, type CustomVersion, readCustomResource } from './definition.ts';

const CRD_GROUP = 'apiextensions.k8s.io';

/** Refuses definitions whose CEL rules do not compile, once everything else about them is right. */
export const DEFINITION_RULES: WriteHook = {
  name: 'CustomResourceDefinitionRules',
  kinds: [{ group: CRD_GROUP, kind: CRD_KIND }],
  admit(object, { operation, subresource, old }: WriteContext): KubeObject {
    if (operation === 'delete' || subresource !== undefined) return object;
    const causes = ruleCauses(
      readCustomResource(object).versions,
      old === undefined ? [] : readCustomResource(old).versions,
    );
    if (causes.length > 0) throw invalid({ group: CRD_GROUP, name: CRD_KIND }, object.metadata.name, causes);
    return object;
  },
};

/** The one schema of a definition, or equal ones, is named where older definitions had it. */
function ruleCauses(versions: readonly CustomVersion[], old: readonly CustomVersion[]): readonly ValidationCause[] {
  const [first] = versions;
  const isShared = versions.every(({ schema }) => deepEqual(schema, first?.schema));
  return (isShared ? versions.slice(0, 1) : versions).flatMap(({ name, schema }, index) => {
    if (schema === undefined) return [];
    const isNew = !old.some((before) => before.name === name && deepEqual(before.schema, schema));
    const place = isShared ? 'spec.validation' : `spec.versions[${index}].schema`;
    return schemaCauses(schema, `${place}.openAPIV3Schema`, isNew);
  });
}

function schemaCauses(schema: Schema, path: string, isNew: boolean): readonly ValidationCause[] {
  const written = validateRuleFields(schema, path);
  return written.length > 0 ? written : compileRules(schema, path, isNew).causes;
}
