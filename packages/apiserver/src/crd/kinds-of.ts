import { compileRules, type RuleNode } from '@stageset/cel';
import type { Subresource } from '../builtin/contract.ts';
import type { KindDefinition, ScalePaths } from '../registry/kind.ts';
import { printerColumns } from '../table/printer-columns.ts';
import { type CustomResource, type CustomVersion, textAt } from './definition.ts';

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

/** The kinds a definition adds: one for each version that is served. */
export function kindsOf(resource: CustomResource): readonly KindDefinition[] {
  const { group, plural } = resource;
  const stored = resource.versions.find((version) => version.storage) ?? resource.versions[0];
  if (stored === undefined) return [];
  return resource.versions
    .filter((version) => version.served)
    .map((version) => {
      const table = printerColumns(version.columns);
      return {
        origin: 'custom',
        group,
        version: version.name,
        apiVersion: `${group}/${version.name}`,
        kind: resource.kind,
        listKind: resource.listKind,
        resource: plural,
        groupResource: `${plural}.${group}`,
        singular: resource.singular,
        shortNames: resource.shortNames,
        categories: resource.categories,
        namespaced: resource.namespaced,
        verbs: VERBS,
        subresources: subresourcesOf(resource, version),
        tracksGeneration: true,
        selectableFields: version.selectableFields,
        storage: `${plural}.${group}`,
        storageApiVersion: `${group}/${stored.name}`,
        schema: () => version.schema,
        rules: rulesOf(version),
        table: () => table,
        ...(version.deprecation === undefined ? {} : { deprecation: version.deprecation }),
        ...(version.scale === undefined ? {} : { scale: scalePaths(version.scale) }),
      };
    });
}

/** Compiled when the first object is written. Their faults were told when the definition was. */
function rulesOf({ schema }: CustomVersion): () => RuleNode | undefined {
  let compiled: { readonly root: RuleNode | undefined } | undefined;
  return () => {
    compiled ??= schema === undefined ? { root: undefined } : compileRules(schema, '');
    return compiled.root;
  };
}

function subresourcesOf({ kind }: CustomResource, version: CustomVersion): readonly Subresource[] {
  const status: Subresource = { name: 'status', kind, verbs: SUBRESOURCE_VERBS };
  const scale: Subresource = {
    name: 'scale',
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: SUBRESOURCE_VERBS,
  };
  return [...(version.hasStatus ? [status] : []), ...(version.scale === undefined ? [] : [scale])];
}

function scalePaths(scale: Readonly<Record<string, unknown>>): ScalePaths {
  const labelSelectorPath = textAt(scale, 'labelSelectorPath');
  return {
    specReplicasPath: textAt(scale, 'specReplicasPath'),
    statusReplicasPath: textAt(scale, 'statusReplicasPath'),
    ...(labelSelectorPath === '' ? {} : { labelSelectorPath }),
  };
}
