import { type ConflictAction, OBJECT_ANNOTATIONS, type Stage } from '@stageset/api';
import { type KubeObject, own } from '@stageset/k8s';

/** What happens to an object that cannot be changed as asked, and whether it may take stored data with it. */
export interface ConflictDecision {
  readonly action: ConflictAction;
  readonly allowDataLoss: boolean;
}

const OFF = new Set(['', 'false', 'disabled']);

/**
 * The first that says something: the object's own `force` annotation, the first rule whose target matches, the default of
 * the policy, `force` of the stage; else Fail. Values such as `disabled` switch the annotation off.
 */
export function conflictDecision(stage: Stage, desired: KubeObject): ConflictDecision {
  const annotation = own(desired.metadata.annotations ?? {}, OBJECT_ANNOTATIONS.force);
  if (typeof annotation === 'string' && !OFF.has(annotation.toLowerCase())) {
    return { action: 'Recreate', allowDataLoss: false };
  }
  const policy = stage.conflictPolicy;
  const rule = policy?.rules?.find(({ target }) => matches(target, desired));
  if (rule !== undefined) return { action: rule.action, allowDataLoss: rule.allowDataLoss === true };
  const fallback = stage.force === true ? 'Recreate' : 'Fail';
  return { action: policy?.default ?? fallback, allowDataLoss: false };
}

interface Target {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function matches(target: Target, { apiVersion, kind, metadata }: KubeObject): boolean {
  const is = (wanted: string | undefined, has: string | undefined) =>
    wanted === undefined || wanted === '' || wanted === has;
  return (
    is(target.apiVersion, apiVersion) &&
    is(target.kind, kind) &&
    is(target.name, metadata.name) &&
    is(target.namespace, metadata.namespace)
  );
}

/** Kinds whose deletion may delete what people have stored. */
export function holdsData({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return apiVersion === 'v1' && (kind === 'PersistentVolumeClaim' || kind === 'PersistentVolume');
}
