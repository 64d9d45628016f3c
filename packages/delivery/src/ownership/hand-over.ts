import { FIELD_MANAGER } from '@stageset/api';
import { decodeFieldsV1, encodeFieldsV1, type FieldSet, type KubeObject, type ManagedFieldsEntry } from '@stageset/k8s';

/**
 * Field managers of tools that write whole objects from files, as we do: what they have set is part of what was
 * delivered, and goes when a release drops it. Others that begin with `kubectl-` are a person's single edits
 * (`kubectl-edit`, `kubectl-rollout`, …): fields that they add stay theirs.
 */
const DELIVERERS: ReadonlySet<string> = new Set([
  'kubectl',
  'kubectl-client-side-apply',
  'kubectl-create',
  'kubectl-last-applied',
  'kubectl-replace',
  // What the API server calls whoever wrote an object before anybody applied it on the server's side.
  'before-first-apply',
  'helm',
  'Helm',
  'helm-controller',
  'kustomize-controller',
]);

function isMain({ subresource }: ManagedFieldsEntry): boolean {
  return subresource === undefined || subresource === '';
}

function isOurs({ manager, operation }: ManagedFieldsEntry): boolean {
  return manager === FIELD_MANAGER && operation === 'Apply';
}

/** Whether an entry names fields that are to be ours. Our own updates are among them. */
function isToBeOurs(entry: ManagedFieldsEntry): boolean {
  if (!isMain(entry) || isOurs(entry)) return false;
  return DELIVERERS.has(entry.manager) || entry.manager === FIELD_MANAGER;
}

/** The tools that have delivered an object before us and still own fields of it. */
export function formerDeliverers({ metadata }: KubeObject): string[] {
  return [...new Set((metadata.managedFields ?? []).filter(isToBeOurs).map(({ manager }) => manager))];
}

/**
 * The managedFields with which everything that other tools have delivered is ours, so that the next apply removes what
 * the manifest does not have. `undefined` where there is nothing to hand over, or where we have applied nothing yet.
 */
export function handedOver({ metadata }: KubeObject): ManagedFieldsEntry[] | undefined {
  const entries = metadata.managedFields ?? [];
  const ours = entries.find((entry) => isOurs(entry) && isMain(entry));
  const theirs = entries.filter(isToBeOurs);
  if (ours === undefined || theirs.length === 0) return undefined;
  const fields = [ours, ...theirs]
    .map(({ fieldsV1 }) => decodeFieldsV1(fieldsV1))
    .reduce((all: FieldSet, more) => all.union(more));
  const others = entries.filter((entry) => entry !== ours && !isToBeOurs(entry));
  return [...others, { ...ours, fieldsV1: encodeFieldsV1(fields) }];
}
