import type { KubeObject } from '@stageset/k8s';
import type { WriteContext, WriteHook } from '../registry/hooks.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { failure, invalid } from '../registry/status-error.ts';
import { CRD_API, CRD_KIND, readCustomResource } from './definition.ts';
import { kindsOf } from './kinds-of.ts';
import { CLEANUP_FINALIZER, established, isEstablished } from './status.ts';
import { validateDefinition } from './validate-definition.ts';

const CRD_GROUP = 'apiextensions.k8s.io';

/**
 * Makes the registry serve what CustomResourceDefinitions define, from the moment they are stored: each write of a
 * definition carries its own acceptance. A definition that is deleted takes its objects with it, and stays until their
 * finalizers have let them go.
 */
export function serveCustomKinds(registry: LocalRegistry): void {
  registry.addHook(definitionHook(registry));
  registry.addHook(terminatingHook(registry));
  for (const crd of registry.list({ apiVersion: CRD_API, kind: CRD_KIND }).items) serveDefinition(registry, crd);
  registry.watch({ apiVersion: CRD_API, kind: CRD_KIND }, ({ type, object }) => {
    const { group, plural } = readCustomResource(object);
    if (type === 'deleted') {
      registry.table.replace(group, plural, []);
      registry.storage.drop(`${plural}.${group}`);
      return;
    }
    serveDefinition(registry, object);
    if (object.metadata.deletionTimestamp !== undefined) cleanUp(registry, object);
  });
  registry.watch('*', ({ type, kind }) => {
    if (type !== 'deleted' || kind.origin !== 'custom') return;
    const crd = registry.get({ apiVersion: CRD_API, kind: CRD_KIND, name: kind.groupResource });
    if (crd?.metadata.deletionTimestamp !== undefined) release(registry, crd);
  });
}

function serveDefinition(registry: LocalRegistry, crd: KubeObject): void {
  const definition = readCustomResource(crd);
  registry.table.replace(definition.group, definition.plural, isEstablished(crd) ? kindsOf(definition) : []);
}

function definitionHook(registry: LocalRegistry): WriteHook {
  return {
    name: 'CustomResourceDefinition',
    kinds: [{ group: CRD_GROUP, kind: CRD_KIND }],
    admit(object, { operation, old }: WriteContext): KubeObject {
      if (operation === 'delete') return object;
      const causes = validateDefinition(object, old);
      if (causes.length > 0) throw invalid({ group: CRD_GROUP, name: CRD_KIND }, object.metadata.name, causes);
      const nowIso = `${new Date(registry.clock.now()).toISOString().slice(0, 19)}Z`;
      const others = registry.list({ apiVersion: CRD_API, kind: CRD_KIND }).items;
      return established(object, nowIso, others);
    },
  };
}

function terminatingHook(registry: LocalRegistry): WriteHook {
  return {
    name: 'CustomResourceDefinitionTerminating',
    admit(object, { operation, kind }: WriteContext): KubeObject {
      if (operation !== 'create' || kind.origin !== 'custom') return object;
      const crd = registry.get({ apiVersion: CRD_API, kind: CRD_KIND, name: kind.groupResource });
      if (crd?.metadata.deletionTimestamp === undefined) return object;
      const message = `create not allowed while custom resource definition is terminating`;
      throw failure(405, 'MethodNotAllowed', message, { group: kind.group, kind: kind.resource });
    },
  };
}

function cleanUp(registry: LocalRegistry, crd: KubeObject): void {
  const kind = kindsOf(readCustomResource(crd))[0];
  if (kind !== undefined) {
    for (const object of registry.list(kind).items) {
      if (object.metadata.deletionTimestamp === undefined) {
        registry.delete(
          { ...object.metadata, apiVersion: kind.apiVersion, kind: kind.kind },
          { propagation: 'Background' },
        );
      }
    }
  }
  release(registry, crd);
}

/** Lets a deleted definition go once none of its objects is left. */
function release(registry: LocalRegistry, crd: KubeObject): void {
  const { group, plural } = readCustomResource(crd);
  if (registry.storage.count(`${plural}.${group}`) > 0) return;
  const present = registry.get({ apiVersion: CRD_API, kind: CRD_KIND, name: crd.metadata.name });
  if (present === undefined) return;
  const finalizers = (present.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
  registry.update({ ...present, metadata: { ...present.metadata, finalizers } });
}
