import type { KubeObject } from '@stageset/k8s';

/** A Deployment whose pods never become ready: they are told to hold, and without any controller there are none. */
export function neverReady(name: string, namespace: string): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { simulate: 'hold' } },
        spec: { containers: [{ name: 'main', image: 'registry.example/held:1' }] },
      },
    },
  };
}

/** The same objects under names of their own. */
export function prefixed(prefix: string, objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, name: `${prefix}-${object.metadata.name}` },
  }));
}

/** The same objects with another value in each of those whose place `isChanged` names. */
export function edited(
  objects: readonly KubeObject[],
  value: string,
  isChanged: (index: number) => boolean = () => true,
): readonly KubeObject[] {
  return objects.map((object, index) => {
    if (!isChanged(index)) return object;
    const data = object['data'] as Readonly<Record<string, string>>;
    return { ...object, data: { ...data, 'key-0': value } };
  });
}
