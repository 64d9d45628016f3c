import { STAGE_SET_ANNOTATIONS, type StageSet } from '@stageset/api';
import { own } from '@stageset/k8s';

function annotation({ metadata }: StageSet, key: string): string | undefined {
  const value = own(metadata.annotations ?? {}, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Stages whose actions are asked to run again (`<stage>@<token>`), with the token: none that has been acted on, or is
 * being acted on. What has another form, or names no stage, asks for nothing.
 */
export function freshForces(stageSet: StageSet): ReadonlyMap<string, string> {
  const asked = annotation(stageSet, STAGE_SET_ANNOTATIONS.reconcileStage);
  const at = asked?.indexOf('@') ?? -1;
  if (asked === undefined || at <= 0 || at === asked.length - 1) return new Map();
  const [stage, token] = [asked.slice(0, at), asked.slice(at + 1)];
  if (!stageSet.spec.stages.some(({ name }) => name === stage)) return new Map();
  const status = stageSet.status?.stages?.find(({ name }) => name === stage);
  const isKnown = status?.lastHandledReconcileAt === token || status?.forcedBy === token;
  return isKnown ? new Map() : new Map([[stage, token]]);
}

/** The token of `stages.metio.wtf/reset-scope`, where it has not been acted on. */
export function freshResetScope(stageSet: StageSet): string | undefined {
  const token = annotation(stageSet, STAGE_SET_ANNOTATIONS.resetScope);
  return token === stageSet.status?.lastHandledResetScope ? undefined : token;
}
