import { createHash } from 'node:crypto';
import type { Stage, StageSet } from '@stageset/api';
import { type Failure, mergeVariables } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import { deniedMessage } from '../tenancy/denied.ts';
import type { ObjectWatches } from '../tenancy/object-watches.ts';
import type { Target } from '../tenancy/target.ts';

/** The variables of one stage. Values never leave this program but into what is built. */
export type Variables =
  | { readonly state: 'syncing'; readonly waitingFor: string }
  | { readonly state: 'missing'; readonly failure: Failure }
  | { readonly state: 'known'; readonly values: ReadonlyMap<string, string> | undefined; readonly digest: string };

/** Who reads inputs, and on whose behalf. */
export interface InputReader {
  readonly watches: ObjectWatches;
  /** The controller's own cluster, as the identity of the StageSet. */
  readonly target: Target;
  /** What would change the answer is added here. */
  readonly interests: Set<string>;
}

/**
 * The merged variables of a stage: later references win over earlier ones, `substitute` over all. ConfigMaps and Secrets
 * are read as the StageSet's identity.
 */
export function readVariables(stageSet: StageSet, stage: Stage, reader: InputReader): Variables {
  const namespace = stageSet.metadata.namespace ?? '';
  const user = `${namespace}/${stageSet.metadata.name}`;
  const found = new Map<string, KubeObject | undefined>();
  for (const { kind, name } of stage.postBuild?.substituteFrom ?? []) {
    const subject = `${kind} ${namespace}/${name}`;
    const ref = { apiVersion: 'v1', kind, namespace, name };
    const reading = reader.watches.read(reader.target, ref, user, reader.interests);
    if (reading.state === 'unread') return { state: 'syncing', waitingFor: subject };
    if (reading.state === 'denied') {
      return { state: 'missing', failure: denied(stage.name, `${subject}: ${deniedMessage(reading.error)}`) };
    }
    if (reading.state === 'failed') {
      return { state: 'missing', failure: unread(stage.name, `${subject}: ${reading.error.message}`) };
    }
    found.set(`${kind}/${name}`, reading.object);
  }
  const merged = mergeVariables(stage.postBuild, ({ kind, name }) => found.get(`${kind}/${name}`));
  if (merged.kind === 'missing') {
    const { kind, name } = merged.reference;
    return { state: 'missing', failure: missing(stage.name, `${kind} ${namespace}/${name}`) };
  }
  if (merged.kind === 'none') return { state: 'known', values: undefined, digest: '' };
  return { state: 'known', values: merged.values, digest: digestOf(merged.values) };
}

const OPERATION = 'resolve postBuild variables';

function missing(stage: string, subject: string): Failure {
  const message = `${subject} not found; create it, or mark the reference as optional`;
  return { reason: 'StageFailed', stage, operation: OPERATION, message, retry: 'retry' };
}

function denied(stage: string, message: string): Failure {
  return { reason: 'RBACDenied', stage, operation: OPERATION, message, retry: 'slowly' };
}

function unread(stage: string, message: string): Failure {
  return { reason: 'StageFailed', stage, operation: OPERATION, message, retry: 'slowly' };
}

/** Over sorted, length-prefixed pairs: two sets of variables with one digest are the same. */
function digestOf(values: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [key, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${Buffer.byteLength(key)}:${key}${Buffer.byteLength(value)}:${value}`);
  }
  return `sha256:${hash.digest('hex')}`;
}
