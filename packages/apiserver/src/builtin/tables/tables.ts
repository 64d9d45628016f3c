import type { GroupVersionKind } from '@stageset/k8s';
import type { TableDefinition } from '../contract.ts';

/** How `kubectl get` shows a built-in kind; `undefined` means name and age. */
export function tableOf(_gvk: GroupVersionKind): TableDefinition | undefined {
  return undefined;
}
