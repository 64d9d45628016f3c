import { createHash } from 'node:crypto';
import { formatApiVersion, parseApiVersion } from '@stageset/k8s';
import type { KindDefinition } from '../registry/kind.ts';
import { compareVersions } from './versions.ts';

/** The versions of one group, in the order in which clients are told of them: the first is preferred. */
export interface GroupVersions {
  readonly group: string;
  readonly versions: readonly { readonly version: string; readonly kinds: readonly KindDefinition[] }[];
}

/** Groups in the order of their first kind, versions by Kubernetes' rule: stable first, newest first. */
export function groupsOf(kinds: Iterable<KindDefinition>): readonly GroupVersions[] {
  const groups = new Map<string, Map<string, KindDefinition[]>>();
  for (const kind of kinds) {
    const versions = groups.get(kind.group) ?? new Map<string, KindDefinition[]>();
    groups.set(kind.group, versions);
    const members = versions.get(kind.version) ?? [];
    versions.set(kind.version, members);
    members.push(kind);
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions]
      .map(([version, members]) => ({ version, kinds: members.toSorted((a, b) => (a.resource < b.resource ? -1 : 1)) }))
      .sort((a, b) => compareVersions(a.version, b.version)),
  }));
}

function groupVersion(group: string, version: string) {
  return { groupVersion: formatApiVersion(group, version), version };
}

export function apiGroup({ group, versions }: GroupVersions) {
  const listed = versions.map(({ version }) => groupVersion(group, version));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

/** `/apis/GROUP/VERSION`: kinds and their subresources, sorted by path. */
export function resourceList(group: string, version: string, kinds: readonly KindDefinition[]): object {
  const resources = kinds.flatMap((kind) => [
    {
      name: kind.resource,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...names(kind),
      ...storageVersionHash(kind),
    },
    ...kind.subresources.map((subresource) => ({
      name: `${kind.resource}/${subresource.name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(subresource.group === undefined ? {} : { group: subresource.group }),
      ...(subresource.version === undefined ? {} : { version: subresource.version }),
      kind: subresource.kind,
      verbs: subresource.verbs,
    })),
  ]);
  // The core group's list has no version of its own, which is how the real server has always sent it.
  const apiVersion = group === '' ? {} : { apiVersion: 'v1' };
  return { kind: 'APIResourceList', ...apiVersion, groupVersion: formatApiVersion(group, version), resources };
}

/** Everything in one document: what `kubectl` asks first. */
export function aggregated(groups: readonly GroupVersions[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map(({ version, kinds }) => ({
        version,
        resources: kinds.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(kind: KindDefinition): object {
  const { group, version } = kind;
  return {
    resource: kind.resource,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...names(kind),
    ...(kind.subresources.length === 0
      ? {}
      : {
          subresources: kind.subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: {
              group: subresource.group ?? group,
              version: subresource.version ?? version,
              kind: subresource.kind,
            },
            verbs: subresource.verbs,
          })),
        }),
  };
}

const HASH_BYTES = 8;

/** Tells clients that the version in which a kind is stored has changed. */
function storageVersionHash({ verbs, storageApiVersion, kind }: KindDefinition): object {
  if (!verbs.includes('list')) return {};
  const { group, version } = parseApiVersion(storageApiVersion);
  const digest = createHash('sha256').update(`${group}/${version}/${kind}`).digest();
  return { storageVersionHash: digest.subarray(0, HASH_BYTES).toString('base64') };
}

function names({ shortNames, categories }: KindDefinition): object {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}
