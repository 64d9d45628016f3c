/** From the schemas of this API to CustomResourceDefinitions. */
import { isJsonArray, isJsonObject, type KubeObject, type ValidationRule } from '@stageset/k8s';
import { FLUX_SUBSTITUTE_ANNOTATION } from '../names.ts';
import type { Definition } from '../schema/definition.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly priority?: number;
}

export interface CrdOptions {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly description: string;
  readonly spec: Definition;
  readonly specRequired: boolean;
  /** Its presence is what makes the kind have a status subresource. */
  readonly status?: Definition;
  readonly columns: readonly PrinterColumn[];
  readonly rules?: readonly ValidationRule[];
  readonly labels?: Readonly<Record<string, string>>;
}

export const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** One namespaced kind with one version, which is served and stored. */
export function crd(options: CrdOptions): KubeObject {
  const { group, version, kind, plural, shortNames, status, columns } = options;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { [FLUX_SUBSTITUTE_ANNOTATION]: 'disabled' },
      ...(options.labels === undefined ? {} : { labels: { ...options.labels } }),
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames === undefined ? {} : { shortNames: [...shortNames] }),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(status === undefined ? {} : { subresources: { status: {} } }),
          additionalPrinterColumns: columns.map((column) => ({ ...column })),
          schema: { openAPIV3Schema: wholeObject(options) },
        },
      ],
    },
  };
}

function wholeObject({ description, spec, specRequired, status, rules }: CrdOptions): unknown {
  return {
    type: 'object',
    description,
    properties: {
      apiVersion: {
        type: 'string',
        description: 'Group and version of the schema that this object is written in.',
      },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      spec: forServer(spec),
      ...(status === undefined ? {} : { status: forServer(status) }),
    },
    ...(specRequired ? { required: ['spec'] } : {}),
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) }),
  };
}

/** A copy without what the API server does not know, its keywords in a fixed order. */
function forServer(schema: unknown): unknown {
  if (isJsonArray(schema)) return schema.map(forServer);
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => keyword !== 'x-stageset')
      .map(([keyword, value]) => [keyword, forServer(value)]),
  );
}
