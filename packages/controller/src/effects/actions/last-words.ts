import { ApiError, isJsonArray, isJsonObject, type KubeObject, own, UnreachableError } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';

const LINES = 10;
const MAX_BYTES = 4 * 1024;
const MAX_TOLD = 600;
/** Shorter values of Secrets are words that anything may contain. */
const MIN_SECRET_LENGTH = 4;

/**
 * The last lines that the latest pod of a Job has written, with the values of the Secrets that it reads masked; nothing
 * when they cannot be had. Never a reason for a failure of its own.
 */
export async function lastWords(job: KubeObject, cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  const { namespace = '', name } = job.metadata;
  try {
    const labelSelector = `batch.kubernetes.io/job-name=${name}`;
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, signal);
    const pod = items.toSorted((a, b) => createdAt(b).localeCompare(createdAt(a))).find(hasFailed) ?? items.at(-1);
    if (pod === undefined) return undefined;
    const [container] = containersOf(pod);
    const named = typeof container?.['name'] === 'string' ? { container: container['name'] } : {};
    const bounds = { tailLines: LINES, limitBytes: MAX_BYTES };
    const log = await cluster.podLog({ namespace, name: pod.metadata.name, ...named }, bounds, signal);
    const masked = await mask(log, pod, cluster, signal);
    const told = masked.trim().split(/\r?\n/).join(' | ');
    return told === '' ? undefined : told.length <= MAX_TOLD ? told : `…${told.slice(1 - MAX_TOLD)}`;
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiError || error instanceof UnreachableError)) throw error;
    return undefined;
  }
}

function createdAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}

function hasFailed(pod: KubeObject): boolean {
  return isJsonObject(pod['status']) && own(pod['status'], 'phase') === 'Failed';
}

function containersOf(pod: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  const spec = isJsonObject(pod['spec']) ? pod['spec'] : {};
  return ['containers', 'initContainers'].flatMap((key) => {
    const list = own(spec, key);
    return isJsonArray(list) ? list.filter(isJsonObject) : [];
  });
}

/** What a program reads as a secret it may also print. A Secret that cannot be read keeps its pod's words untold. */
async function mask(log: string, pod: KubeObject, cluster: Cluster, signal: AbortSignal): Promise<string> {
  let masked = log;
  for (const name of secretsOf(pod)) {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: pod.metadata.namespace ?? '', name };
    const secret = await cluster.get(ref, signal);
    for (const value of Object.values(isJsonObject(secret?.['data']) ? secret['data'] : {})) {
      if (typeof value !== 'string') continue;
      const plain = Buffer.from(value, 'base64').toString('utf8');
      for (const form of [plain, plain.trim(), value]) {
        if (form.length >= MIN_SECRET_LENGTH) masked = masked.replaceAll(form, '*****');
      }
    }
  }
  return masked;
}

/** Names of the Secrets that a pod's containers get values from, as variables or as files. */
function secretsOf(pod: KubeObject): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (isJsonArray(value)) for (const item of value) visit(item, key);
    if (!isJsonObject(value)) return;
    const name = key === 'secretKeyRef' || key === 'secretRef' ? own(value, 'name') : undefined;
    const secretName = key === 'secret' ? (own(value, 'secretName') ?? own(value, 'name')) : undefined;
    for (const found of [name, secretName]) if (typeof found === 'string') names.add(found);
    for (const [field, child] of Object.entries(value)) visit(child, field);
  };
  visit(pod['spec'], '');
  return names;
}
