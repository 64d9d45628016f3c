import { ApiError, type KubeObject, podTrouble, UnreachableError } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { maskSecrets, secretValues } from './mask-secrets.ts';
import { type TellingContainer, tellingContainer } from './telling-container.ts';

const LINES = 10;
const MAX_BYTES = 64 * 1024;
/** Of what is told, the end: that is where programs say why they give up. */
const MAX_TOLD = 600;

/**
 * Why a Job has not completed, as its pods tell it: how the container ended that failed and what it said last, with the values
 * of the Secrets that its pod reads masked; or what keeps a pod from running. Nothing when that cannot be had: never a
 * reason for a failure of its own.
 */
export async function lastWords(job: KubeObject, cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  const { namespace = '', name } = job.metadata;
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const listing = cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, signal);
  const pods = await unlessRefused(listing, signal);
  const pod = tellingPod(pods?.items ?? []);
  if (pod === undefined) return undefined;
  const container = tellingContainer(pod);
  const trouble = podTrouble(pod);
  if (container?.isFailed !== true && trouble !== undefined) return `Pod ${pod.metadata.name}: ${trouble}`;
  if (container === undefined) return undefined;
  const said = await unlessRefused(wordsOf(pod, container, cluster, signal), signal);
  const how = `container ${container.name} ${container.state}`;
  return said === undefined || said === '' ? how : `${how}; it last said: ${said}`;
}

/** The latest that has failed; otherwise the latest that something is wrong with, or the latest. */
function tellingPod(pods: readonly KubeObject[]): KubeObject | undefined {
  const latest = pods.toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)));
  return (
    latest.find((pod) => tellingContainer(pod)?.isFailed === true) ??
    latest.find((pod) => podTrouble(pod) !== undefined) ??
    latest[0]
  );
}

function createdAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}

/** Secrets that cannot be read, or hold too much to be looked for, keep their pod's words untold. */
async function wordsOf(
  pod: KubeObject,
  { name: container, isPrevious: previous }: TellingContainer,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<string> {
  const { namespace = '', name } = pod.metadata;
  const values = await secretValues(pod, cluster, signal);
  if (values === undefined) return '';
  const bounds = { tailLines: LINES, limitBytes: MAX_BYTES };
  const log = await cluster.podLog({ namespace, name, container, previous }, bounds, signal);
  // A line that was cut may end in the middle of a value that would be masked.
  const lines = Buffer.byteLength(log) < MAX_BYTES ? log : log.slice(0, Math.max(0, log.lastIndexOf('\n')));
  const told = plainText(maskSecrets(lines, values)).trim().split(/\r?\n/).join(' | ');
  return told.length <= MAX_TOLD ? told : `…${told.slice(1 - MAX_TOLD).toWellFormed()}`;
}

/** Without what terminals take for commands. */
function plainText(text: string): string {
  return text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '')
    .toWellFormed();
}

async function unlessRefused<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiError || error instanceof UnreachableError)) throw error;
    return undefined;
  }
}
