import { isJsonArray, isJsonObject, type KubeObject, own } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';

/** Shorter values of Secrets are words that anything may contain. */
const MIN_LENGTH = 4;
/** The same for one line of several: files have lines such as `- name`. */
const MIN_LINE_LENGTH = 8;
/** What a pod may read of Secrets, in base64, so that a text is looked through for all of it in a blink. */
export const MAX_VALUES_LENGTH = 128 * 1024;
const MASK = '*****';

/**
 * What the Secrets hold that a pod reads, in base64; nothing when that is more than can be looked for. Rejects when one of them
 * cannot be read.
 */
export async function secretValues(
  pod: KubeObject,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const values: string[] = [];
  for (const name of secretsOf(pod)) {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: pod.metadata.namespace ?? '', name };
    const secret = await cluster.get(ref, signal);
    const data = isJsonObject(secret?.['data']) ? secret['data'] : {};
    values.push(...Object.values(data).filter((value) => typeof value === 'string'));
  }
  return values.reduce((sum, { length }) => sum + length, 0) > MAX_VALUES_LENGTH ? undefined : values;
}

/**
 * Masks values of Secrets in a text: as they are, line by line where they have several, in base64, and as they look in JSON
 * and in URLs.
 *
 * @param values in base64, as Secrets hold them.
 */
export function maskSecrets(text: string, values: readonly string[]): string {
  // The longest first: a part of a value must not hide the rest of it from the mask.
  const forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return forms.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

function formsOf(value: string): readonly string[] {
  const plain = Buffer.from(value, 'base64').toString('utf8');
  const lines = plain
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(({ length }) => length >= MIN_LINE_LENGTH);
  const whole = [plain, plain.trim()];
  const quoted = whole.map((form) => JSON.stringify(form).slice(1, -1));
  const inUrls = whole.map((form) => encodeURIComponent(form.toWellFormed()));
  return [...whole, ...quoted, ...inUrls, ...lines, value].filter((form) => form.length >= MIN_LENGTH);
}

/** Names of the Secrets that a pod's containers get values from, as variables or as files. */
function secretsOf(pod: KubeObject): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (isJsonArray(value)) for (const item of value) visit(item, key);
    if (!isJsonObject(value)) return;
    const name = /^(secretKeyRef|secretRef|nodePublishSecretRef)$/.test(key) ? own(value, 'name') : undefined;
    const secretName = key === 'secret' ? (own(value, 'secretName') ?? own(value, 'name')) : undefined;
    for (const found of [name, secretName]) if (typeof found === 'string') names.add(found);
    for (const [field, child] of Object.entries(value)) visit(child, field);
  };
  visit(pod['spec'], '');
  return names;
}
