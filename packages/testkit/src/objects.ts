import { createHash } from 'node:crypto';
import type { SourceObject, Stage, StageSet, StageSetSpec } from '@stageset/api';
import type { KubeObject, ObjectMeta } from '@stageset/k8s';

/** What a builder may be told: metadata beyond the name, and any other field of the object. */
export interface ObjectParts {
  readonly metadata?: Partial<ObjectMeta>;
  readonly [field: string]: unknown;
}

/** `prod/web` → namespace and name; `prod` → the name alone, for kinds without a namespace. */
function metaOf(key: string): ObjectMeta {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Any object. `key` is `namespace/name`, or a name for cluster-scoped kinds. */
export function anObject(apiVersion: string, kind: string, key: string, parts: ObjectParts = {}): KubeObject {
  const { metadata, ...fields } = parts;
  return { apiVersion, kind, metadata: { ...metaOf(key), ...metadata }, ...fields };
}

export function aNamespace(name: string, parts: ObjectParts = {}): KubeObject {
  return anObject('v1', 'Namespace', name, parts);
}

export function aConfigMap(key: string, data: Readonly<Record<string, string>> = {}, parts: ObjectParts = {}) {
  return anObject('v1', 'ConfigMap', key, { data, ...parts });
}

export function aSecret(key: string, stringData: Readonly<Record<string, string>> = {}, parts: ObjectParts = {}) {
  return anObject('v1', 'Secret', key, {
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(stringData).map(([k, v]) => [k, Buffer.from(v).toString('base64')])),
    ...parts,
  });
}

/** A Deployment as a user writes it, its selector and template labelled `app: <name>`. */
export function aDeployment(key: string, options: { readonly image?: string; readonly replicas?: number } = {}) {
  const { name } = metaOf(key);
  const labels = { app: name };
  return anObject('apps/v1', 'Deployment', key, {
    spec: {
      replicas: options.replicas ?? 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name, image: options.image ?? `example.com/${name}:1.0.0` }] },
      },
    },
  });
}

/** A stage that takes the ExternalArtifact of its own name. */
export function aStage(name: string, parts: Partial<Stage> = {}): Stage {
  return { name, sourceRef: { name }, ...parts };
}

/** A StageSet with the stages named, or given. */
export function aStageSet(
  key: string,
  stages: readonly (string | Stage)[],
  parts: { readonly metadata?: Partial<ObjectMeta>; readonly spec?: Partial<StageSetSpec> } = {},
): StageSet {
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: { ...metaOf(key), ...parts.metadata },
    spec: { stages: stages.map((stage) => (typeof stage === 'string' ? aStage(stage) : stage)), ...parts.spec },
  };
}

/** An ExternalArtifact that is ready, with an artifact of this revision. */
export function anExternalArtifact(key: string, revision: string): SourceObject {
  const digest = `sha256:${createHash('sha256').update(revision).digest('hex')}`;
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'ExternalArtifact',
    metadata: { ...metaOf(key), generation: 1 },
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Succeeded',
          message: `stored artifact for revision ${revision}`,
          lastTransitionTime: '2030-01-01T00:00:00Z',
          observedGeneration: 1,
        },
      ],
      artifact: { url: `http://artifacts.example.com/${key}/${revision}.tar.gz`, revision, digest },
    },
  };
}

/** The same object as the API server would hold it after it was created: uid, generation and resourceVersion. */
export function live(object: KubeObject, meta: Partial<ObjectMeta> = {}): KubeObject {
  const { namespace, name } = object.metadata;
  return {
    ...object,
    metadata: {
      uid: `uid-of-${object.kind}-${namespace ?? ''}-${name}`,
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: '2030-01-01T00:00:00Z',
      ...object.metadata,
      ...meta,
    },
  };
}
