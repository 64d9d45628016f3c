import { compileRules, validateRuleFields } from '@stageset/cel';
import { deepEqual, type KubeObject, type Schema, type ValidationCause } from '@stageset/k8s';
import type { WriteContext, WriteHook } from '../registry/hooks.ts';
import { invalid } from '../registry/status-error.ts';
import { CRD_KIND, readCustomResource } from './definition.ts';

const CRD_GROUP = 'apiextensions.k8s.io';

/** Refuses definitions whose CEL rules do not compile, once everything else about them is right. */
export const DEFINITION_RULES: WriteHook = {
  name: 'CustomResourceDefinitionRules',
  kinds: [{ group: CRD_GROUP, kind: CRD_KIND }],
  admit(object, { operation, subresource }: WriteContext): KubeObject {
    if (operation === 'delete' || subresource !== undefined) return object;
    const causes = ruleCauses(readCustomResource(object).versions.map(({ schema }) => schema));
    if (causes.length > 0) throw invalid({ group: CRD_GROUP, name: CRD_KIND }, object.metadata.name, causes);
    return object;
  },
};

/** The one schema of a definition, or equal ones, is named where older definitions had it. */
function ruleCauses(schemas: readonly (Schema | undefined)[]): readonly ValidationCause[] {
  const [first] = schemas;
  if (first !== undefined && schemas.every((schema) => deepEqual(schema, first))) {
    return schemaCauses(first, 'spec.validation.openAPIV3Schema');
  }
  return schemas.flatMap((schema, index) =>
    schema === undefined ? [] : schemaCauses(schema, `spec.versions[${index}].schema.openAPIV3Schema`),
  );
}

function schemaCauses(schema: Schema, path: string): readonly ValidationCause[] {
  const written = validateRuleFields(schema, path);
  return written.length > 0 ? written : compileRules(schema, path).causes;
}
