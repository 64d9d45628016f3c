import type { EffectState } from '@stageset/delivery';
import { formatApiVersion } from '@stageset/k8s';
import type { Cluster, ResourceInfo } from '@stageset/ports';
import { failedEffect } from './effect-context.ts';

/**
 * The kind that a target names. Without an API version it is one of the core API, or else the only one of that name in any
 * group, in the version that the server prefers.
 */
export async function findKind(
  cluster: Cluster,
  { apiVersion = '', kind }: { readonly apiVersion?: string; readonly kind: string },
  signal: AbortSignal,
): Promise<{ readonly info: ResourceInfo } | { readonly failure: EffectState }> {
  const named = { apiVersion: apiVersion === '' ? 'v1' : apiVersion, kind };
  const exact =
    (await cluster.resource(named, { signal })) ?? (await cluster.resource(named, { refresh: true, signal }));
  if (exact !== undefined) return { info: exact };
  if (apiVersion !== '') {
    return { failure: failedEffect(`the cluster has no kind ${kind} in ${apiVersion}`, { isDenied: true }) };
  }
  const found = (await cluster.resources(signal)).filter((info) => info.kind === kind);
  const [only, another] = found;
  if (only === undefined) return { failure: failedEffect(`the cluster has no kind ${kind}`, { isDenied: true }) };
  if (another === undefined) return { info: only };
  const choice = found.map(({ group, version }) => formatApiVersion(group, version)).join(' or ');
  return { failure: failedEffect(`kind ${kind} is ambiguous: set apiVersion to ${choice}`, { isLasting: true }) };
}
