import { emptyObject, type OpenApiDocument, resolveType, type Schema } from '@stageset/k8s';
import type { Api } from '../../support/api.ts';
import type { Random } from '../../support/random.ts';
import { configMap, deployment, service, widget } from './configurations.ts';
import { WIDGET_DEFINITION, WIDGET_SCHEMA } from './widget.ts';

/** A kind to play with, and what the library is told of it. */
export interface PlayedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The collection's path below a namespace. */
  readonly path: (namespace: string) => string;
  readonly schema: Schema;
  readonly isBuiltIn: boolean;
  /** Whether a controller of the cluster may write to it at any time. */
  readonly isReconciled: boolean;
  readonly empty: Record<string, unknown> | undefined;
  readonly resetFields: readonly (readonly string[])[];
  readonly configuration: (random: Random) => Record<string, unknown>;
  /** Fields that the server gives values of its own when it creates an object, after ownership was settled. */
  readonly allocated: readonly string[];
}

const ALLOCATED_BY_SERVICES = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

/** The kinds, with the schemas of the server itself; defines the custom one first. */
export async function playedKinds(api: Api): Promise<PlayedKind[]> {
  const core = (await api.send('GET', '/openapi/v3/api/v1')).body as unknown as OpenApiDocument;
  const apps = (await api.send('GET', '/openapi/v3/apis/apps/v1')).body as unknown as OpenApiDocument;
  await defineWidget(api);
  const builtIn = (
    document: OpenApiDocument,
    type: string,
    apiVersion: string,
  ): Pick<PlayedKind, 'apiVersion' | 'kind' | 'schema' | 'empty' | 'isBuiltIn' | 'isReconciled'> => {
    const schema = resolveType(document, type);
    const kind = type.slice(type.lastIndexOf('.') + 1);
    return {
      apiVersion,
      kind,
      schema,
      empty: emptyObject(schema, apiVersion, kind),
      isBuiltIn: true,
      isReconciled: kind === 'Deployment',
    };
  };
  return [
    {
      ...builtIn(core, 'io.k8s.api.core.v1.ConfigMap', 'v1'),
      path: (namespace) => `/api/v1/namespaces/${namespace}/configmaps`,
      resetFields: [],
      configuration: configMap,
      allocated: [],
    },
    {
      apiVersion: 'conformance.stageset.test/v1',
      kind: 'Widget',
      path: (namespace) => `/apis/conformance.stageset.test/v1/namespaces/${namespace}/widgets`,
      schema: WIDGET_SCHEMA,
      isBuiltIn: false,
      isReconciled: false,
      empty: undefined,
      resetFields: [['status']],
      configuration: widget,
      allocated: [],
    },
    {
      ...builtIn(apps, 'io.k8s.api.apps.v1.Deployment', 'apps/v1'),
      path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
      resetFields: [['status']],
      configuration: deployment,
      allocated: [],
    },
    {
      ...builtIn(core, 'io.k8s.api.core.v1.Service', 'v1'),
      path: (namespace) => `/api/v1/namespaces/${namespace}/services`,
      resetFields: [['status']],
      configuration: service,
      allocated: ALLOCATED_BY_SERVICES,
    },
  ];
}

async function defineWidget(api: Api): Promise<void> {
  const made = await api.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', WIDGET_DEFINITION);
  if (made.code !== 201 && made.code !== 409) throw new Error(`Widget cannot be defined: ${JSON.stringify(made.body)}`);
  for (let attempt = 0; attempt < 1000; attempt++) {
    const listed = await api.send('GET', '/apis/conformance.stageset.test/v1/widgets');
    if (listed.code === 200) return;
  }
  throw new Error('Widget is not served');
}
